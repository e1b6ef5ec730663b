"""The rule table → what ``jac rule`` prints, and docs/rules.md."""

from __future__ import annotations

import textwrap

from jaccli.verdict import RULES
from jaccli.verdict.examples import COMMANDS, EXAMPLES, OPTIONS, PROGRAMS

__all__ = ["rule_text", "rules_list", "rules_page"]

_FAMILIES = {
    "JAC0": "The spec",
    "JAC1": "Wrong derivatives",
    "JAC2": "Numerics",
    "JAC3": "Functions and their surroundings",
}


def rules_list(width: int) -> str:
    """Return one entry for each rule, its meaning hanging under its name."""
    longest = max(len(rule.name) for rule in RULES.values())
    indent = " " * (longest + 8)
    return "\n".join(
        textwrap.fill(
            rule.meaning, width, initial_indent=f"{rule.code} {rule.name:<{longest}} ", subsequent_indent=indent
        )
        for rule in RULES.values()
    )


def rule_text(code: str, width: int) -> str:
    """Return what a rule means, what to do, and a spec that draws it with the command that runs it."""
    rule = RULES[code]
    parts = [f"{rule.code} {rule.name}", textwrap.fill(rule.meaning, width)]
    parts.append(textwrap.fill(f"What to do: {rule.mend}", width))
    if code in EXAMPLES:
        spec = textwrap.indent(EXAMPLES[code].rstrip(), "  ")
        parts.append(f"For example, this spec (to run it, give it to `{_command(code)}` on standard input):\n\n{spec}")
    if code in PROGRAMS:
        parts.append(f"For example, this program:\n\n{textwrap.indent(PROGRAMS[code].rstrip(), '  ')}")
    if code in COMMANDS:
        found = COMMANDS[code]
        text = textwrap.indent(found.text.rstrip(), "  ")
        parts.append(f"For example, `{found.line}` with this file {found.file}:\n\n{text}")
    return "\n\n".join(parts)


def rules_page() -> str:
    """Return docs/rules.md."""
    lines = ["# Rule codes", "", "Written from the table by `python -m jaccli.report.info.rules > docs/rules.md`.", ""]
    for family, title in _FAMILIES.items():
        rules = [rule for rule in RULES.values() if rule.code.startswith(family)]
        lines += [f"## {title}", ""] if rules else []
        for rule in rules:
            lines += [f"### {rule.code} {rule.name}", "", rule.meaning, rule.mend, ""]
            if rule.code in EXAMPLES:
                lines += [f"`{_command(rule.code)}` of", ""]
                lines += ["```yaml", EXAMPLES[rule.code].rstrip(), "```", ""]
            if rule.code in PROGRAMS:
                lines += ["```python", PROGRAMS[rule.code].rstrip(), "```", ""]
            if rule.code in COMMANDS:
                found = COMMANDS[rule.code]
                kind = "python" if found.file.endswith(".py") else "yaml"
                lines += [f"`{found.line}` with this `{found.file}`", "", f"```{kind}", found.text.rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _command(code: str) -> str:
    return "jac validate -" if code.startswith("JAC0") else f"jac gradcheck {OPTIONS.get(code, '')}-"


if __name__ == "__main__":
    print(rules_page(), end="")
