"""Kernels that forget strides, alignment, or how many rows there are: each is found in the layout that shows it, right ones pass in all."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.adapters.frameworks import torch_layouts
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")


def as_memory(tensor):
    """Return what a kernel reads that takes a tensor for contiguous: the memory from its first element on, in order."""
    whole = torch.as_strided(
        tensor, (max(tensor.untyped_storage().nbytes() // tensor.element_size() - tensor.storage_offset(), 1),), (1,)
    )
    filled = torch.cat([whole, whole.new_zeros(max(0, tensor.numel() - whole.numel()))])
    return filled[: tensor.numel()].reshape(tensor.shape)


def scaled(inputs="", cotangents="", vector=False, rowwise=True):
    """Return x·w, summed or not, as a kernel that reads memory instead of elements where it is told to."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x * w

        @staticmethod
        def backward(ctx, y_bar):
            x, w = ctx.saved_tensors
            if cotangents:
                y_bar = as_memory(y_bar)
            if inputs:
                x = as_memory(x)
            if vector and x.data_ptr() % 16:  # loads of sixteen bytes begin where the address is rounded down
                x = torch.roll(x.reshape(-1), 1).reshape(x.shape)
            if not rowwise and len(x) > 2:
                y_bar = y_bar + 0.01 * y_bar.mean(0, keepdim=True)
            return y_bar * w, (y_bar * x).sum(0)

    return Scaled.apply


def given(dtype=torch.float32):
    torch.manual_seed(0)
    return torch.randn(6, 8).to(dtype), torch.randn(8).to(dtype)


def plain(x, w):
    return x * w


def failures(report):
    return {
        (check.target.rpartition(" (")[2].rstrip(")"), check.wrt)
        for check in report.checks
        if check.outcome == Outcome.FAIL
    }


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_right_kernel_passes_in_every_layout_and_row_by_row(dtype):
    report = jaccli.gradcheck(scaled(), given(dtype), reference=plain, layouts=True)
    assert report.ok
    names = {check.target.rpartition(" (")[2].rstrip(")") for check in report.checks if " (" in check.target}
    assert names == {
        "inputs strided", "inputs transposed", "inputs expanded", "inputs unaligned",
        "cotangents strided", "cotangents transposed", "cotangents expanded", "rows",
    }  # fmt: skip
    rows = [check.guarantee for check in report.checks if check.target.endswith("(rows)")]
    assert all(one.startswith("rows are the same, bit for bit") for one in rows)
    assert len(rows) == 2  # of y and of x; w has no rows


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ({"inputs": "memory"}, {("inputs strided", "w"), ("inputs transposed", "w"), ("inputs expanded", "w")}),
        (
            {"cotangents": "memory"},
            {(f"cotangents {how}", wrt) for how in ("strided", "transposed", "expanded") for wrt in "xw"},
        ),
        ({"vector": True}, {("inputs unaligned", "w")}),
    ],
    ids=["strides of inputs", "strides of cotangents", "alignment"],
)
def test_a_kernel_that_takes_memory_for_elements_fails_where_they_differ(mistake, found):
    report = jaccli.gradcheck(scaled(**mistake), given(), reference=plain, layouts=True)
    assert failures(report) == found
    assert all(
        "with inputs" in c.help or "with cotangents" in c.help for c in report.checks if c.outcome == Outcome.FAIL
    )


def test_without_a_reference_layouts_are_tried_too():
    assert jaccli.gradcheck(plain, given(torch.float64), layouts=True).ok
    report = jaccli.gradcheck(scaled(inputs="memory"), given(torch.float64), layouts=True)
    assert ("inputs transposed", "w") in failures(report)


def test_rows_that_change_when_others_join_are_found():
    """The reference is told with the same mistake, so that rows alone show it."""
    right, wrong = (
        jaccli.gradcheck(scaled(rowwise=kind), given(), reference=plain, layouts=True) for kind in (True, False)
    )
    assert right.ok
    rows = [check for check in wrong.checks if check.target.endswith("(rows)") and check.outcome == Outcome.FAIL]
    assert [check.wrt for check in rows] == ["x"]
    assert "move by up to" in rows[0].help


def test_another_order_of_additions_is_said_and_is_no_failure():
    def tall(x):  # as a kernel does that splits its sums by the number of rows
        return torch.stack([part.sum(-1) for part in x.chunk(2, -1)]).sum(0) if len(x) > 3 else x.sum(-1)

    torch.manual_seed(1)
    report = jaccli.gradcheck(tall, torch.randn(6, 1001), reference=lambda x: x.sum(-1), layouts=True)
    (row,) = [check for check in report.checks if check.target.endswith("(rows)") and not check.wrt]
    assert row.outcome == Outcome.PASS
    assert "within rounding, and not batch invariant" in row.guarantee


def test_a_function_whose_rows_depend_on_each_other_has_no_row_on_them():
    report = jaccli.gradcheck(
        lambda x: torch.softmax(x, 0), given()[0], reference=lambda x: torch.softmax(x, 0), layouts=True
    )
    assert report.ok
    assert not [check for check in report.checks if check.target.endswith("(rows)")]


@pytest.mark.parametrize("layout", torch_layouts.LAYOUTS)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (4, 3), (2, 3, 4), (0, 3), (3, 0)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64])
def test_another_layout_holds_the_same_numbers(layout, shape, dtype):
    tensor = torch.arange(int(np.prod(shape))).reshape(shape).to(dtype)
    made = torch_layouts.arranged(torch, tensor, layout)
    assert (made.shape, made.dtype) == (tensor.shape, tensor.dtype)
    expected = tensor[:1].expand(tensor.shape) if layout == "expanded" and tensor.dim() and tensor.numel() else tensor
    assert torch.equal(made, expected)
    if layout == "unaligned" and tensor.numel() and tensor.dim():
        assert made.data_ptr() % 16 == tensor.element_size()
        assert made.is_contiguous()


def test_what_has_no_layouts_is_refused():
    with pytest.raises(jaccli.UsageError, match="layouts are those of PyTorch's tensors"):
        jaccli.gradcheck(np.sin, np.ones(3), layouts=True)
    with pytest.raises(jaccli.UsageError, match="'layouts' is for a framework's own derivatives"):
        jaccli.gradcheck(np.sin, np.ones(3), vjp=lambda x, y_bar: y_bar, layouts=True)


@pytest.mark.parametrize("option", [{"atol": 1.0}, {"full": True}, {"directions": 4}])
def test_options_that_a_reference_has_no_use_for_are_refused_in_layouts_too(option):
    with pytest.raises(jaccli.UsageError, match="leave 'atol', 'full' and 'directions' out"):
        jaccli.gradcheck(scaled(), given(), reference=plain, layouts=True, **option)
