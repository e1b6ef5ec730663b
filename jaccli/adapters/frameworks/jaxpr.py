"""A JAX program → its operations, and its values with every float in double precision, whatever the program casts to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jaccli.adapters.framework import Unsupported

__all__ = ["equations", "in_doubles"]

#: Operations that hold a program which is run once, and the parameter that is it.
CALLS = {
    "jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr",
    "remat": "jaxpr", "remat2": "jaxpr", "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr", "custom_vjp_call_jaxpr": "fun_jaxpr",
}  # fmt: skip
#: Operations whose programs are typed, and those that look at the bits of a float.
TYPED = {"while", "scan", "cond", "bitcast_convert_type", "pure_callback", "io_callback"}


def equations(jaxpr: Any) -> Iterator[Any]:
    """Yield the operations of a program, also those of the programs that operations hold."""
    waiting = [jaxpr]
    while waiting:
        held = waiting.pop()
        for equation in getattr(getattr(held, "jaxpr", held), "eqns", ()):
            yield equation
            for value in equation.params.values():
                waiting += value if isinstance(value, (tuple, list)) else (value,)


def in_doubles(jax: Any, closed: Any, inputs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a closed program, each of its operations in double precision.

    Errors: Unsupported for programs with loops, branches or calls out of them, whose types are fixed.
    """
    jnp = jax.numpy

    def low(dtype: Any) -> bool:
        return bool(jnp.issubdtype(dtype, jnp.floating)) and jnp.finfo(dtype).bits < 64

    def wide(value: Any) -> Any:
        return jnp.asarray(value, jnp.float64) if low(getattr(value, "dtype", jnp.int32)) else value

    def widened(parameter: Any) -> Any:
        return jnp.dtype(jnp.float64) if isinstance(parameter, jnp.dtype) and low(parameter) else parameter

    def run(program: Any, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        known = dict(zip([*program.constvars, *program.invars], map(wide, [*constants, *arguments]), strict=True))
        for equation in program.eqns:
            given = [wide(v.val) if hasattr(v, "val") else known[v] for v in equation.invars]
            found = answers(equation, given)
            known.update(zip(equation.outvars, found, strict=True))
        return [wide(v.val) if hasattr(v, "val") else known[v] for v in program.outvars]

    def answers(equation: Any, given: list[Any]) -> Sequence[Any]:
        name, params = equation.primitive.name, equation.params
        if name in TYPED:
            raise Unsupported(f"a program with {name}")
        if name in CALLS:
            inner = params[CALLS[name]]
            return run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), given)
        if name == "reduce_precision":
            return given
        found = equation.primitive.bind(*given, **{key: widened(value) for key, value in params.items()})
        return found if equation.primitive.multiple_results else [found]

    return run(closed.jaxpr, closed.consts, inputs)
