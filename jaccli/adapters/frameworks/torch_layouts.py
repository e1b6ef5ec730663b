"""PyTorch: tensors of the same numbers in another layout: with gaps, transposed, expanded, or beside their alignment."""

from __future__ import annotations

from typing import Any

__all__ = ["LAYOUTS", "arranged", "is_unaligned", "spread", "unaligned"]

LAYOUTS = ("strided", "transposed", "expanded", "unaligned")
ALIGNED = 16  # bytes, which vectors of loads are of


def arranged(torch: Any, tensor: Any, layout: str) -> Any:
    """Return a tensor in one of ``LAYOUTS``, or itself where it has none of that kind.

    Law: the numbers are those of ``tensor``, but for "expanded", where the first slice stands for all.
    """
    if not tensor.dim() or not tensor.numel() or tensor.layout != torch.strided:
        return tensor
    if layout == "unaligned":
        return unaligned(torch, tensor)
    if layout == "expanded":
        return tensor[:1].clone().expand(tensor.shape) if tensor.shape[0] > 1 else tensor
    if layout == "transposed":
        turned = tensor.dim() > 1 and min(tensor.shape[-2:]) > 1
        return tensor.transpose(-1, -2).contiguous().transpose(-1, -2) if turned else tensor
    wide = tensor.new_empty((*tensor.shape[:-1], 2 * tensor.shape[-1]))[..., ::2]
    return spread(torch, tensor, wide.stride(), 2 * tensor.numel())


def spread(torch: Any, tensor: Any, stride: tuple[int, ...], reached: int) -> Any:
    """Return the numbers of a tensor with gaps between them, filled with NaN: what lies there nobody may read.

    reached: how many elements of memory it extends over.
    """
    nothing = float("nan") if tensor.is_floating_point() or tensor.is_complex() else 0
    memory = torch.full((reached,), nothing, dtype=tensor.dtype, device=tensor.device)
    return memory.as_strided(tensor.shape, stride).copy_(tensor)


def unaligned(torch: Any, tensor: Any) -> Any:
    """Return a contiguous tensor that begins one element behind an aligned address."""
    memory = torch.empty(tensor.numel() + 1, dtype=tensor.dtype, device=tensor.device)
    return memory[1:].view(tensor.shape).copy_(tensor)


def is_unaligned(tensor: Any) -> bool:
    """Return whether a contiguous tensor begins beside the addresses that memory is given out at."""
    return bool(tensor.storage_offset() * tensor.element_size() % ALIGNED)
