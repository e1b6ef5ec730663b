"""A stiff reaction for SciPy, with a Jacobian written by hand. Check it, then solve:

    jac gradcheck scipy-ode.py
    python scipy-ode.py

Source: Robertson's problem, in Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.1.
"""

import numpy as np
from scipy.integrate import solve_ivp

import jaccli


def jacobian(c):
    """Return the derivatives of ``rate``: a row for each rate, a column for each concentration."""
    _, b, d = c
    return np.array(
        [
            [-0.04, 1e4 * d, 1e4 * b],
            [0.04, -1e4 * d - 6e7 * b, -1e4 * b],
            [0.0, 6e7 * b, 0.0],
        ]
    )


@jaccli.check(c=[0.9, 2e-5, 0.1], jacobian=jacobian)
@jaccli.check(c=[0.3, 0.2, 0.5], jacobian=jacobian)
def rate(c):
    """Return how fast the three concentrations change; the decorators say at which points ``jacobian`` is checked."""
    a, b, d = c
    slow, fast, quick = 0.04 * a, 3e7 * b**2, 1e4 * b * d
    return np.array([quick - slow, slow - quick - fast, fast])


def main():
    """Solve from time 0 to 1e5 by an implicit method, which needs the Jacobian."""
    found = solve_ivp(
        lambda t, c: rate(c),
        (0, 1e5),
        [1.0, 0.0, 0.0],
        method="Radau",
        jac=lambda t, c: jacobian(c),
        rtol=1e-6,
        atol=1e-10,
    )
    print(found.message, f"{found.nfev} evaluations of the rate, {found.njev} of its Jacobian.")
    print("concentrations at the end:", np.array2string(found.y[:, -1], precision=6))


if __name__ == "__main__":
    main()
