"""The language, the rules and the environment, as ``jac info`` and ``jac rule`` show them."""
