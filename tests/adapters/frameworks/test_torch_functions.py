"""PyTorch's functions, custom functions and modules: planted mistakes fail by name, right derivatives pass."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
nn, F = torch.nn, torch.nn.functional


def normal(*shape: int, dtype: Any = torch.float64, seed: int = 0) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).to(dtype)


def custom(forward: Any, backward: Any, jvp: Any = None) -> Any:
    """Return the ``apply`` of an autograd.Function with these rules; backward(ctx, y_bar)."""

    def run(ctx: Any, *inputs: Any) -> Any:
        ctx.save_for_backward(*(x for x in inputs if isinstance(x, torch.Tensor)))
        ctx.save_for_forward(*(x for x in inputs if isinstance(x, torch.Tensor)))
        return forward(*inputs)

    rules = {"forward": staticmethod(run), "backward": staticmethod(backward)}
    return type("Rule", (torch.autograd.Function,), rules | ({"jvp": staticmethod(jvp)} if jvp else {})).apply


def cube(scale: Any) -> Any:
    return custom(lambda x: x**3, lambda ctx, y_bar: scale(ctx.saved_tensors[0]) * y_bar)


def codes(report: Any) -> set[str | None]:
    return {check.code for check in report.checks if check.outcome in ("fail", "error", "inconclusive")}


#: (function, inputs), all of them right
RIGHT: dict[str, tuple[Any, Any]] = {
    "function": (torch.tanh, normal(3, 4)),
    "several inputs": (lambda W, x, b: torch.tanh(W @ x + b), (normal(2, 3), normal(3), normal(2))),
    "several outputs": (lambda x: (x.sin(), x.sum(), x.argmax()), normal(4)),
    "nested": (lambda p: {"y": p["a"][0] * p["a"][1], "n": None}, ({"a": (normal(3), normal(3, seed=1))},)),
    "keywords": (lambda *, x, power=2: x**power, {"x": normal(3), "power": 3}),
    "integer input": (lambda W, i: W[i], (normal(4, 2), torch.tensor([0, 2, 2]))),
    "not contiguous": (lambda x: x.cumsum(0), normal(4, 3).t()),
    "overlapping": (lambda x: x.cumsum(0) ** 2, normal(5).as_strided((3, 3), (1, 1))),
    "lazy module": (nn.LazyLinear(2), normal(4, 3, dtype=torch.float32)),
    "mixed precision": (torch.mul, (normal(3), normal(3, dtype=torch.float32))),
    "strided": (lambda x: x.cumsum(0), normal(8)[::2]),
    "expanded": (lambda x: x.cumsum(0) ** 2, normal(1, 3).expand(4, 3)),
    "scalar": (lambda x: x * x, normal(1)[0]),
    "requires grad": (lambda x, y: x * y, (normal(3).requires_grad_(), normal(3))),
    "not a leaf": (lambda x: x.exp(), normal(3).requires_grad_() * 2),
    "complex": (lambda z: z * z + z.conj(), normal(3, dtype=torch.complex128)),
    "complex to real": (lambda z: z.abs(), torch.complex(normal(3), normal(3, seed=1))),
    "float32": (lambda x: torch.softmax(x, 0), normal(5, dtype=torch.float32)),
    "float16": (lambda x: torch.softmax(x, 0), normal(5, dtype=torch.float16)),
    "bfloat16": (lambda x: torch.softmax(x, 0), normal(5, dtype=torch.bfloat16)),
    "differentiates inside": (lambda x: torch.autograd.grad((x**3).sum(), x, create_graph=True)[0] ** 2, normal(3)),
    "module": (nn.Sequential(nn.Linear(3, 2), nn.Tanh()), normal(4, 3, dtype=torch.float32)),
    "batch norm that trains": (nn.BatchNorm1d(3), normal(4, 3, dtype=torch.float32)),
    "embedding": (nn.Embedding(4, 2), torch.tensor([1, 3, 1])),
    "lstm": (nn.LSTM(2, 3), normal(4, 2, dtype=torch.float32)),
    "at the kink": (torch.relu, torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64)),
    "small": (torch.sqrt, torch.tensor([1e-8], dtype=torch.float64)),
    "large": (lambda x: 1e10 + x**2, torch.tensor([1e5], dtype=torch.float64)),
    "custom": (cube(lambda x: 3 * x**2), normal(3)),
    "custom with both rules": (custom(torch.sin, lambda ctx, y: y * ctx.saved_tensors[0].cos(), lambda ctx, dx: dx * ctx.saved_tensors[0].cos()), normal(3)),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_gradcheck_passes_what_is_right(name: str) -> None:
    report = jaccli.gradcheck(*RIGHT[name])
    assert report.ok, jaccli.report_text(report)


def times(x: Any, y: Any) -> Any:
    return x * y


#: (function, inputs, code): each with one mistake
WRONG: dict[str, tuple[Any, Any, str]] = {
    "sign": (cube(lambda x: -3 * x**2), normal(3), "JAC101"),
    "factor": (cube(lambda x: 2 * x**2), normal(3), "JAC102"),
    "0.05 % off": (cube(lambda x: 3.0015 * x**2), normal(3), "JAC100"),
    "negative only": (cube(lambda x: torch.where(x < 0, x**2, 3 * x**2)), normal(6), "JAC102"),
    "one index": (cube(lambda x: 3 * x**2 * (1 + 1e-3 * torch.eye(4, dtype=x.dtype)[2])), normal(4), "JAC100"),
    "zero": (cube(lambda x: 0 * x), normal(3), "JAC112"),
    "nan": (cube(lambda x: x / 0 * 0), normal(3), "JAC110"),
    "transposed": (custom(lambda x, W: W @ x, lambda ctx, y: (ctx.saved_tensors[1] @ y, torch.outer(y, ctx.saved_tensors[0]))), (normal(3), normal(3, 3)), "JAC103"),
    "detached": (lambda x, W: W.detach() @ x, (normal(3), normal(2, 3)), "JAC112"),
    "all detached": (lambda x: x.detach() ** 2, normal(3), "JAC112"),
    "none": (custom(times, lambda ctx, y: (y * ctx.saved_tensors[1], None)), (normal(3), normal(3)), "JAC112"),
    "wrong shape": (custom(lambda x: x.sum(), lambda ctx, y: y * torch.ones(4, dtype=torch.float64)), normal(3), "JAC305"),
    "too few": (custom(times, lambda ctx, y: y), (normal(3), normal(3)), "JAC305"),
    "backward raises": (custom(torch.exp, lambda ctx, y: 1 / 0), normal(3), "JAC302"),
    "jvp wrong": (custom(torch.sin, lambda ctx, y: y * ctx.saved_tensors[0].cos(), lambda ctx, dx: -dx * ctx.saved_tensors[0].cos()), normal(3), "JAC101"),
    "dropout": (nn.Dropout(), normal(6), "JAC204"),
    "float16": (cube(lambda x: 2 * x**2), normal(3, dtype=torch.float16), "JAC102"),
    "bfloat16": (cube(lambda x: -3 * x**2), normal(3, dtype=torch.bfloat16), "JAC101"),
    "complex": (custom(lambda z: z * z, lambda ctx, y: 2 * y * ctx.saved_tensors[0]), torch.complex(normal(3), normal(3, seed=1)), "JAC101"),
    "returns none": (lambda x: None, normal(3), "JAC303"),
    "returns integers": (lambda x: x.argmax(), normal(3), "JAC303"),
    "integers only": (torch.sin, torch.arange(3), "JAC304"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRONG)
def test_gradcheck_names_what_is_wrong(name: str) -> None:
    fn, inputs, code = WRONG[name]
    report = jaccli.gradcheck(fn, inputs, framework="torch")
    assert code in codes(report), jaccli.report_text(report)


LARGE = normal(5000)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_gradcheck_passes_a_large_input_along_random_directions(dtype: Any) -> None:
    report = jaccli.gradcheck(lambda x: (x**2).sum(), LARGE.to(dtype), directions=8)
    assert (report.ok, {check.reference_route for check in report.checks}) == (True, {"directions", "vjp"})


def square_wrong_at(place: int, size: float) -> Any:
    off = size * (torch.arange(5000) == place)
    return custom(lambda x: (x**2).sum(), lambda ctx, y: 2 * y * ctx.saved_tensors[0] * (1 + off))


def test_gradcheck_finds_the_one_wrong_entry_of_a_large_input() -> None:
    report = jaccli.gradcheck(square_wrong_at(1234, 5e-4), LARGE, directions=8)
    assert [check.wrt_index for check in report.checks if check.outcome == "fail"] == [(1234,)]


def test_gradcheck_names_an_input_that_is_sparse() -> None:
    report = jaccli.gradcheck(lambda s: torch.sparse.mm(s, torch.ones(3, 2)), torch.eye(3).to_sparse())
    assert codes(report) == {"JAC304"}


def test_gradcheck_names_an_input_on_another_device() -> None:
    report = jaccli.gradcheck(torch.tanh, torch.empty(3, device="meta"))
    assert [check.message for check in report.checks] == ["input `x` is on the device meta, which holds no numbers"]


@pytest.mark.parametrize("switch", [torch.no_grad, torch.inference_mode])
def test_gradcheck_does_not_mind_gradients_switched_off(switch: Any) -> None:
    with switch():
        report = jaccli.gradcheck(torch.tanh, normal(3))
    assert report.ok, jaccli.report_text(report)


def test_gradcheck_does_not_decide_what_is_not_finite() -> None:
    report = jaccli.gradcheck(lambda x: x / 0, normal(3))
    assert {check.outcome for check in report.checks} == {"inconclusive"}


def test_gradcheck_finds_a_derivative_with_the_digits_of_float32() -> None:
    fn = custom(torch.sin, lambda ctx, y_bar: y_bar * torch.cos(ctx.saved_tensors[0].float()).double())
    assert codes(jaccli.gradcheck(fn, torch.tensor([0.5, -1.0, 2.0, 0.3], dtype=torch.float64))) == {"JAC201"}


def backwards(singly: bool) -> Any:
    """Return a Function whose rule is right for one cotangent at a time, or for none but the first."""
    seen: list[int] = []

    def backward(ctx: Any, y_bar: Any) -> Any:
        seen.append(1)
        return (1 if singly or len(seen) < 2 else 2) * y_bar * 3 * ctx.saved_tensors[0] ** 2

    return custom(lambda x: x**3, backward)


@pytest.mark.parametrize("singly", [True, False])
def test_gradcheck_asks_for_products_by_themselves_too(singly: bool) -> None:
    assert jaccli.gradcheck(backwards(singly), normal(3)).ok is singly


def test_gradcheck_refuses_derivatives_by_hand_of_a_framework() -> None:
    with pytest.raises(jaccli.UsageError, match="'vjp' is for NumPy functions: PyTorch brings its own"):
        jaccli.gradcheck(torch.tanh, normal(3), vjp=lambda inputs, y_bar: y_bar)


def test_gradcheck_notes_an_output_that_is_cut_off_beside_others() -> None:
    report = jaccli.gradcheck(lambda x: (x.sin(), x.detach().cos()), normal(3))
    assert (report.ok, [(check.of, check.code) for check in report.checks if check.code]) == (True, [("y1", "JAC112")])


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale, self.hidden = nn.Parameter(normal(3).detach()), [nn.Parameter(normal(3).detach())]

    def forward(self, x: Any) -> Any:
        return x * self.scale + self.hidden[0]


W = normal(3).detach().requires_grad_()


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        pytest.param(Listed(), ["a Parameter of shape (3,)"], id="in a plain list"),
        pytest.param(lambda x: x * W + W, ["a Tensor of shape (3,)"], id="closed over"),
        pytest.param(lambda x: x * W.detach(), [], id="detached"),
        pytest.param(nn.Linear(3, 2, dtype=torch.float64), [], id="registered"),
    ],
)
def test_gradcheck_notes_what_wants_a_gradient_and_is_not_checked(fn: Any, words: list[str]) -> None:
    report = jaccli.gradcheck(fn, normal(3).detach())
    assert [check.message.split(" requires")[0] for check in report.checks if check.code == "JAC304"] == words
    assert report.outcome == "pass"


def test_gradcheck_notes_a_function_that_writes_into_its_input() -> None:
    report = jaccli.gradcheck(lambda x: x.mul_(2).sin(), normal(3))
    assert (report.checks[0].code, report.checks[1].outcome) == ("JAC306", "pass")


def test_gradcheck_leaves_a_module_and_the_random_numbers_alone() -> None:
    module, state = nn.BatchNorm1d(3), torch.get_rng_state()
    jaccli.gradcheck(module, normal(4, 3, dtype=torch.float32))
    same = bool(torch.equal(torch.get_rng_state(), state))
    assert (module.num_batches_tracked.item(), module.running_mean.sum().item(), module.weight.grad, same) == (
        0,
        0,
        None,
        True,
    )


class Adjoint(torch.autograd.Function):
    """A layer whose backward runs its module again, as adjoint methods of differential equations do."""

    @staticmethod
    def forward(ctx, module, factor, x, *params):
        ctx.module, ctx.factor = module, factor
        ctx.save_for_backward(x, *params)
        with torch.no_grad():
            return module(x)

    @staticmethod
    def backward(ctx, y_bar):
        x, *params = ctx.saved_tensors
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            bars = torch.autograd.grad(ctx.module(x), (x, *params), ctx.factor * y_bar, allow_unused=True)
        return None, None, *bars


class Again(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.layer, self.factor = nn.Linear(3, 2).double(), factor

    def forward(self, x):
        return Adjoint.apply(self.layer, self.factor, x, *self.layer.parameters())


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.0005, "fail")])
def test_gradcheck_judges_a_backward_that_runs_its_module_again(factor: float, outcome: str) -> None:
    rows = [c for c in jaccli.gradcheck(Again(factor), normal(4, 3)).checks if c.tested == "reverse"]
    assert [(row.wrt, row.outcome) for row in rows] == [(name, outcome) for name in ("x", "layer.weight", "layer.bias")]


def test_gradcheck_shows_the_backward_that_is_wrong() -> None:
    check = next(c for c in jaccli.gradcheck(cube(lambda x: x), normal(3)).checks if c.outcome == "fail")
    assert check.span is not None
    assert "lambda ctx, y_bar" in check.span.text


@pytest.mark.parametrize(
    ("word", "fn", "value"),
    [
        (
            "symmetric",
            lambda A: torch.linalg.eigvalsh(A),
            torch.diag(torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)),
        ),
        (
            "lower",
            lambda A: torch.linalg.solve_triangular(A, torch.ones(3, 1, dtype=torch.float64), upper=False),
            normal(3, 3).tril(),
        ),
        ("positive", lambda A: torch.log(A), torch.tensor([1e-9, 1.0], dtype=torch.float64)),
    ],
)
def test_gradcheck_stays_in_a_domain(word: str, fn: Any, value: Any) -> None:
    report = jaccli.gradcheck(fn, {"A": value}, domain={"A": word})
    assert report.ok, jaccli.report_text(report)
