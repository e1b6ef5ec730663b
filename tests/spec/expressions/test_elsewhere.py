"""What is said of functions that other libraries have: what it tells to write works, and is the same; another function is never meant."""

import ast
import re

import numpy as np
import pytest
import scipy.linalg
from scipy import special, stats

import jaccli
from jaccli.derive.symbolic.printing import text
from jaccli.errors import SourceError, misspelt
from jaccli.graph.functions import CONSTANTS, FUNCTIONS
from jaccli.spec.expressions.elsewhere import FORMULAS, LACKING
from jaccli.spec.expressions.methods import NAMES, instead

AT = dict(zip("abcnktxyz", (2.5, 1.5, 0.75, 5.0, 2.0, 0.3, 0.6, 0.4, 1.25), strict=True))
AT |= {"u": [0.5, 1.5, 2.5], "v": [1.0, 0.25, 2.0], "w": [0.2, 0.3, 0.5], "e1": 1.0}
MATRICES = {
    "A": [[3, 1, 0.5], [1, 4, 0.25], [0.5, 0.25, 2]],
    "B": [[2, 0, 1], [1, 3, 0], [0, 1, 2]],
    "C": [[1, 2, 0], [0, 1, 3], [1, 0, 1]],
    "D": [[1, 0, 0], [2, 1, 0], [0, 0, 3]],
}
AT |= MATRICES
A, B, V, X = np.array(MATRICES["A"]), np.array(MATRICES["B"]), np.array(AT["v"]), AT["x"]


def value(formula, **other):
    names = {node.id for node in ast.walk(ast.parse(formula)) if isinstance(node, ast.Name)}
    inputs = {name: x for name, x in (AT | other).items() if name in names}
    return model({"inputs": inputs or {"q": 1}, "outputs": {"f": formula}}).evaluate()["f"]


def model(spec):
    return jaccli.parse(spec)


@pytest.mark.parametrize("formula", sorted({formula for formula, _ in FORMULAS.values()}))
def test_formulas_can_be_written(formula):
    outside = {"x": 2.0} if formula in ("arccos(1 / x)", "arcsin(1 / x)", "arctanh(1 / x)") else {}
    assert np.all(np.isfinite(value(formula, **outside)))


TRUTH = {
    "log1pexp": np.log1p(np.exp(X)), "cosm1": special.cosm1(X), "powm1": special.powm1(X, 0.4), "exp10": special.exp10(X),
    "log1mexp": np.log(1 - np.exp(-X)), "comb": special.comb(5, 2), "betaln": special.betaln(2.5, 1.5), "poch": special.poch(X, 5), "rgamma": special.rgamma(X),
    "entr": special.entr(X), "rel_entr": special.rel_entr(X, 0.4), "boxcox": special.boxcox(X, 2.5), "boxcox1p": special.boxcox1p(X, 2.5),
    "inv_boxcox": special.inv_boxcox(X, 2.5), "erfcx": special.erfcx(X), "log_ndtr": special.log_ndtr(X), "norm.cdf": stats.norm.cdf(X), "norm.pdf": stats.norm.pdf(X),
    "norm.logpdf": stats.norm.logpdf(X), "norm.sf": stats.norm.sf(X), "pseudo_huber": special.pseudo_huber(2.5, X), "trigamma": special.polygamma(1, X),
    "sind": np.sin(np.radians(X)), "asind": np.degrees(np.arcsin(X)), "acot": np.arctan(1 / X), "log_cosh": np.log(np.cosh(X)), "block_diag": scipy.linalg.block_diag(A, B),
    "vander": np.vander(V, 4, increasing=True), "chol": scipy.linalg.cholesky(A), "mrdivide": A @ np.linalg.inv(B), "cov": np.cov(A.T), "vec": A.ravel(order="F"), "adjugate": np.linalg.det(A) * np.linalg.inv(A),
    "cdist": np.sqrt(((A[:, None] - B[None]) ** 2).sum(-1)), "skew": np.cross(np.eye(3), AT["w"]), "correlate": np.correlate(AT["u"], V, "valid"), "gudermannian": np.arcsin(np.tanh(X)),
    "haversin": (1 - np.cos(X)) / 2, "logcumsumexp": np.log(np.cumsum(np.exp(V))), "copysign": np.copysign(X, 0.4), "factorial": special.factorial(5), "harmonic": special.digamma(X + 1) + np.euler_gamma,
    "gmean": stats.gmean(V), "hmean": stats.hmean(V), "geometric_mean": stats.gmean(V), "harmonic_mean": stats.hmean(V), "rad": np.radians(X), "degree": np.degrees(X), "phi": stats.norm.pdf(X), "pnorm": stats.norm.cdf(X),
    "addr": A + np.outer(AT["u"], V), "bilinear": np.einsum("i,ij,j", AT["u"], A, V), "unflatten": V.reshape(1, 3), "atleast_3d": np.atleast_3d(A),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUTH)
def test_formula_is_the_same_as_the_function(name):
    np.testing.assert_allclose(value(FORMULAS[name][0]), TRUTH[name], rtol=1e-12)


def test_no_function_of_the_language_is_said_to_be_lacking():
    assert not ({*FORMULAS, *LACKING} & {*FUNCTIONS, *CONSTANTS})
    assert not (FORMULAS.keys() & LACKING.keys())


@pytest.mark.parametrize(
    ("name", "like"), [("rsqrt_", "rsqrt"), ("clamp_", "clamp"), ("erfinv_", "erfinv"), ("CELU", "celu"), ("GLU", "glu"), ("floor_", "floor")]
)  # fmt: skip
def test_function_in_place_or_a_class_is_told_what_its_function_is_told(name, like):
    assert instead(name) == instead(like) is not None


def test_names_are_those_of_the_language():
    assert {*FUNCTIONS, *CONSTANTS} == NAMES


#: Functions that people look for, and nothing of what may be suggested for them.
OTHERS = """
ive iv i0 i1e jv j0 kn gammainc gammaincc betainc ellipk ellipe expi expn exp1 lambertw erfinv erfcinv erfi zeta zetac spence struve airy hyp2f1 expm logm sqrtm fsolve integrate quad
svd eigvals eigh fft rfft dct polyfit interp1d spline toeplitz argmax floor mod isnan map scan randn normal grad jacobian hessian D group_norm pixel_shuffle stop_gradient DiracDelta topk sparsemax
coshm sinhm tanhm tanm signm pdtr nbdtr qgamma bilinear addr int isqrt expj rrelu rsqrt_ celu_ GLU CELU max_unpool2d avg_pool3d MaxPool3d convolve2d rad deg phi gmean hmean
lu str zip corrcoef pdist perm scatter d
frobnicate exec wibble zz q1
""".split()


@pytest.mark.parametrize("name", OTHERS)
def test_another_function_is_never_suggested(name):
    with pytest.raises(SourceError, match="unknown function") as caught:
        model({"inputs": {"x": 1}, "outputs": {"y": f"{name}(x)"}})
    (problem,) = caught.value.problems
    assert "did you mean" not in problem.help
    assert not re.search(
        r"write (?!softmax|the formula|where|trapezoid|sums|them|diff|arange|radians|degrees|exp|leaky_relu)\w+\(",
        problem.help,
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sinn", "sin"), ("Sin", "sin"), ("softmx", "softmax"), ("sigmod", "sigmoid"), ("log_softmx", "log_softmax"), ("logsoftmax", "log_softmax"), ("hard_tanh", "hardtanh"),
        ("LogSumExp", "logsumexp"), ("sqrtt", "sqrt"), ("mena", "mean"), ("choleski", "cholesky"), ("mathmul", "matmul"), ("concatanate", "concatenate"),
        ("ex", None), ("ellipk", None), ("vander", None), ("select", None), ("beta_inc", None), ("jn", None), ("", None),
    ],
)  # fmt: skip
def test_misspelt_gives_what_is_a_letter_away(name, meant):
    assert misspelt(name, FUNCTIONS) == (meant and f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("expression", "message", "remedy"),
    [
        ("norm.cdf(x)", "`.cdf` is not a method of the language", "write ndtr(x)"),
        ("stats.norm.ppf(x)", "`stats.norm.ppf` is not part of the language", "inverse error functions and Lambert's W are not part of the language"),
        ("scipy.special.gammainc(x, x)", "`scipy.special.gammainc` is not part of the language", "incomplete gamma and beta functions are not part of the language"),
        ("torch.clamp(x)", "`torch.clamp` is not part of the language", "write clip(x, a, b)"),
        ("np.linalg.inv(x)", "`np.linalg.` is not needed", "write inv"),
        ("F.gelu(x)", "`F.` is not needed", "write gelu"),
        ("x.wibble()", "`.wibble` is not a method of the language", "`jac info --ops` lists the functions"),
        ("x.gelu()", "`.gelu` is not a method of the language", "write gelu(x, …)"),
        ("\\frac{x}{2}", "`\\frac` is LaTeX, not part of the language", "write (a) / (b)"),
        ("\\sin x", "`\\sin` is LaTeX, not part of the language", "write sin(…)"),
        ("x\\x", "`\\` is not an operator here", "write solve(A, b)"),
        ("x' * x", "`'` is not a transpose here", "write .T, as in A.T"),
        ("x.*x", "`.*` is not an operator here", "write *"),
        ("x.^2", "`.^` is not an operator here", "write **"),
        ("ArcTan[x]", "`ArcTan[…]` is not a call here", "write arctan(…)"),
        ("log(x, 2)", "log takes 1 argument (got 2)", "write log(x) / log(b) for the base b"),
        ("atan(x, x)", "atan takes 1 argument (got 2)", "write arctan2(y, x)"),
    ],
)  # fmt: skip
def test_message_for_other_languages(expression, message, remedy):
    with pytest.raises(SourceError, match="JAC") as caught:
        model({"inputs": {"x": 1}, "outputs": {"y": expression}})
    assert (caught.value.problems[0].message, caught.value.problems[0].help) == (message, remedy)


@pytest.mark.parametrize("expression", ["2.*x", "2./x", "x*1.**x", "x + 1.5*x1"])
def test_numbers_that_end_with_a_point_are_numbers(expression):
    assert model({"inputs": {"x": 1, "x1": 2}, "outputs": {"y": expression}}).outputs == ["y"]


@pytest.mark.parametrize("k", [2, 2.0], ids=["whole", "a double"])
def test_constant_may_be_an_index(k):
    found = jaccli.parse({"constants": {"k": k}, "inputs": {"x": 1}, "outputs": {"y": "x * eye(4)[k]"}}).evaluate()
    assert found["y"].tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize(("name", "known"), [("lax.stop_gradient", True), ("a.b.norm.cdf", True), ("wibble", False)])
def test_instead_looks_at_the_end_of_a_name(name, known):
    assert (instead(name) is not None) is known


@pytest.mark.parametrize(
    ("call", "x", "y"),
    [
        ("xlogy", 0.0, 2.0),
        ("xlogy", 0.0, 0.0),
        ("xlogy", 0.5, 3.0),
        ("xlog1py", 0.0, -1.0),
        ("xlog1py", 0.5, -0.5),
        ("xlog1py", 2.0, 1e-12),
    ],
)
def test_xlogy_is_that_of_scipy(call, x, y):
    found = value(f"{call}(x, y)", x=x, y=y)
    np.testing.assert_allclose(found, getattr(special, call)(x, y), rtol=1e-14)


@pytest.mark.parametrize("condition", ["(x > 0) & (y > 0)", "(x == 0) | (y != 1)", "~((x > 0) & (y > 0))"])
def test_derivative_beside_a_joined_condition_is_printed(condition):
    block = model({"inputs": {"x": 1, "y": 2}, "outputs": {"f": f"where({condition}, 3, y)"}}).symbolic("f", "y")
    assert not re.search(r"Eq|Ne|And|Or|Not", text(block.expanded().item()))


@pytest.mark.parametrize(
    ("name", "formula", "truth"),
    [
        ("corrcoef", "C / outer(s, s)", None),
        ("pdist", "norm(A[:, None] - A[None], axis=-1)", np.sqrt(((A[:, None] - A[None]) ** 2).sum(-1))),
        ("perm", "exp(gammaln(n + 1) - gammaln(n - k + 1))", special.perm(5, 2)),
        ("scatter", "M @ v", None),
    ],
)
def test_advice_that_holds_a_formula_is_right(name, formula, truth):
    assert formula in instead(name)
    if truth is not None:
        np.testing.assert_allclose(value(formula, n=5.0, k=2.0), truth, rtol=1e-12)


def test_advice_on_correlations_is_right():
    c = np.cov(A.T)
    found = model(
        {"inputs": {"C": c.tolist()}, "let": {"s": "sqrt(diag(C))"}, "outputs": {"f": "C / outer(s, s)"}}
    ).evaluate()["f"]
    np.testing.assert_allclose(found, np.corrcoef(A.T), rtol=1e-12)
