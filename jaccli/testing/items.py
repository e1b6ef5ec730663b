"""A spec file → a test for each of its checks; checks that share a reference are made together, when the first of them runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from jaccli.checker.effort.demand import GIGABYTE
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.listing import Listed, listed
from jaccli.checker.specs.run import check
from jaccli.config import read_config, words_of
from jaccli.errors import SourceError, UsageError
from jaccli.graph.build import Built
from jaccli.graph.fewer_rows import few_rows
from jaccli.graph.load import load_each
from jaccli.report.gradcheck.problems import failure_text, problem_text, trouble_text
from jaccli.report.words.plain import calm, printable
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Label, Outcome

__all__ = ["SpecFile"]

FAIL_ON = words_of("fail-on")


class NotRight(Exception):  # noqa: N818 - the verdict on a derivative; the message is what the terminal shows
    """A check that fails its test."""


class SpecFile(pytest.File):
    """A file of specs."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each check of each spec; one for a spec that is expected to fail."""
        name = os.path.relpath(self.path, self.config.invocation_params.dir)
        try:
            options = _options(self.config)
            found = list(load_each(name))
            if len(found) == 1 and isinstance(found[0], SourceError):
                raise found[0]
            for part, built in enumerate(found, 1):
                if isinstance(built, SourceError):
                    id_ = f"{self.nodeid}#{part}::mistakes"
                    yield BrokenItem.from_parent(self, name="mistakes", nodeid=id_, text=_mistakes(built))
                else:
                    yield from self._tests(few_rows(built), options)
        except SourceError as error:
            raise self.CollectError(calm(_mistakes(error))) from None
        except UsageError as error:
            raise self.CollectError(calm(printable(str(error)))) from None

    def _tests(self, built: Built, options: CheckOptions) -> Iterator[pytest.Item]:
        part = f"#{built.spec.part}" if built.spec.part else ""
        if built.spec.check.expect == "fail":
            yield SpecItem.from_parent(
                self, name="expect-fail", nodeid=f"{self.nodeid}{part}::expect-fail", built=built, options=options
            )
            return
        groups: dict[Any, Group] = {}
        for row in listed(built, options):
            group = groups.setdefault(row.group, Group(built, options))
            group.ids.add(row.id)
            id_ = f"{self.nodeid}{part}::{row.name}"
            yield CheckItem.from_parent(self, name=row.name, nodeid=id_, row=row, group=group)


def _mistakes(error: SourceError) -> str:
    return printable("\n".join(problem_text(problem).plain for problem in error.problems))


def _options(config: pytest.Config) -> CheckOptions:
    """Return what the environment and the project say about checks: the same as on the command line."""
    said = read_config(config.rootpath)
    first = said.environment.get  # of what a spec may say, which goes before the project
    return CheckOptions(
        points=first("points"),
        seed=first("seed"),
        rtol=first("rtol"),
        atol=said.get("atol") or 0.0,
        directions=said.get("directions"),
        timeout=said.get("timeout"),
        reference=said.get("reference") or "auto",
        allow_code=said.allowed_in_tests,
        max_operations=said.get("max-operations"),
        max_memory=said.get("max-memory") and said.get("max-memory") * GIGABYTE,
        defaults=said.defaults,
    )


@dataclass(slots=True)
class Group:
    """Checks that are made at once."""

    built: Built
    options: CheckOptions
    ids: set[str] = field(default_factory=set)
    found: Mapping[str, Check] | None = None

    def check(self, id_: str) -> Check | None:
        """Return a check, making all of the group the first time; None where the block is judged in another way."""
        if self.found is None:
            report = check(self.built, replace(self.options, wanted=self.ids.__contains__))
            self.found = {found.id: found for found in report.checks}
        return self.found.get(id_)


class _Item(pytest.Item):
    """A test whose failure is shown as the terminal shows it."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the text of a verdict, and a traceback for any other failure."""
        if isinstance(excinfo.value, (NotRight, UsageError)):
            return calm(printable(str(excinfo.value))).rstrip()
        return super().repr_failure(excinfo, style)


class CheckItem(_Item):
    """One check: an output, an input, what is tested, a point."""

    def __init__(self, *, row: Listed, group: Group, **more: Any) -> None:
        super().__init__(**more)
        self.row, self.group = row, group

    def runtest(self) -> None:
        """Fail where the derivative is wrong or, unless the setting says otherwise, something that matters could not be decided."""
        found = self.group.check(self.row.id)
        if found is None:
            pytest.skip("judged together with the other routes of its block")
        fail_on = _fail_on(self.config)
        open_ = found.unverified or (found.outcome == Outcome.INCONCLUSIVE and fail_on == "inconclusive")
        if fail_on != "never" and (found.outcome in (Outcome.FAIL, Outcome.ERROR) or open_):
            raise NotRight((trouble_text(found) if open_ else failure_text(found)).plain)
        if found.outcome == Outcome.SKIPPED:
            pytest.skip(printable(found.message))

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the place of the claim, or of the output's expression."""
        return self.path, self.row.line - 1, self.name


class BrokenItem(_Item):
    """One spec of several in a file that cannot be used."""

    def __init__(self, *, text: str, **more: Any) -> None:
        super().__init__(**more)
        self.text = text

    def runtest(self) -> None:
        """Fail with the mistakes of the spec."""
        raise NotRight(self.text)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the file."""
        return self.path, 0, self.name


class SpecItem(_Item):
    """A spec that is wrong on purpose: the test passes when a claim of it is wrong."""

    def __init__(self, *, built: Built, options: CheckOptions, **more: Any) -> None:
        super().__init__(**more)
        self.built, self.options = built, options

    def runtest(self) -> None:
        """Fail where the spec passes, or fails for another reason than a wrong claim."""
        report: Report = check(self.built, self.options)
        if not report.ok:
            wrong = [
                failure_text(c).plain
                for c in report.checks
                if c.outcome in (Outcome.FAIL, Outcome.ERROR) and c.tested != Label.CLAIM
            ]
            raise NotRight("\n".join(wrong) or f"{self.built.spec.target} should fail, but no claim of it is wrong")

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the file."""
        return self.path, 0, self.name


def _fail_on(config: pytest.Config) -> str:
    """Return when a check fails its test: pytest's own setting overrides those of jaccli."""
    word = config.getini("jaccli_fail_on") or read_config(config.rootpath).get("fail-on") or "fail"
    if word not in FAIL_ON:
        raise UsageError(f"jaccli_fail_on must be one of {', '.join(FAIL_ON)} (got {word})")
    return str(word)
