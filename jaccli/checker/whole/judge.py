"""A function with very many parameters → its report: what it is going to take, whether its gradient adds up, and where not."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from jaccli.adapters.subject import Trouble, TroubleError
from jaccli.adapters.whole import Whole
from jaccli.checker.effort.telling import EVERY
from jaccli.checker.options import RTOL, CheckOptions
from jaccli.checker.segments.agreement import ALPHA
from jaccli.checker.segments.bounds import flat_factor
from jaccli.checker.whole.located import Located, located
from jaccli.checker.whole.pairs import CALLS, HALVES, NOISE, PAIRS, Missed, Pairs, Part, everything, length_of
from jaccli.memory import free_memory
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import JudgedBy, Label, Outcome
from jaccli.types import Array

__all__ = ["BYTES", "judged_whole"]

#: Bytes of memory for each number: point, direction, gradient and what reverse mode needs to add it up, slopes.
BYTES = 8 * 5.5
WORTHLESS = 1e-2  # of its own gradient: what a parameter must be known to at least
ROUNDED = 1e-11  # of a typical gradient


def judged_whole(whole: Whole, options: CheckOptions) -> Report:
    """Return the verdicts on the gradient of a module, or of a function of pytrees, by each of its parameters.

    Law:  all parameters move together along eight segments; where the gradient adds up to the values within rounding, every block
          passes with the bound that the pairs prove. Where it does not, halving finds an entry of the last parameter that is wrong,
          and a difference confirms it: only then it fails.
    Cost: 8 × 7 calls whatever the number of parameters, and as many for each length that does not settle it; log₂ n pairs for a
          mistake.
    """
    start = time.perf_counter()
    checks: list[Check] = []
    judge = _Judge(whole, options)
    try:
        with whole.held():
            checks += judge.made()
    except TroubleError as error:
        checks += [replace(one, outcome=error.trouble.outcome, code=error.trouble.code or None,
                           said=error.trouble.message, help=error.trouble.help) for one in judge.blanks()[:1]]  # fmt: skip
    except KeyboardInterrupt:
        checks = judge.known("it was interrupted")
    return Report(
        checks=tuple(checks), seed=options.seed or 0, duration=time.perf_counter() - start,
        files=(f"{whole.file}::{whole.title}",),
    )  # fmt: skip


class _Judge:
    """The checks of one function.

    done  the pairs that were asked at the length in hand
    """

    def __init__(self, whole: Whole, options: CheckOptions) -> None:
        self.whole, self.options = whole, options
        self.rtol = options.rtol or RTOL
        self.done: list[Missed] = []
        self.told = time.monotonic()

    # --- rows

    def blanks(self) -> list[Check]:
        """Return a row without a verdict for each leaf."""
        whole = self.whole
        target = f"{whole.file}::{whole.title}"
        more = f", rtol={self.options.rtol:g}" if self.options.rtol else ""
        again = f"jaccli.gradcheck({whole.title}, …{more}, seed={self.options.seed or 0})"
        return [
            Check(
                target=target, outcome=Outcome.INCONCLUSIVE, of="y", wrt=name, tested=Label.REVERSE, point={},
                file=whole.file, span=whole.span, rtol=self.rtol, entries=part.size, rerun=again,
                reference_route=JudgedBy.SEGMENTS, evaluations=whole.calls,
            )
            for name, part in zip(whole.names, whole.base, strict=True)
        ]  # fmt: skip

    def known(self, why: str) -> list[Check]:
        """Return the rows as far as the pairs go that were asked."""
        agreed = sum(one.agrees for one in self.done)
        said = f"{why} after {len(self.done)} of {PAIRS} pairs, of which {agreed} agree with the values"
        return [replace(one, code="JAC208", said=said) for one in self.blanks()]

    def noted(self) -> Iterator[Check]:
        """Yield rows about what is not differentiated, or differentiated once for several."""
        whole = self.whole
        found = [(name, f"`{name}` is also {' and '.join(others)}: one parameter, checked once")
                 for name, others in whole.shared.items()]  # fmt: skip
        if whole.frozen:
            names = ", ".join(whole.frozen[:3]) + (" …" if len(whole.frozen) > 3 else "")
            found.append((whole.frozen[0], f"{len(whole.frozen)} parameters require no gradient: {names}"))
        found += [
            (name, f"a call changes the buffer `{name}`: each call began with its first state")
            for name in whole.changed
        ]
        for name, said in found:
            yield replace(self.blanks()[0], outcome=Outcome.SKIPPED, wrt="", of=name, tested=Label.FUNCTION, said=said,
                          entries=1, decided=1, open_share=0.0)  # fmt: skip

    # --- the work

    def made(self) -> list[Check]:
        """Return all rows."""
        whole = self.whole
        need = whole.size * BYTES
        free = free_memory()
        if need > free:
            said = f"{whole.size:,} parameters take about {need / 1e9:.2g} GB here, and {free / 1e9:.2g} GB are free"
            raise TroubleError(
                Trouble("JAC009", said, f"check it on a larger machine, or a smaller size of the same {whole.what}")
            )
        whole.begin()
        first, before = whole.values(), time.perf_counter()
        with np.errstate(all="ignore"):
            again = whole.values()
            apart = float(np.max(np.abs(again - first), initial=0.0))
        if not np.all(np.isfinite(first)):
            raise TroubleError(Trouble("JAC205", "the values at the point are not finite", "choose another point"))
        if apart > 64 * 2.0**-52 * float(np.max(np.abs(first))):
            said = f"two calls at the same point give different values, by up to {apart:.1e}"
            return [replace(one, code="JAC204", said=said, help=whole.random) for one in self.blanks()]
        self.plan(4 * (time.perf_counter() - before), need)
        self.pairs = Pairs(whole, self.options.seed or 0)
        return [*self.judged(), *self.noted()]

    def plan(self, seconds: float, need: float) -> None:
        """Say what is going to be done: a gradient takes about four times as long as a value."""
        whole = PAIRS * CALLS * seconds
        took = f"about {whole / 60:.0f} min" if whole > 90 else f"about {max(whole, 1):.0f} s"
        if whole > EVERY:
            self.tell(f"{self.whole.size:,} parameters: {PAIRS} segments × {CALLS} calls, {took}, {need / 1e9:.2g} GB")

    def tell(self, line: str) -> None:
        """Write a line on standard error; nothing but that looks at the clock."""
        print(line, file=sys.stderr, flush=True)
        self.told = time.monotonic()

    def judged(self) -> list[Check]:
        """Return the rows of all leaves, by the first length of segments that settles them."""
        h = self.agreeing(everything(self.whole))
        if h is not None:
            return self.passed(h)
        missed = self.done[-1]
        found = located(self.pairs, len(self.done) - 1, HALVES[-1], missed)
        return self.open_(missed) if found is None else self.failed(found, missed)

    def agreeing(self, parts: Sequence[Part]) -> float | None:
        """Return the first half length at which all pairs agree while these parts move; None where there is none."""
        for h in HALVES:
            self.done = []
            while len(self.done) < PAIRS:
                self.done.append(self.pairs.asked(len(self.done), parts, h))
                if time.monotonic() - self.told > EVERY:
                    self.tell(
                        f"{len(self.done)} of {PAIRS} segments of half length {h:g}, {self.whole.calls} calls so far"
                    )
                if not self.done[-1].agrees:
                    break
            else:
                return h
        return None

    def bound(self) -> float:
        """Return the bound on the error of the gradient as a whole, relative to it, which all pairs prove."""
        factor = flat_factor(PAIRS, ALPHA, 1 + (self.pairs.centre.size > 1))
        return factor * max((abs(one.off) + one.allowed / NOISE) / one.size if one.size else 0.0 for one in self.done)

    def passed(self, h: float) -> list[Check]:
        """Return the rows where the pairs agree; a row is open where its bound is larger than the error that matters."""
        bound = self.bound()
        worst = max(self.done, key=lambda one: abs(one.off) / (one.size or 1.0))
        entry = bound * np.sqrt(self.whole.size)
        off, rounding = abs(worst.off) / (worst.size or 1.0), worst.allowed / (worst.size or 1.0)
        sentence = (
            f"all {self.whole.size:,} numbers moved together along {PAIRS} segments, {h:g} of their size long to each side: the "
            f"gradient adds up to the values to {off:.1e} (rounding {rounding:.1e}); an error of {bound:.1e} of the gradient "
            f"as a whole, or of {entry:.1e} of a single typical entry, would have been seen "
            "(confidence 1 − 1e-6)"
        )
        rows = []
        for one, slope in zip(self.blanks(), self.pairs.slopes, strict=True):
            typical, share = self.of_leaf(bound * worst.size / h / length_of(self.done.index(worst)), slope)
            ok = typical <= self.rtol and share <= WORTHLESS
            rows.append(replace(
                one, outcome=Outcome.PASS if ok else Outcome.INCONCLUSIVE, value=worst.tested, reference=worst.expected,
                error_bar=typical, abs_error=abs(worst.off), tolerance=self.rtol, detectable=typical, guarantee=sentence,
                decided=one.entries if ok else 0, open_share=0.0 if ok else max(share, typical), code=None if ok else "JAC207",
                said="" if ok else f"its gradient is small beside the others: an error of {share:.1e} of it would not be seen",
            ))  # fmt: skip
        return rows

    def of_leaf(self, error: float, slope: Array) -> tuple[float, float]:
        """Return a bound on the error of one leaf, in units of a gradient of typical size, and of its own.

        error: of the whole, per half length. A gradient that is nothing but rounding beside the others, as that of a bias which
               softmax takes away again, has no size of its own.
        """
        size = float(np.sqrt(np.sum(np.square(np.minimum(slope, self.pairs.middle), dtype=np.float64))))
        typical = self.pairs.middle * np.sqrt(slope.size)
        return error / typical, error / size if size > ROUNDED * typical else 0.0

    def open_(self, missed: Missed) -> list[Check]:
        """Return open rows: the gradient does not add up, and no entry was confirmed to be wrong."""
        off = abs(missed.off) / (missed.size or 1.0)
        said = (
            f"the gradient misses the values by {off:.1e} of its size, and differences confirm no entry that is wrong"
        )
        help_ = f"a kink near the point can do this; check at another point, or smaller parts of the {self.whole.what}"
        return [replace(one, code="JAC202", said=said, help=help_, open_share=off) for one in self.blanks()]

    def failed(self, found: Located, missed: Missed) -> list[Check]:
        """Return the row of the wrong parameter, and what is known of the others."""
        whole = self.whole
        name = whole.names[found.leaf]
        place = name.rpartition(".")[0] or whole.title
        flow = "; what flows back through it to the parameters before it is wrong as well" if found.before else ""
        index = tuple(int(k) for k in np.unravel_index(found.entry, whole.shapes[found.leaf]))
        said = (
            f"the gradient is wrong in `{place}`: of `{name}`{list(index)} it is {found.tested:.10g}, expected "
            f"{found.expected:.10g} ± {found.error_bar:.0e}{flow}"
        )
        look = f"backward of `{place}`, or check it by itself"
        if whole.what == "function":
            look = f"rule of the operation that `{name}` enters, or check that by itself"
        help_ = f"found by halving with {found.pairs} more pairs; look at the {look}"
        rows = self.blanks()
        agree = self.others(found)
        for k, one in enumerate(rows):
            if k == found.leaf:
                rows[k] = replace(
                    one, outcome=Outcome.FAIL, code="JAC100", value=found.tested, reference=found.expected,
                    error_bar=found.error_bar, abs_error=abs(found.tested - found.expected), wrt_index=index, failed=1,
                    tolerance=self.rtol * abs(found.expected), said=said, help=help_, decided=1,
                )  # fmt: skip
            elif agree:
                rows[k] = agree[k]
            else:
                where = "before" if k < found.leaf else "behind"
                rows[k] = replace(
                    one, code="JAC207", said=f"it stands {where} `{name}`, which is wrong: mend that first"
                )
        return rows

    def others(self, found: Located) -> Sequence[Check]:
        """Return the rows of all others where these add up without the wrong one."""
        if found.before:
            return []
        h = self.agreeing([(k, part) for k, part in everything(self.whole) if k != found.leaf])
        return [] if h is None else self.passed(h)
