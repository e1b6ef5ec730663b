"""``jac train``: gradient descent on a spec's loss, with the gradient checked on the way if asked."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jaccli.cli.console import INTERRUPTED, consoles, guarded, uninterrupted
from jaccli.cli.files import save
from jaccli.cli.options import At, Color, complete_outputs, complete_specs, completing, option
from jaccli.cli.runs.progress import draws, working
from jaccli.errors import UsageError
from jaccli.results.kinds import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from jaccli.compute.train import Part, Training
    from jaccli.learn.train import Diverged, Step

__all__ = ["train"]

STOPPED = 1  # the loss diverged, or a gradient is wrong
LATEST = 0.5  # seconds before a progress bar appears
LATELY = 10  # steps whose lowest loss is compared with the first: batches differ
MOMENTS = 21  # steps whose passes are on a page
EVERY = 0.1  # seconds between two looks at it: drawing takes longer than a step


@guarded
def train(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="A spec file with params and a loss.",
            show_default=False,
            autocompletion=complete_specs,
        ),
    ],
    at: At = None,
    loss: Annotated[
        str | None, option("--loss", metavar="OUTPUT", autocompletion=complete_outputs, help="The output to lower.")
    ] = None,
    optimizer: Annotated[
        str | None,
        option(
            "--optimizer",
            metavar="NAME",
            help="sgd, momentum or adam.",
            autocompletion=completing("sgd", "momentum", "adam"),
        ),
    ] = None,
    rate: Annotated[float | None, option("--rate", "--lr", metavar="NUMBER", help="The learning rate.")] = None,
    steps: Annotated[int | None, option("--steps", "--epochs", metavar="N", help="How many steps.")] = None,
    batch: Annotated[
        int | None, option("--batch", "--batch-size", metavar="N", help="Rows of the data per step.")
    ] = None,
    seed: Annotated[int | None, option("--seed", min=0, help="Makes the order of batches repeatable.")] = None,
    check_every: Annotated[int | None, option("--check-every", min=1, help="Check the gradient every N steps.")] = None,
    output: Annotated[
        str | None, option("-o", "--output", help="Save the parameters, .npz, or a page that shows the steps, .html.")
    ] = None,
    color: Color = "auto",
) -> None:
    """Lower the loss of a spec by gradient descent.

    Options override the settings of its `train:` section.

    Exit codes: 0 trained, 1 the loss diverged or a checked gradient is wrong, 2 the spec could not be used, 130 interrupted.
    """
    from jaccli.compute.train import Training
    from jaccli.graph.broadcasts import stretched
    from jaccli.graph.load import load
    from jaccli.spec.given import parse_at

    out, err = consoles(color)
    if rate is not None and not 0 < rate < float("inf"):
        raise UsageError(f"--rate must be positive and finite (got {rate:g}); try 0.1 or 0.01")
    for name, value in (("--steps", steps), ("--batch", batch)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1 (got {value})")
    _writable(output)
    settings: dict[str, Any] = {
        "loss": loss,
        "optimizer": optimizer,
        "rate": rate,
        "steps": steps,
        "batch": batch,
        "seed": seed,
    }
    built = load(spec)
    for warning in stretched(built):
        err.print(f"note: {warning}", style="yellow", soft_wrap=True)
    training = Training(built, parse_at(at or []), **settings)
    run = _Run(training, out, err, check_every, output)
    raise typer.Exit(run())


class _Run:
    """One run: shows each step, and saves and reports also when it is stopped."""

    def __init__(
        self, training: Training, out: Console, err: Console, check_every: int | None, output: str | None
    ) -> None:
        self.training, self.out, self.err = training, out, err
        self.check_every, self.output = check_every, output
        self.losses: list[float] = []
        self.parameters = {name: training.point[name] for name in training.parameters}
        self.finite = self.parameters  # the last ones that are known to give a finite loss
        self.code = 0
        total, self.run = training.plan.steps, list[tuple[int, Mapping[str, Any]]]()
        self.kept = {1 + round(k * (total - 1) / (MOMENTS - 1)) for k in range(MOMENTS)} if _is_page(output) else set()

    def __call__(self) -> int:
        from jaccli.learn.train import Diverged

        self.announce()
        parts = self.training.parts()
        before = {name: self.training.outputs(self.parameters, part) for name, part in parts.items()}
        start = time.perf_counter()
        try:
            self.descend()
        except Diverged as end:
            self.stopped(end)
        except KeyboardInterrupt:
            self.code = INTERRUPTED
        with uninterrupted():  # a second Ctrl-C does not lose what was learned
            if self.code == INTERRUPTED:
                self.err.print(f"interrupted after {_steps(len(self.losses))}", soft_wrap=True)
            after = self.results(parts)
            if self.output is not None and _is_page(self.output):
                save(self.output, self.page())
            elif self.output is not None:
                _save(self.output, self.parameters)
        self.report(before, after, time.perf_counter() - start)
        return self.code

    def stopped(self, end: Diverged) -> None:
        """Go back to the last parameters with a finite loss, and say so."""
        self.code = STOPPED
        if end.parameters is None:
            unsaved = ", and nothing is saved" if self.output else ""
            self.output = None
            self.err.print(f"stopped: {end}; no step was made{unsaved}", soft_wrap=True)
            return
        self.parameters = dict(end.parameters)
        kept = f"kept are the parameters with which step {end.number - 1} began, the last good ones"
        self.err.print(f"stopped: {end}; {kept}; a smaller --rate may help", soft_wrap=True)

    def results(self, parts: Mapping[str, Part | None]) -> dict[str, dict[str, Any]]:
        """Return the outputs for each part of the data; where the last step led to no finite loss, those before it."""
        import numpy as np

        found = {name: self.training.outputs(self.parameters, part) for name, part in parts.items()}
        finite = all(np.isfinite(values[self.training.loss]) for values in found.values())
        if finite or self.code == STOPPED or not self.losses:
            return found
        why, self.code, self.parameters = self.training.trouble(self.parameters), self.code or STOPPED, self.finite
        kept = f"kept are the parameters with which step {len(self.losses)} began, the last good ones"
        self.err.print(
            f"stopped: the loss is not finite after {_steps(len(self.losses))}; {why}; {kept}", soft_wrap=True
        )
        return {name: self.training.outputs(self.parameters, part) for name, part in parts.items()}

    def announce(self) -> None:
        """Say what is going to happen."""
        spec, plan = self.training.built.spec, self.training.plan
        count = sum(value.size for value in self.parameters.values())
        rows = f", {plan.batch:,} of {self.training.trained_rows:,} rows each" if plan.batch else ""
        parameters = f"{count:,} parameter{'s' * (count != 1)}"
        title = f"{spec.title or spec.name} · {parameters} · {_steps(plan.steps)} of {plan.optimizer}{rows}\n"
        self.out.print(title, style="bold", soft_wrap=True)

    def descend(self) -> None:
        if draws(self.err):
            self.descend_under_a_bar()
            return
        with working(self.err, "training", self.training.built.spec.target) as bar:
            for step in self.training.steps():
                self.take(step)
                bar.words = f", step {step.number:,} of {self.training.plan.steps:,}, loss {step.loss:.6g}"
                if self.code:
                    return

    def descend_under_a_bar(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        plan, start, shown = self.training.plan, time.perf_counter(), 0.0
        columns = (
            TextColumn("step {task.completed}/{task.total}"),
            BarColumn(),
            TextColumn("{task.fields[words]}"),
            TimeRemainingColumn(),
        )
        progress = Progress(*columns, console=self.err, transient=True)
        task = progress.add_task("train", total=plan.steps, words="", visible=False)
        with progress:
            for step in self.training.steps():
                self.take(step)
                now = time.perf_counter()
                if now - start > LATEST and now - shown > EVERY:
                    words, shown = f"loss {step.loss:.6g}  gradient {step.gradient_norm:.3g}", now
                    progress.update(task, completed=step.number, words=words, visible=True)
                if self.code:
                    return

    def take(self, step: Step) -> None:
        """Keep a step, and check the gradient where it is time to."""
        self.parameters, self.finite = dict(step.parameters), dict(step.start)
        self.losses.append(step.loss)
        if step.number in self.kept:
            self.run.append((step.number, dict(step.start)))
        if self.check_every and step.number % self.check_every == 0:
            report = self.training.check(self.parameters)
            counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
            self.out.print(f"step {step.number}: gradient checked: {counts}", soft_wrap=True)
            if report.outcome == Outcome.FAIL:
                from jaccli.report.gradcheck.problems import failure_text

                for check in (c for c in report.checks if c.outcome == Outcome.FAIL):
                    self.out.print(failure_text(check), soft_wrap=True)
                self.code = STOPPED

    def page(self) -> str:
        """Return the page that shows both passes at some of the steps."""
        from jaccli.compute.watch import watched
        from jaccli.report.pages.watch import watch_page

        part = self.training.step_part
        return watch_page(
            watched(part.built, of=self.training.loss, point=part.point, run=self.run, losses=self.losses)
        )

    def report(self, before: Any, after: Any, seconds: float) -> None:
        from jaccli.report.learn.trained import loss_curve, outputs_table

        spec = self.training.built.spec
        labels = {f.name: f.label for f in spec.outputs if f.label}
        entries = {f.name: f.entries for f in spec.outputs if f.entries}
        self.out.print(outputs_table(before, after, entries, labels))
        if len(self.losses) > 1:
            self.out.print(loss_curve(self.losses, self.out))
        plan = self.training.plan
        done = f"{_steps(len(self.losses))} of {plan.optimizer}, rate {plan.rate:g}, in {seconds:.2f} s"
        self.out.print(done, soft_wrap=True)
        if not self.code and len(self.losses) > 1 and min(self.losses[1:][-LATELY:]) > self.losses[0]:
            self.out.print(
                f"note: the loss has risen, from {self.losses[0]:.6g} to {self.losses[-1]:.6g}; try a smaller --rate",
                style="yellow",
                soft_wrap=True,
            )
        if _is_page(self.output):
            self.out.print(f"wrote {self.output}", soft_wrap=True)
        elif self.output is not None:
            target = spec.target
            self.out.print(
                f"saved {self.output}; read it back with: jac compute {target} --at {self.output}", soft_wrap=True
            )


def _steps(count: int) -> str:
    return f"{count:,} step{'s' * (count != 1)}"


def _is_page(path: str | None) -> bool:
    return path is not None and path.endswith(".html")


def _writable(path: str | None) -> None:
    """Refuse a file that could not be written, before the work begins."""
    from pathlib import Path

    if path is None:
        return
    if not path.endswith((".npz", ".html")):
        raise UsageError(f"-o must name an .npz or an .html file (got {path})")
    if not os.path.isdir(Path(path).parent) or os.path.isdir(path):
        raise UsageError(f"-o {path}: its folder does not exist")


def _save(path: str, parameters: dict[str, Any]) -> None:
    import io

    import numpy as np

    file = io.BytesIO()
    np.savez(file, **parameters)
    save(path, file.getvalue())
