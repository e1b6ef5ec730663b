"""The plan of a computation → words: mode, passes and counted operations, what was not chosen, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.text import Text

from jaccli.report.words.plain import json_text
from jaccli.results.planned import Planned

__all__ = ["plan_json", "plan_text"]

MAX_OUTPUTS = 12
UNITS = (
    "An addition or a multiplication is one operation, an elementary function 4. Values that a mode needs are included."
)


def plan_text(name: str, plans: Sequence[Planned]) -> Text:
    """Return the plan of each output; of very many, the first ones."""
    total = sum(plan.chosen.operations for plan in plans)
    text = Text(name, style="bold").append(" · the plan; nothing has been computed\n", style="default")
    for plan in plans[:MAX_OUTPUTS]:
        text.append(f"\n{plan.of}", style="bold cyan").append(f" by {_names(plan.wrt)}", style="default")
        text.append(f"   {plan.rows:,} × {plan.columns:,} entries\n", style="dim")
        text.append("".join(f"  {line}\n" for line in _lines(plan)), style="default")
    if len(plans) > MAX_OUTPUTS:
        text.append(f"\n… and {len(plans) - MAX_OUTPUTS:,} outputs more; --of NAME shows one\n")
    if len(plans) > 1:
        text.append(f"\ntogether {total:,} operations\n")
    return text.append(f"\n{UNITS}\n", style="dim")


def plan_json(name: str, plans: Sequence[Planned]) -> str:
    """Return the plan as JSON."""
    return json_text({"schema_version": 1, "name": name, "plan": [asdict(plan) for plan in plans]})


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MAX_OUTPUTS else f"{names[0]} … {names[-1]}"


def _lines(plan: Planned) -> list[str]:
    rows = [("→", plan.chosen)] + ([(" ", plan.rejected)] if plan.rejected is not None else [])
    width = max(len(each.route) for _, each in rows)
    found = []
    for mark, each in rows:
        times = f", {each.operations / plan.function:.3g} × the function" if plan.function else ""
        memory = f", {_bytes(each.memory)}" if each.memory is not None else ""
        passes = f"{each.passes:,} pass{'es' * (each.passes != 1)}"
        count = f"{each.operations:,} operation{'s' * (each.operations != 1)}"
        found.append(f"{mark} {each.route:<{width}}  {passes:>9}  {count}{times}{memory}")
    return [*found, f"  because {plan.why}", f"  symbols {plan.symbols}"]


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
