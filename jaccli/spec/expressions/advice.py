"""What to write instead of functions that people look for and the language does not have, and of other names of arguments."""

from __future__ import annotations

__all__ = ["ALSO_CALLED", "INSTEAD", "NO_ARGUMENTS", "UNKNOWN_NAMES"]

_WHOLE = "it gives whole numbers, whose derivative is 0 wherever there is one"
_INDICES = """
argmax argmin argsort searchsorted digitize bincount histogram argwhere nonzero flatnonzero argpartition ArgMax ArgMin
"""
_ROUNDED = "floor ceil ceiling round around rint trunc fix floor_divide gcd lcm signbit int isqrt Floor Ceiling"
_WRAPPED = "mod fmod rem remainder divmod modf Mod frac fract FractionalPart wrap"
_NOT_FINITE = "isnan isinf isfinite nan_to_num nansum nanmean nanmax nanmin nanstd nanvar nanprod"
#: Function → what to do about it.
INSTEAD = {
    **dict.fromkeys(_INDICES.split(), f"{_WHOLE}; write softmax, max or sort"),
    **dict.fromkeys(_ROUNDED.split(), f"{_WHOLE}; write the formula without it"),
    **dict.fromkeys(_WRAPPED.split(), "its derivative by x is 1 but at jumps; write the formula without it"),
    **dict.fromkeys(_NOT_FINITE.split(), "values that are not finite have no derivative: mask the data instead"),
    "slogdet": "write logdet(A) for the logarithm, sign(det(A)) for the sign",
    "pinv": "of a tall A of full rank, write inv(A.T @ A) @ A.T",
    "lstsq": "for a tall A of full rank, write solve(A.T @ A, A.T @ b)",
    "qr": "not part of the language; write cholesky(A.T @ A).T for R",
    "matrix_rank": _WHOLE,
    "unique": _WHOLE,
    "meshgrid": "write x[None, :] and y[:, None]: NumPy repeats them as needed",
    "interp": "write where(condition, x, y) for each piece",
    "geomspace": "write exp(linspace(log(a), log(b), num)) with numbers",
    "gradient": "write diff(x), or (x[2:] - x[:-2]) / 2",
    "put": "values never change: write where(condition, x, y)",
    "float": "all numbers are doubles: leave it out",
    "complex": "all numbers are real",
    "real": "all numbers are real: leave it out",
    "conj": "all numbers are real: leave it out",
    "imag": "all numbers are real",
    "expj": "all numbers are real",
    "corrcoef": "write C / outer(s, s), with C the covariances and s = sqrt(diag(C))",
    "pdist": "the distances of all rows, each twice, are norm(A[:, None] - A[None], axis=-1)",
    "perm": "write exp(gammaln(n + 1) - gammaln(n - k + 1))",
    **dict.fromkeys(("zip", "enumerate"), "loops are not part of the language; write the array expression"),
    **dict.fromkeys(("str", "format", "repr"), "text is not part of the language"),
    **dict.fromkeys(
        ("scatter", "scatter_add", "index_add", "segment_sum"),
        "write M @ v with M[i, k] = 1 where v[k] is added to element i",
    ),
    "d": "derivatives inside a formula are not part of the language; `jac compute` and `jac gradcheck` print them",
    "range": "write arange(n)",
    "eval": "write the expression itself",
    "print": "`jac explain` shows every value",
}
#: Argument → what it is called here.
ALSO_CALLED = {
    "dim": "axis",
    "dims": "axis",
    "axes": "axis",
    "keepdim": "keepdims",
    "correction": "ddof",
    "unbiased": "ddof",
    "offset": "k",
    "N": "n",
    "newshape": "shape",
}
#: Argument → why there is none.
NO_ARGUMENTS = {
    "dtype": "leave it out: all numbers are doubles",
    "out": "leave it out: a formula writes to nothing",
    "where": "leave it out: multiply by the condition",
    "initial": "leave it out",
    "order": "leave it out: elements go row by row",
    "optimize": "leave it out",
}
#: Name → what it should be.
UNKNOWN_NAMES = {
    "π": "write pi",
    "τ": "write 2*pi",
    "tau": "write 2*pi",
    "euler": "write e",
    "inf": "write a large number: infinities have no derivative",
    "nan": "leave it out: what is not finite has no derivative",
    "newaxis": "write None",
    "euler_gamma": "write -digamma(1)",
    "r_": "write concatenate([a, b])",
    "c_": "write stack([a, b], axis=1)",
    "j": "use real numbers",
}
