"""Reports → counts by code and by what was tested, evaluations, and the time of each file, the slowest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from jaccli.results.checks import Report
from jaccli.results.kinds import Outcome
from jaccli.verdict import RULES

__all__ = ["durations", "statistics"]

MOST = 10  # files whose time is shown


def statistics(reports: Sequence[Report]) -> str:
    """Return the lines of ``--statistics``; the evaluations of a reference are counted once, however many derivatives it judged."""
    checks = [check for report in reports for check in report.checks]
    lines = ["by code"]
    codes = Counter(check.code for check in checks if check.code)
    lines += [f"  {code} {RULES[code].name:<18} {count:>6}" for code, count in sorted(codes.items())] or ["  none"]
    lines.append("by what was tested     pass   fail  inconclusive  other")
    for tested in dict.fromkeys(check.tested for check in checks):
        counts = Counter(check.outcome for check in checks if check.tested == tested)
        other = counts[Outcome.ERROR] + counts[Outcome.SKIPPED]
        passed, failed, open_ = (counts[one] for one in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE))
        lines.append(f"  {tested:<18} {passed:>6} {failed:>6} {open_:>13} {other:>6}")
    spent = {(c.file, c.of, c.wrt, c.point_index): c.evaluations for c in checks}
    lines.append(f"evaluations of references  {sum(spent.values()):,}")
    slowest = sorted(reports, key=lambda report: -report.duration)
    lines += ["slowest files", *(f"  {r.duration:7.2f} s  {', '.join(r.files)}" for r in slowest[:MOST])]
    return "\n".join(lines)


def durations(seconds: Mapping[str, float], most: int) -> str:
    """Return the lines of ``--durations``: what took longest, and how much of all that is."""
    slowest = sorted(seconds, key=lambda name: (-seconds[name], name))[:most]
    whole, share = sum(seconds.values()), sum(seconds[name] for name in slowest)
    head = f"slowest {len(slowest)} of {len(seconds)}: {share:.2f} of {whole:.2f} s"
    return "\n".join([head, *(f"  {seconds[name]:7.2f} s  {name}" for name in slowest)])
