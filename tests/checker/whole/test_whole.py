"""Modules with many parameters, judged as a whole: right ones pass, planted mistakes are found, and their place is named."""

from __future__ import annotations

import math
from typing import Any

import pytest

import jaccli
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small modules be judged as large ones are."""
    monkeypatch.setattr("jaccli.adapters.whole.choose.LARGE", 300)


class Twisted(torch.autograd.Function):
    """A parameter as it is, with another gradient."""

    @staticmethod
    def forward(ctx: Any, w: Any, how: str) -> Any:
        ctx.how = how
        return w.clone()

    @staticmethod
    def backward(ctx: Any, y_bar: Any) -> Any:
        found = y_bar.clone()
        match ctx.how:
            case "negated":
                found = -found
            case "zeroed":
                found = 0 * found
            case "one doubled":
                found.view(-1)[5] *= 2
            case "one off by 1e-3":
                found.view(-1)[5] *= 1.001
        return found, None


class Scaled(torch.autograd.Function):
    """The scores of attention, whose gradient has another scale."""

    @staticmethod
    def forward(ctx: Any, x: Any, scale: float) -> Any:
        ctx.scale = scale
        return x * scale

    @staticmethod
    def backward(ctx: Any, y_bar: Any) -> Any:
        return 1.1 * ctx.scale * y_bar, None


class Block(nn.Module):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.norm, self.qkv, self.fc, self.proj = (
            nn.LayerNorm(d),
            nn.Linear(d, 3 * d),
            nn.Linear(d, 2 * d),
            nn.Linear(2 * d, d),
        )
        self.how = ""

    def forward(self, x: Any) -> Any:
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        scores, scale = q @ k.transpose(-1, -2), 1 / math.sqrt(q.shape[-1])
        scores = Scaled.apply(scores, scale) if self.how == "attention" else scores * scale
        x = x + scores.softmax(-1) @ v
        weight, bias = self.fc.weight, self.fc.bias
        if self.how == "negated":
            bias = Twisted.apply(bias, self.how)
        elif self.how not in ("", "attention"):
            weight = Twisted.apply(weight, self.how)
        return x + self.proj(nn.functional.gelu(nn.functional.linear(x, weight, bias)))


class Model(nn.Module):
    def __init__(
        self, dtype: Any = torch.float64, words: int = 11, d: int = 8, blocks: int = 3, tied: bool = False
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, d)
        self.blocks = nn.ModuleList(Block(d) for _ in range(blocks))
        self.head = nn.Linear(d, words, bias=False)
        if tied:
            self.head.weight = self.embedding.weight
        self.dropout = nn.Dropout(0.0)
        generator = torch.Generator().manual_seed(3)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
        self.to(dtype)

    def forward(self, words: Any) -> Any:
        x = self.dropout(self.embedding(words))
        for block in self.blocks:
            x = block(x)
        return nn.functional.cross_entropy(self.head(x), words.roll(1))


WORDS = torch.tensor([1, 4, 2, 9, 5])


def failing(report: Any) -> Any:
    (found,) = [check for check in report.checks if check.outcome == Outcome.FAIL]
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", [0, 1])
def test_right_module_passes(dtype: Any, seed: int) -> None:
    report = jaccli.gradcheck(Model(dtype), WORDS, seed=seed)
    assert report.outcome == Outcome.PASS, report
    assert {check.wrt for check in report.checks} == {name for name, _ in Model().named_parameters()}
    assert all("moved together along 8 segments" in (check.guarantee or "") for check in report.checks)


def test_calls_do_not_depend_on_the_number_of_parameters() -> None:
    calls = [jaccli.gradcheck(Model(blocks=blocks), WORDS).checks[0].evaluations for blocks in (1, 4)]
    assert max(calls) <= 8 * 7 + 2 * 7 + 16  # where longer segments do not do, a pair of each is asked


@pytest.mark.parametrize("block", [0, 2])
@pytest.mark.parametrize(("how", "name"), [
    ("negated", "fc.bias"), ("zeroed", "fc.weight"), ("one doubled", "fc.weight"), ("one off by 1e-3", "fc.weight"),
])  # fmt: skip
def test_wrong_parameter_is_named_and_the_others_pass(how: str, name: str, block: int) -> None:
    module = Model()
    module.blocks[block].how = how
    report = jaccli.gradcheck(module, WORDS)
    found = failing(report)
    assert found.wrt == f"blocks.{block}.{name}"
    assert f"the gradient is wrong in `blocks.{block}.fc`" in found.message
    assert {check.outcome for check in report.checks if check is not found} == {Outcome.PASS}
    if how.startswith("one"):
        assert found.wrt_index == (0, 5)
        assert found.value / found.reference == pytest.approx(2 if how == "one doubled" else 1.001, abs=1e-5)


@pytest.mark.parametrize("block", [0, 1, 2])
def test_wrong_operation_is_placed_in_the_last_module_that_it_reaches(block: int) -> None:
    module = Model()
    module.blocks[block].how = "attention"
    found = failing(jaccli.gradcheck(module, WORDS))
    assert found.wrt.startswith(f"blocks.{block}.qkv.")
    assert "what flows back through it to the parameters before it is wrong as well" in found.message


def test_module_of_several_outputs_and_inputs() -> None:
    module = nn.Sequential(nn.Linear(12, 20), nn.Tanh(), nn.Linear(20, 6)).double()
    x = torch.linspace(-1, 1, 36, dtype=torch.float64).reshape(3, 12)
    report = jaccli.gradcheck(module, x)
    assert report.outcome == Outcome.PASS
    assert [check.wrt for check in report.checks] == ["input", "0.weight", "0.bias", "2.weight", "2.bias"]


def test_right_module_with_kinks_does_not_fail() -> None:
    torch.manual_seed(0)
    for seed in range(3):
        module = nn.Sequential(nn.Linear(12, 60), nn.ReLU(), nn.Linear(60, 60), nn.ReLU(), nn.Linear(60, 1)).double()
        report = jaccli.gradcheck(module, torch.randn(40, 12, dtype=torch.float64), seed=seed)
        assert report.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE)


def test_module_exactly_at_kinks_does_not_fail() -> None:
    module = nn.Sequential(nn.Linear(12, 60), nn.ReLU(), nn.Linear(60, 1)).double()
    nn.init.zeros_(module[0].bias)
    report = jaccli.gradcheck(module, torch.zeros(3, 12, dtype=torch.float64))
    assert report.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE)


def test_shared_parameter_is_checked_once_and_told() -> None:
    report = jaccli.gradcheck(Model(tied=True), WORDS)
    assert report.outcome == Outcome.PASS
    assert "`embedding.weight` is also head.weight: one parameter, checked once" in [
        check.message for check in report.checks
    ]


def test_frozen_parameters_are_left_out_and_told() -> None:
    module = Model()
    module.embedding.requires_grad_(False)
    report = jaccli.gradcheck(module, WORDS)
    assert report.outcome == Outcome.PASS
    assert "embedding.weight" not in {check.wrt for check in report.checks}
    assert "1 parameters require no gradient: embedding.weight" in [check.message for check in report.checks]


def test_buffers_that_change_are_told_and_put_back() -> None:
    module = nn.Sequential(nn.Linear(12, 30), nn.BatchNorm1d(30), nn.Tanh(), nn.Linear(30, 1)).double()
    x = torch.linspace(-1, 1, 60, dtype=torch.float64).reshape(5, 12) ** 2
    before = module[1].running_mean.clone()
    report = jaccli.gradcheck(module, x)
    assert any("a call changes the buffer `1.running_mean`" in check.message for check in report.checks)
    assert torch.equal(module[1].running_mean, before)
    assert Outcome.FAIL not in {check.outcome for check in report.checks}


def test_dropout_in_train_mode_is_not_repeatable() -> None:
    module = Model()
    module.dropout.p = 0.5
    report = jaccli.gradcheck(module.train(), WORDS)
    assert {(check.outcome, check.code) for check in report.checks} == {(Outcome.INCONCLUSIVE, "JAC204")}
    assert "module.eval()" in report.checks[0].help
    assert jaccli.gradcheck(module.eval(), WORDS).outcome == Outcome.PASS


def test_module_that_does_not_fit_is_told_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.checker.whole.judge.free_memory", lambda: 1000.0)
    (check,) = jaccli.gradcheck(Model(), WORDS).checks
    assert check.code == "JAC009"
    assert "parameters take about" in check.message
    assert "1e-06 GB are free" in check.message


def test_interrupted_check_keeps_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.whole.pairs import Pairs

    asked = Pairs.asked

    def interrupted(self: Any, number: int, parts: Any, h: float) -> Any:
        if number == 3:
            raise KeyboardInterrupt
        return asked(self, number, parts, h)

    monkeypatch.setattr(Pairs, "asked", interrupted)
    report = jaccli.gradcheck(Model(), WORDS)
    assert {check.message for check in report.checks} == {
        "it was interrupted after 3 of 8 pairs, of which 3 agree with the values"
    }


def test_parameters_are_as_they_were() -> None:
    module = Model()
    before = {name: one.detach().clone() for name, one in module.named_parameters()}
    jaccli.gradcheck(module, WORDS)
    assert all(torch.equal(one, before[name]) for name, one in module.named_parameters())
    assert all(one.grad is None for one in module.parameters())


def test_module_that_raises_is_a_row() -> None:
    (check,) = jaccli.gradcheck(Model(), torch.tensor([50])).checks
    assert (check.outcome, check.code) == (Outcome.ERROR, "JAC302")


@pytest.mark.parametrize("name", ["jacobian", "vjp", "jvp"])
def test_a_claim_beside_a_large_module_is_refused_as_beside_a_small_one(name: str) -> None:
    module, x = nn.Linear(20, 20).double(), torch.randn(1, 20, dtype=torch.float64)
    with pytest.raises(jaccli.UsageError, match=f"'{name}' is for NumPy functions"):
        jaccli.gradcheck(module, x, **{name: lambda x: x})


def test_a_large_module_keeps_to_its_time() -> None:
    module, x = Block(8).double(), torch.randn(1, 4, 8, dtype=torch.float64)
    report = jaccli.gradcheck(module, x, timeout=1e-6)
    assert [check.code for check in report.checks] == ["JAC208"]


@pytest.mark.parametrize("word", ["auto", "difference"])
def test_a_word_other_than_auto_asks_for_the_usual_way(word: str) -> None:
    module, x = nn.Linear(20, 20).double(), torch.randn(1, 20, dtype=torch.float64)
    said = [check.guarantee or "" for check in jaccli.gradcheck(module, x, reference=word).checks]
    assert any("numbers moved together" in one for one in said) == (word == "auto")


class Dim(Model):
    """A model with one more parameter, which hardly counts."""

    def __init__(self, weight: float, factor: float) -> None:
        super().__init__(torch.float64)
        self.weight, self.factor = weight, factor
        self.dim = nn.Parameter(torch.linspace(0.5, 1.5, 40, dtype=torch.float64))

    def forward(self, words: Any) -> Any:
        extra = self.weight * torch.sum(torch.sin(self.dim))
        return super().forward(words) + extra * self.factor + (extra * (1 - self.factor)).detach()


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.0])
@pytest.mark.parametrize(("weight", "seen"), [(1.0, True), (1e-12, False)])
def test_parameter_whose_gradient_is_lost_beside_the_others_does_not_pass(
    weight: float, seen: bool, factor: float
) -> None:
    report = jaccli.gradcheck(Dim(weight, factor), WORDS)
    (found,) = [check for check in report.checks if check.wrt == "dim"]
    right = Outcome.PASS if factor == 1.0 else Outcome.FAIL
    assert found.outcome == (right if seen else Outcome.INCONCLUSIVE)
