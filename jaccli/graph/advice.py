"""What to write instead of functions that people look for and the language does not have, and of other names of arguments."""

from __future__ import annotations

__all__ = ["ALSO_CALLED", "INSTEAD", "NO_ARGUMENTS", "UNKNOWN_NAMES"]

_WHOLE = "it gives whole numbers, whose derivative is 0 wherever there is one"
_SPECTRAL = "not part of the language; norm(A, 2) and norm(A, 'nuc') are"
#: Function → what to do about it.
INSTEAD = {
    **dict.fromkeys(
        ("argmax", "argmin", "argsort", "searchsorted", "digitize", "bincount"), f"{_WHOLE}; write softmax, max or sort"
    ),
    **dict.fromkeys(
        ("floor", "ceil", "round", "around", "rint", "trunc", "fix", "floor_divide"),
        f"{_WHOLE}; write the formula without it",
    ),
    **dict.fromkeys(
        ("mod", "fmod", "remainder", "divmod", "modf"),
        "its derivative by x is 1 but at jumps; write the formula without it",
    ),
    **dict.fromkeys(
        ("isnan", "isinf", "isfinite", "nan_to_num", "nansum", "nanmean", "nanmax", "nanmin"),
        "values that are not finite have no derivative: mask the data instead",
    ),
    **dict.fromkeys(("eig", "eigh", "eigvals", "eigvalsh", "svd", "svdvals", "cond"), _SPECTRAL),
    **dict.fromkeys(("sec", "csc", "cosec", "cot"), "write 1/cos(x), 1/sin(x), 1/tan(x)"),
    "slogdet": "write logdet(A) for the logarithm, sign(det(A)) for the sign",
    "pinv": "of a tall A of full rank, write inv(A.T @ A) @ A.T",
    "lstsq": "for a tall A of full rank, write solve(A.T @ A, A.T @ b)",
    "qr": "not part of the language; write cholesky(A.T @ A).T for R",
    "expm": "not part of the language; write a few terms, A + A @ A / 2",
    "matrix_rank": _WHOLE,
    "unique": _WHOLE,
    "sinc": "write sin(pi*x) / (pi*x), for x ≠ 0",
    "erfinv": "not part of the language",
    "meshgrid": "write x[None, :] and y[:, None]: NumPy repeats them as needed",
    "split": "write slices: x[:2], x[2:]",
    "block": "write vstack([hstack([A, B]), hstack([C, D])])",
    "select": "write where(condition, x, y), one in another",
    "piecewise": "write where(condition, x, y), one in another",
    "interp": "write where(condition, x, y) for each piece",
    "logspace": "write 10**linspace(start, stop, num)",
    "geomspace": "write exp(linspace(log(a), log(b), num)) with numbers",
    "gradient": "write diff(x), or (x[2:] - x[:-2]) / 2",
    "correlate": "write convolve(a, flip(v), 'valid')",
    "rollaxis": "write moveaxis",
    "empty": "write zeros(shape)",
    "empty_like": "write zeros_like(x)",
    "copysign": "write abs(x) * sign(y)",
    "put": "values never change: write where(condition, x, y)",
    "delete": "write an index: x[[0, 2]]",
    "insert": "write concatenate([a, b])",
    "glu": "write a * sigmoid(b)",
    "prelu": "write leaky_relu(x, slope)",
    "threshold": "write where(x > t, x, value)",
    "normalize": "write x / norm(x)",
    "cosine_similarity": "write x @ y / (norm(x) * norm(y))",
    "float": "all numbers are doubles: leave it out",
    "int": f"{_WHOLE}",
    "bool": "write x != 0",
    "complex": "all numbers are real",
    "real": "all numbers are real: leave it out",
    "conj": "all numbers are real: leave it out",
    "imag": "all numbers are real",
    "angle": "write arctan2(y, x)",
    "range": "write arange(n)",
    "eval": "write the expression itself",
    "print": "`jac explain` shows every value",
    "rand": "give the input an `init:` or a `range:`",
    "randn": "give the input an `init:` or a `range:`",
    "grad": "`jac compute` prints derivatives",
    "trapz": "write trapezoid(y, x)",
    "product": "write prod(x)",
    "cosh2": "write cosh(x)**2",
    "sqr": "write x**2",
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
