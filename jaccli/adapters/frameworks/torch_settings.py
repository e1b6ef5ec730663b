"""PyTorch: the settings by which products are computed with fewer digits than their operands have, read, and held off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

__all__ = ["coarse", "finely"]

#: Device → the settings of float32 by operation, and those of sums of half precision.
SINGLE = {
    "cuda": ("cuda.matmul", "cudnn.conv", "cudnn.rnn"),
    "cpu": ("mkldnn.matmul", "mkldnn.conv", "mkldnn.rnn"),
    "xpu": ("mkldnn.matmul", "mkldnn.conv", "mkldnn.rnn"),
}
FINE = ("none", "ieee")  # values of such a setting by which nothing is lost
HALF = ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction", "allow_fp16_accumulation")


def coarse(torch: Any, device: str) -> tuple[str, ...]:
    """Return the settings of float32 that are on for a device, as ``torch.backends.cuda.matmul.fp32_precision = 'tf32'``."""
    found = ((path, _value(torch, path)) for path in SINGLE.get(device.partition(":")[0], ()))
    return tuple(f"torch.backends.{path}.fp32_precision = {value!r}" for path, value in found if value not in FINE)


def _value(torch: Any, path: str) -> str:
    """Return the precision of an operation, "none" where this PyTorch has no such setting."""
    return str(getattr(_at(torch, path), "fp32_precision", "none"))


def _at(torch: Any, path: str) -> Any:
    found: Any = torch.backends
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


@contextmanager
def finely(torch: Any) -> Iterator[None]:
    """Hold products and sums to the digits of their operands; what the settings were is restored, whatever happens.

    Law: the word for all products, which older code sets, and the newer settings by operation are changed together, since PyTorch
         refuses to compute where they contradict each other.
    """
    with ExitStack() as stack:
        paths = [path for path in dict.fromkeys(p for paths in SINGLE.values() for p in paths) if _has(torch, path)]
        for path in paths:  # restored last
            stack.callback(setattr, _at(torch, path), "fp32_precision", _value(torch, path))
        stack.callback(torch.set_float32_matmul_precision, torch.get_float32_matmul_precision())
        torch.set_float32_matmul_precision("highest")
        for path in paths:
            if _value(torch, path) not in FINE:
                _at(torch, path).fp32_precision = "ieee"
        products = torch.backends.cuda.matmul
        for name in HALF:
            if _read(products, name):
                setattr(products, name, False)
                stack.callback(setattr, products, name, True)
        yield


def _has(torch: Any, path: str) -> bool:
    return hasattr(_at(torch, path), "fp32_precision")


def _read(holder: Any, name: str) -> bool:
    try:
        return bool(getattr(holder, name))
    except (AttributeError, RuntimeError, AssertionError):  # an older PyTorch has no such setting
        return False
