"""Gradient descent: the steps of each optimizer against PyTorch's, batches, and what stops a run."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError
from jaccli.learn.optimizers import OPTIMIZERS
from jaccli.learn.train import Diverged, Plan, batches, descend

A = np.array([[3.0, 1.0], [1.0, 2.0]])
START = np.array([1.0, -2.0])
NO_DATA = lambda: batches({}, Plan())  # noqa: E731


def bowl(parameters, data):
    x = parameters["x"]
    return float(0.5 * x @ A @ x), {"x": A @ x}


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_optimizer_takes_the_steps_of_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    x = torch.tensor(START, requires_grad=True)
    theirs = {
        "sgd": lambda: torch.optim.SGD([x], lr=0.05),
        "momentum": lambda: torch.optim.SGD([x], lr=0.05, momentum=0.9),
        "adam": lambda: torch.optim.Adam([x], lr=0.05),
    }[name]()
    matrix = torch.tensor(A)
    for step in descend(bowl, {"x": START}, Plan(name, 0.05, 20), NO_DATA()):
        theirs.zero_grad()
        (0.5 * x @ matrix @ x).backward()
        theirs.step()
        np.testing.assert_allclose(step.parameters["x"], x.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize(("name", "rate"), [("sgd", 0.3), ("momentum", 0.05), ("adam", 0.1)])
def test_descent_reaches_the_minimum_of_a_bowl(name, rate):
    *_, last = descend(bowl, {"x": START}, Plan(name, rate, 500), NO_DATA())
    np.testing.assert_allclose(last.parameters["x"], 0, atol=1e-3)


def test_divergence_is_named_and_keeps_the_last_parameters():
    with pytest.raises(Diverged, match=r"the loss grew from 3.5 to \S+ by step \d+") as caught:
        list(descend(bowl, {"x": START}, Plan("sgd", 10.0, 1000), NO_DATA()))
    loss, _ = bowl(caught.value.parameters, {})
    assert loss < 3.5e6 < bowl(caught.value.bad, {})[0]


def test_a_loss_that_is_no_number_is_named():
    with pytest.raises(Diverged, match="the loss is nan at step 1"):
        list(descend(lambda parameters, data: (float("nan"), parameters), {"x": START}, Plan(), NO_DATA()))


def test_each_row_comes_once_in_an_epoch():
    data = {"X": np.arange(10), "t": np.arange(10) * 2}
    for epoch in range(2):
        rows = itertools.islice(batches(data, Plan(batch=5)), 2 * epoch, 2 * epoch + 2)
        parts = [(batch["X"], batch["t"]) for _, batch in rows]
        assert sorted(np.concatenate([x for x, _ in parts])) == list(range(10))
        assert all(np.array_equal(2 * x, t) for x, t in parts)


def test_batches_are_the_same_for_the_same_seed_and_others_for_another():
    data = {"X": np.arange(100)}
    first = [next(batches(data, Plan(batch=10, rng_seed=seed)))[1]["X"].tolist() for seed in (1, 1, 2)]
    assert first[0] == first[1] != first[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"optimizer": "adamm"}, "optimizer 'adamm' is not known; did you mean `adam`", id="optimizer"),
        pytest.param({"rate": 0.0}, r"the learning rate must be positive and finite \(got 0\)", id="rate 0"),
        pytest.param(
            {"rate": np.inf}, r"the learning rate must be positive and finite \(got inf\)", id="rate infinite"
        ),
        pytest.param({"steps": 0}, r"the number of steps must be at least 1 \(got 0\)", id="no steps"),
        pytest.param({"batch": 0}, r"a batch must have at least 1 row \(got 0\)", id="empty batch"),
    ],
)
def test_plan_refuses_what_leads_nowhere(options, message):
    with pytest.raises(UsageError, match=message):
        Plan(**options)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            {"X": np.zeros(3), "t": np.zeros(4)}, "differ in their number of rows: X has 3, t has 4", id="rows differ"
        ),
        pytest.param({"X": np.zeros(3)}, "a batch of 5 rows is larger than the 3 rows", id="too large"),
    ],
)
def test_batches_refuse_data_that_do_not_fit(data, message):
    with pytest.raises(UsageError, match=message):
        next(batches(data, Plan(batch=5)))


def test_a_gradient_that_nobody_asks_for_is_not_named() -> None:
    from jaccli.derive.non_finite import gradient_not_finite

    built = jaccli.function("loss = w**4", at={"w": -3.0}).built  # by the exponent it is w**4 * log(w)
    assert gradient_not_finite(built, "loss", {"w": np.float64(-3.0)}) == ""


@pytest.mark.parametrize("label", [2.0, -1.0, 0.5])
def test_an_eager_loss_refuses_a_label_that_is_no_class(label: float) -> None:
    with pytest.raises(UsageError, match="none of the 2 classes"):
        jaccli.eager.cross_entropy(jaccli.tensor([[1.0, 2.0]], requires_grad=True), [label])
