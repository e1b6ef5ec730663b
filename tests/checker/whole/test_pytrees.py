"""JAX functions of pytrees with many numbers, judged as a whole: right ones pass, planted mistakes are found, and named by leaf."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.results.kinds import Outcome

jax = pytest.importorskip("jax", reason="needs jaccli[jax]")
jnp = jax.numpy

WORDS = jnp.array([1, 4, 2, 9, 5])
BLOCKS = 3


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small functions be judged as large ones are."""
    monkeypatch.setattr("jaccli.adapters.whole.choose.LARGE", 300)


def twisted(how: str) -> Any:
    """Return the identity with another gradient."""

    @jax.custom_vjp
    def identity(w: Any) -> Any:
        return w

    def backward(_: None, y_bar: Any) -> Any:
        flat = y_bar.reshape(-1)
        return ({
            "negated": -y_bar, "zeroed": 0 * y_bar, "scaled": 1.1 * y_bar, "right": y_bar,
            "one doubled": flat.at[5].multiply(2).reshape(y_bar.shape),
            "one off by 1e-3": flat.at[5].multiply(1.001).reshape(y_bar.shape),
        }[how],)  # fmt: skip

    identity.defvjp(lambda w: (w, None), backward)
    return identity


def parameters(dtype: Any = np.float32, words: int = 11, d: int = 8) -> dict[str, Any]:
    rng = np.random.default_rng(3)

    def some(*shape: int) -> Any:
        return jnp.asarray(0.3 * rng.standard_normal(shape), dtype)

    block = {"qkv": (d, 3 * d), "weight": (d, 2 * d), "bias": (2 * d,), "out": (2 * d, d)}
    return {
        "embedding": some(words, d),
        "blocks": [{name: some(*shape) for name, shape in block.items()} for _ in range(BLOCKS)],
        "head": some(d, words),
    }


def model(how: str = "right", of: str = "", block: int = 0) -> Any:
    """Return the loss of a small Transformer in which one parameter, or the scores, has another gradient."""

    def loss(params: Any, words: Any) -> Any:
        x = params["embedding"][words]
        for k, b in enumerate(params["blocks"]):
            p = {name: twisted(how)(w) if (name, k) == (of, block) else w for name, w in b.items()}
            q, key, v = jnp.split(x @ p["qkv"], 3, -1)
            scores = q @ key.T / np.sqrt(q.shape[-1])
            scores = twisted(how)(scores) if (of, block) == ("scores", k) else scores
            x = x + jax.nn.softmax(scores) @ v
            x = x + jnp.tanh(x @ p["weight"] + p["bias"]) @ p["out"]
        rows = jax.nn.log_softmax(x @ params["head"])
        return -jnp.mean(rows[jnp.arange(len(words)), jnp.roll(words, 1)])

    return loss


def failing(report: Any) -> Any:
    (found,) = [check for check in report.checks if check.outcome == Outcome.FAIL]
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("jitted", [False, True])
def test_right_function_passes_leaf_by_leaf_in_the_order_of_use(dtype: Any, jitted: bool) -> None:
    loss = jax.jit(model()) if jitted else model()
    with jax.enable_x64(dtype == np.float64):
        report = jaccli.gradcheck(loss, (parameters(dtype), WORDS))
    assert report.outcome == Outcome.PASS, report
    names = [check.wrt for check in report.checks]
    assert names[:5] == ["params.embedding", *(f"params.blocks.0.{name}" for name in ("qkv", "weight", "bias", "out"))]
    assert names[-1] == "params.head"
    assert all("moved together along 8 segments" in (check.guarantee or "") for check in report.checks)
    assert report.checks[0].evaluations <= 3 * 8 * 7 + 16


@pytest.mark.parametrize("block", [0, 2])
@pytest.mark.parametrize(
    ("how", "of"),
    [("negated", "bias"), ("zeroed", "weight"), ("one doubled", "weight"), ("one off by 1e-3", "weight")],
)
def test_wrong_leaf_is_named_and_the_others_pass(how: str, of: str, block: int) -> None:
    report = jaccli.gradcheck(model(how, of, block), (parameters(), WORDS))
    found = failing(report)
    assert found.wrt == f"params.blocks.{block}.{of}"
    assert f"look at the rule of the operation that `params.blocks.{block}.{of}` enters" in found.help
    assert {check.outcome for check in report.checks if check is not found} == {Outcome.PASS}
    if how.startswith("one"):
        assert found.wrt_index == (0, 5)
        assert found.value / found.reference == pytest.approx(2 if how == "one doubled" else 1.001, abs=1e-5)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_wrong_operation_is_placed_at_the_last_leaf_that_it_reaches(block: int) -> None:
    found = failing(jaccli.gradcheck(model("scaled", "scores", block), (parameters(), WORDS)))
    assert found.wrt == f"params.blocks.{block}.qkv"
    assert "what flows back through it to the parameters before it is wrong as well" in found.message


class Layer:
    """A layer as libraries of JAX write them: a class that is a pytree."""

    def __init__(self, w: Any, b: Any) -> None:
        self.w, self.b = w, b

    def __call__(self, x: Any) -> Any:
        return jnp.tanh(x @ self.w + self.b)


jax.tree_util.register_pytree_with_keys(
    Layer,
    lambda layer: (
        [(jax.tree_util.GetAttrKey("w"), layer.w), (jax.tree_util.GetAttrKey("b"), layer.b)],
        None,
    ),
    lambda _, leaves: Layer(*leaves),
)


def test_classes_that_are_pytrees_and_several_outputs() -> None:
    rng = np.random.default_rng(0)
    layer = Layer(jnp.asarray(rng.standard_normal((20, 20))), jnp.zeros(20))

    def both(layer: Layer, x: Any) -> Any:
        y = layer(x)
        return {"y": y, "count": jnp.argmax(y), "loss": jnp.sum(y**2)}

    report = jaccli.gradcheck(both, (layer, jnp.ones(20)))
    assert report.outcome == Outcome.PASS, report
    assert {check.wrt for check in report.checks} == {"layer.w", "layer.b", "x"}

    def wrong(layer: Layer, x: Any) -> Any:
        return both(Layer(layer.w, twisted("one doubled")(layer.b)), x)

    assert failing(jaccli.gradcheck(wrong, (layer, jnp.ones(20)))).wrt == "layer.b"


@pytest.mark.parametrize("function", [
    pytest.param(lambda p: float(jnp.sum(p["w"])) * jnp.sum(p["w"] ** 2), id="looks at a value"),
    pytest.param(lambda p: jnp.sum(jnp.tanh(p["w"].astype(jnp.float32))), id="computes in float32"),
    pytest.param(lambda p: jnp.sum(jnp.exp(1j * p["w"])), id="complex"),
    pytest.param(lambda p: jnp.argmax(p["w"]), id="nothing to differentiate"),
])  # fmt: skip
def test_what_cannot_be_judged_as_a_whole_is_judged_as_before(function: Any) -> None:
    report = jaccli.gradcheck(function, {"w": jnp.ones((20, 20))}, framework="jax")
    assert not any("moved together" in (check.guarantee or "") for check in report.checks)


def test_arrays_that_are_not_nested_are_judged_as_before() -> None:
    report = jaccli.gradcheck(lambda w: jnp.sum(jnp.tanh(w)), jnp.ones((20, 20)) / 3)
    assert report.outcome == Outcome.PASS
    assert not any("moved together" in (check.guarantee or "") for check in report.checks)


def test_command_line_judges_pytrees_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_text(
        "import jax.numpy as jnp\nimport numpy as np\nimport jaccli\n\n"
        "p = {'w': np.linspace(-1, 1, 250_000).reshape(500, 500), 'b': np.zeros(500)}\n\n"
        "@jaccli.check(inputs=(p, jnp.ones(500)))\n"
        "def loss(p, x):\n    return jnp.sum(jnp.tanh(p['w'] @ x / 500 + p['b']))\n"
    )
    command = [sys.executable, "-m", "jaccli", "gradcheck", "big.py::loss", "--allow-code", "-v"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "moved together along 8 segments" in " ".join(done.stdout.split()).replace("│", "")
