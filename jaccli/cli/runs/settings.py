"""The settings of a run of checks: one frozen value, validated before anything heavy is imported."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jaccli.cli.limits import limits_of
from jaccli.cli.runs.reports import FORMATS, Request, read_requests
from jaccli.config import KEYS, MOST_JOBS, Config, Defaults, one_of, words_of
from jaccli.errors import UsageError
from jaccli.tasks.pool import cpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaccli.checker.options import CheckOptions

__all__ = ["Settings", "jobs_of", "settings_from"]

_CHOICES = {
    "reference": KEYS["reference"].kind,
    "output_format": one_of("table", *FORMATS),
    "fail_on": KEYS["fail-on"].kind,
    "framework": KEYS["framework"].kind,
}
#: What the environment or the project may say as well, for all commands that check.
_SHARED = ("seed", "rtol", "atol", "points", "directions", "reference", "timeout", "framework", "fail-on")
#: Of these the project's own goes after what specs and decorators say: ``Defaults``.
_LAST = ("seed", "rtol", "points", "framework")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of ``jac gradcheck`` as given; None means that the spec decides, and then the default.

    Errors: UsageError, naming the option, for a value it cannot have.
    """

    specs: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    wrt: tuple[str, ...] = ()
    points: int | None = None
    seed: int | None = None
    rtol: float | None = None
    atol: float = 0.0
    reference: str = "auto"
    directions: int | None = None
    full: bool = False
    order: int = 1
    timeout: float | None = None
    scan: str | None = None
    smallest: bool = False
    exit_first: bool = False
    fail_on: str = "fail"
    output_format: str = "table"
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    keyword: str | None = None
    only: frozenset[str] | None = None  # ids, where just these are to be checked
    last_failed: bool = False
    statistics: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    report: tuple[str, ...] = ()
    framework: str = "auto"
    beside: tuple[tuple[str, str], ...] = ()  # a form, and the name of a function beside the one that is checked
    compiled: str | None = None  # a backend
    sweep: tuple[str, ...] = ()
    layouts: bool = False
    scale: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    jobs: int = 1
    shard: str | None = None
    timings: str | None = None  # a file of seconds, by which shards are balanced
    write_timings: str | None = None
    durations: int | None = None  # how many of the slowest are shown
    cluster: str | None = None  # the address of a scheduler
    max_operations: float | None = None
    max_memory: float | None = None  # in bytes
    allow_code: str = ""  # "*" for that of every spec and record
    defaults: Defaults = field(default_factory=Defaults)

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            if (value := getattr(self, name)) not in kind.words:
                got = f"(got {value}){kind.hint(value)}"
                option = "-f" if name == "output_format" else f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} must be one of {', '.join(kind.words)} {got}")
        self.validated()
        of_functions = {
            **self.derivatives, "compile": self.compiled, "sweep": self.sweep, "layouts": self.layouts, "scale": self.scale,
            "domain": self.domain,
        }  # fmt: skip
        if self.expressions and (given := next((name for name, value in of_functions.items() if value), None)):
            raise UsageError(f"--{given} is for Python functions, not for expressions")
        if self.specs and self.expressions:
            raise UsageError("give spec files or expressions with -e, not both")
        self.shard_numbers  # noqa: B018 - refused before the work begins, like what follows
        read_requests(self.report, self.output_format)

    def validated(self) -> None:
        """Raise UsageError, naming the option as it is written, for one that a check cannot have."""
        from jaccli.checker.options import BadOption

        try:
            self.options()
        except BadOption as bad:
            raise UsageError(
                BadOption.worded(lambda name: f"--{name.replace('_', '-')}", bad.name, bad.reason)
            ) from None

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requested documents besides the terminal output."""
        return read_requests(self.report, self.output_format)

    @property
    def shard_numbers(self) -> tuple[int, int]:
        """The number of this shard, from 1, and how many there are.

        Errors: UsageError where they are none.
        """
        number, _, count = (self.shard or "1/1").partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise UsageError(f"--shard must be I/N with I from 1 to N, such as 1/4 (got {self.shard})")
        return int(number), int(count)

    def options(self, of_function: bool = False) -> CheckOptions:
        """Return what the check of a spec, or of a Python function, needs of the settings."""
        from jaccli.checker.options import CheckOptions
        from jaccli.graph.selection import Selection

        again = self.again() + (self.again_of_function() if of_function else [])
        return CheckOptions(
            selection=Selection(self.of, self.wrt),
            at=self.at,
            points=self.points,
            seed=self.seed,
            wanted=self.wanted(),
            rtol=self.rtol,
            atol=self.atol,
            reference=self.reference,
            directions=self.directions,
            full=self.full,
            order=self.order,
            timeout=self.timeout,
            max_operations=self.max_operations,
            max_memory=self.max_memory,
            scan=self.scan,
            smallest=self.smallest,
            allow_code=self.allow_code,
            framework=self.framework,
            derivatives=self.derivatives,
            compiled=self.compiled or "",
            sweep=self.sweep if of_function else (),
            layouts=self.layouts and of_function,
            scale=self.scale,
            domain=self.domain,
            shows_progress=not self.quiet,
            target=shlex.join(part for text in self.expressions for part in ("-e", text)),
            again=f" {shlex.join(again)}" if again else "",
            defaults=self.defaults,
        )

    @property
    def derivatives(self) -> dict[str, str]:
        """The names of functions beside the one that is checked, by form."""
        return dict(self.beside)

    def again_of_function(self) -> list[str]:
        """Return the options that show the failure of a function again, beside those of any check."""
        more = ["--framework", self.framework] if self.framework != "auto" else []
        more += ["--compile", self.compiled] if self.compiled else []
        more += ["--layouts"] if self.layouts else []
        more += [part for text in self.scale for part in ("--scale", text)]
        more += [part for text in self.domain for part in ("--domain", text)]
        return more + [part for form, name in self.derivatives.items() for part in (f"--{form}", name)]

    def wanted(self) -> Callable[[str], bool] | None:
        """Return which ids are to be checked, None for all."""
        from jaccli.cli.runs.keyword import keyword

        only, test = self.only, keyword(self.keyword) if self.keyword is not None else None
        if only is None:
            return test
        return lambda id_: id_ in only and (test is None or test(id_))

    def again(self) -> list[str]:
        """Return the options that a command needs to show a failure again, beside the block, its point and the seed."""
        values = [part for text in self.at for part in ("--at", text)]
        values += ["--rtol", f"{self.rtol:g}"] if self.rtol else []
        values += ["--atol", f"{self.atol:g}"] if self.atol else []
        values += ["--directions", str(self.directions)] if self.directions else []
        values += ["--order", "2"] if self.order == 2 else []
        values += ["--full"] if self.full else []
        values += ["--allow-code"] if self.allow_code == "*" else []
        return values + (["--reference", self.reference] if self.reference != "auto" else [])


def settings_from(config: Config, given: Mapping[str, Any]) -> Settings:
    """Return the settings of a command: from its arguments, else the environment, else the project.

    given: the fields of Settings, None for what was left out, ``allow_code`` a truth value; "jobs" a text.
    Law:   a setting that does not go with an option that is given, as ``directions`` with ``--full``, gives way to it.
    """
    _suits_functions(given)
    found = {key.replace("-", "_"): _said(config, key) for key in _SHARED}
    found |= {"jobs": config.get("jobs") or "1"}
    if given.get("baseline") is None:
        found["baseline"] = config.baseline()
    if given.get("report") is None:
        found["report"] = config.reports()
    if given.get("full") or given.get("order") == 2:
        found["directions"] = None
    if given.get("order") == 2:
        found["reference"] = None
    found |= {name: value for name, value in given.items() if value is not None}
    found |= {"jobs": jobs_of(found["jobs"]), "allow_code": "*" if given.get("allow_code") or config.allowed else ""}
    limits = limits_of(config, given.get("max_operations"), given.get("max_memory"))
    found |= dict(zip(("max_operations", "max_memory"), limits, strict=True))
    known = {name: value for name, value in found.items() if value is not None}
    return Settings(**known, defaults=config.defaults)


def _suits_functions(given: Mapping[str, Any]) -> None:
    """Refuse a reference that only specs have where functions are to be checked."""
    specs_only = set(words_of("reference")) - {"auto", "difference", "segments"}
    if given.get("reference") not in specs_only:  # what is no reference at all is refused later, as such
        return
    from jaccli.targets import is_target

    if name := next((name for name in given.get("specs", ()) if is_target(name)), None):
        raise UsageError(
            f"--reference {given['reference']} is for specs; functions such as {name} are judged by differences"
        )


def _said(config: Config, key: str) -> Any:
    return config.environment.get(key) if key in _LAST else config.get(key)


def jobs_of(text: str) -> int:
    """Return how many processes ``-j`` asks for.

    Errors: UsageError for what is no number of them.
    """
    if text == "auto":
        return cpus()
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise UsageError(f"-j must be auto or a whole number from 1 to {MOST_JOBS} (got {text})")
    return int(text)
