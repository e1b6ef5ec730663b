"""What may stand behind a dot: attributes, methods, and what to write instead of others."""

from __future__ import annotations

import re

from jaccli.errors import misspelt
from jaccli.spec.expressions.advice import INSTEAD
from jaccli.spec.expressions.elsewhere import lacking

__all__ = ["ATTRIBUTES", "METHODS", "NAMES", "NEEDLESS", "instead", "library_problem", "method_problem"]

#: Every function of the language; that of a graph cannot be asked here.
NAMES = frozenset(
    """
    abs absolute acos acosh add all amax amin any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh
    array asarray asin asinh atan atan2 atanh atleast_1d atleast_2d attention average avg_pool1d avg_pool2d
    avgpool1d avgpool2d batch_norm batchnorm beta binary_cross_entropy binary_cross_entropy_with_logits broadcast_to
    cbrt cholesky clip column_stack concatenate conv1d conv2d convolve cos cosh count_nonzero cross cross_entropy
    cumprod cumsum deg2rad degrees dense det diag diagflat diagonal diff digamma divide dot dropout dstack einsum
    elu embedding equal erf erfc exp exp2 expand_dims expit expm1 exprel eye fabs flatten flip fliplr flipud float_power
    fmax fmin full gamma gammaln gelu greater greater_equal gru hardsigmoid hardswish hardtanh heaviside hinge
    hinge_loss hstack huber huber_loss hypot identity inner inv kl kl_div kron l1_loss layer_norm layernorm
    leaky_relu len less less_equal lgamma linear linspace ln log log10 log1p log2 log_sigmoid log_softmax logaddexp
    logaddexp2 logdet loggamma logical_and logical_not logical_or logical_xor logit logsigmoid logsumexp lstm mae
    matmul matrix_power max max_pool1d max_pool2d maximum maxpool1d maxpool2d mean median min minimum mish moveaxis
    mse mse_loss multi_dot multi_head_attention multiply ndim ndtr neg negative nll nll_loss norm not_equal one_hot
    ones ones_like outer pad percentile polygamma polyval positional_encoding positive pow power prod psi ptp
    quantile rad2deg radians ravel reciprocal relu relu6 repeat reshape rms_norm rmsnorm rnn roll rot90
    scaled_dot_product_attention self_attention selu shape sigmoid sign silu sin sinc sinh size softmax softmin softplus
    softsign solve sort sqrt square squeeze stack std subtract sum swapaxes swish take tan tanh tanhshrink tensordot
    tile trace transformer_encoder transpose trapezoid tri tril triu true_divide var vdot vecdot vstack where
    xlog1py xlogy zeros zeros_like
""".split()  # noqa: SIM905  a long list is easier to read as words
)

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
        return f"`.{attribute}` is not a method of the language", f"write {owner}: {NEEDLESS[attribute]}"
    known = attribute in NAMES and owner.isidentifier()
    help_ = f"write {attribute}({owner}, …)" if known else instead(f"{owner}.{attribute}")
    near = misspelt(attribute, [*METHODS, *ATTRIBUTES])
    help_ = help_ or (near and re.sub("`(.*)`", r"`.\1`", near))
    return f"`.{attribute}` is not a method of the language", help_ or "`jac info --ops` lists the functions"


def library_problem(owner: str, attribute: str) -> tuple[str, str]:
    """Return what is wrong with a function behind the name of its library, as ``scipy.special.i0``, and what to write."""
    if attribute in NAMES or attribute in ATTRIBUTES or attribute in ("pi", "e"):
        return f"`{owner}.` is not needed", f"write {attribute}"
    whole = f"{owner}.{attribute}"
    return f"`{whole}` is not part of the language", instead(whole) or "`jac info --ops` lists the functions"


def instead(name: str) -> str | None:
    """Return what to write instead of a function, by the longest end of its dotted name that is known.

    ``rsqrt_`` is rsqrt in place, and ``GLU`` the class of glu.
    """
    return _known(name) or _known(name.rstrip("_")) or _known(name.lower())


def _known(name: str) -> str | None:
    parts = name.split(".")
    ends = [".".join(parts[k:]) for k in range(len(parts))]
    return next((found for end in ends if (found := INSTEAD.get(end) or lacking(end))), None)
