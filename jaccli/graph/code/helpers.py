"""The functions that generated source may call, as source: what an op's kernel does in more than one expression.

Core axes are counted from the right, as in the kernels, so that every helper takes batches as it stands.
"""

from __future__ import annotations

__all__ = ["HELPERS"]

HELPERS: dict[str, str] = {
    "_sigmoid": '''\
def _sigmoid(x):
    """1 / (1 + exp(-x)), which never overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)
''',
    "_softplus": '''\
def _softplus(x):
    """log(1 + exp(x)), which never overflows."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0)
''',
    "_top": '''\
def _top(x, axis):
    """The largest entry, by which exponentials are scaled so that none overflows; 0 where it is not finite."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0.0)
''',
    "_softmax": '''\
def _softmax(x, axis):
    e = np.exp(x - _top(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)
''',
    "_logsumexp": '''\
def _logsumexp(x, axis):
    top = _top(x, axis)
    return np.log(np.sum(np.exp(x - top), axis=axis)) + np.squeeze(top, axis=axis)
''',
    "_recurred": '''\
def _recurred(n, u, first, g):
    """The n-th f of u f[m] + m f[m - 1] = g(m): upwards where abs(u) is large, else downwards."""
    most, least, far = int(np.max(n)), int(np.min(n)), np.abs(u) > n + 1
    divisor, factor = np.where(far, u, 1.0), np.where(far, 0.0, u)
    up, down = first, 0.0 * u
    for m in range(1, most + 1):
        up = np.where(m <= n, (g(m) - m * up) / divisor, up)
    for m in range(3 * most + 40, least, -1):
        down = np.where(m > n, (g(m) - factor * down) / m, down)
    return np.where(far, up, down)
''',
    "_exprel": '''\
def _exprel(n, x):
    """The n-th derivative of (exp(x) - 1)/x."""
    left = -np.abs(x)
    first = np.expm1(left) / np.where(x == 0, 1.0, left)
    g = np.where(x > 0, 1.0, np.exp(left))
    root = np.exp(np.maximum(x, 0.0) / 2)
    return _recurred(n, x, first, lambda m: g) * root * root
''',
    "_sinc": '''\
def _sinc(n, x):
    """The n-th derivative of sin(pi x)/(pi x)."""
    u, whole = np.pi * x, np.round(x)
    sign, t = 1 - 2 * np.mod(whole, 2), x - whole
    sine, cosine = sign * np.sin(np.pi * t), sign * np.sin(np.pi * (0.5 - np.abs(t)))
    first = sine / np.where(u == 0, 1.0, u)
    return np.pi**n * _recurred(n, u, first, lambda m: (sine, cosine, -sine, -cosine)[m % 4])
''',
    "_scatter": '''\
def _scatter(x, index, size):
    """Zeros, ``size`` in a row, with the elements of x added at ``index``."""
    out = np.zeros(x.shape[: x.ndim - np.ndim(index)] + (size,))
    np.add.at(out, (..., index), x)
    return out
''',
    "_inv": '''\
def _inv(a):
    """The inverse, NaN where there is none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full(np.shape(a), np.nan)
''',
    "_cholesky": '''\
def _cholesky(a):
    """The lower triangular factor, NaN where the matrix is not positive definite."""
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.full(np.shape(a), np.nan)
''',
    "_solve": '''\
def _solve(a, b):
    """The x of a @ x = b for columns b, NaN where there is none."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full(np.broadcast_shapes(np.shape(a)[:-2], np.shape(b)[:-2]) + np.shape(b)[-2:], np.nan)
''',
    "_svd_dyads": '''\
def _svd_dyads(a):
    """The products u vᵀ of singular vectors, one for each singular value."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return np.swapaxes(u, -1, -2)[..., :, None] * vh[..., None, :]
''',
    "_cofactor": '''\
def _cofactor(a):
    """det(a) times the inverse's transpose, by singular values where there is no inverse."""
    u, s, vh = np.linalg.svd(a)
    others = np.stack([np.prod(np.delete(s, k, axis=-1), axis=-1) for k in range(s.shape[-1])], axis=-1)
    return (np.linalg.det(u) * np.linalg.det(vh))[..., None, None] * (u * others[..., None, :] @ vh)
''',
}  # fmt: skip
