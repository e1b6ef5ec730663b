"""What may stand behind a dot: attributes, methods, and what to write instead of others."""

from __future__ import annotations

__all__ = ["ATTRIBUTES", "METHODS", "NEEDLESS", "method_problem"]

#: Without brackets.
ATTRIBUTES = frozenset({"T", "mT", "shape", "size", "ndim"})
#: Functions that may also be written behind their first argument: x.sum(axis=0).
METHODS = frozenset({
    "sum", "mean", "prod", "max", "min", "var", "std", "norm", "logsumexp", "cumsum", "cumprod", "dot", "matmul",
    "outer", "inner", "trace", "diagonal", "reshape", "transpose", "ravel", "flatten", "squeeze", "swapaxes",
    "repeat", "tile", "roll", "flip", "diff", "clip", "abs", "exp", "log", "sqrt", "square", "sin", "cos", "tan",
    "tanh", "sigmoid", "relu", "softmax", "log_softmax", "any", "all", "take", "ptp", "median", "quantile", "det", "logdet",
    "cholesky", "matrix_power", "inv",
})  # fmt: skip
#: Methods that do nothing here, and why.
NEEDLESS = {
    "copy": "values never change", "astype": "all numbers are doubles", "item": "a number stands for itself",
    "detach": "constants are never differentiated", "numpy": "arrays are NumPy's", "real": "all numbers are real",
    "float": "all numbers are doubles", "double": "all numbers are doubles", "tolist": "arrays need no lists",
}  # fmt: skip


def method_problem(owner: str, attribute: str) -> tuple[str, str]:
    """Return what is wrong with ``owner.attribute``, and what to write."""
    if attribute in METHODS:
        return f"`.{attribute}` lacks its brackets", f"write {owner}.{attribute}(…) or {attribute}({owner})"
    if attribute in NEEDLESS:
        return f"`.{attribute}` is no method of the language", f"write {owner}: {NEEDLESS[attribute]}"
    plain = owner.isidentifier() and not attribute.startswith("_")
    help_ = f"write {attribute}({owner}, …)" if plain else "use the functions of the language"
    return f"`.{attribute}` is no method of the language", help_
