"""Settings → pieces of work, here, elsewhere or on a cluster → reports and troubles, in the order of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jaccli.errors import SourceError, UsageError
from jaccli.memory import not_enough
from jaccli.tasks.pool import Lost, Pool, Raised

if TYPE_CHECKING:
    from jaccli.cli.runs.settings import Settings
    from jaccli.results.checks import Report
    from jaccli.results.run import Shard
    from jaccli.tasks.places import Place

    Item = Report | SourceError | UsageError
    Progress = Callable[[int, int], None]
    Told = Callable[[Shard], None]

__all__ = ["Piece", "items", "pieces_of", "work"]


START, HARD = (
    30.0,
    20.0,
)  # seconds, and times --timeout: when a process is ended that has not ended itself, as in compiled code


@dataclass(frozen=True, slots=True)
class Piece:
    """What one process does at a time: a spec file, a function, or expressions."""

    settings: Settings
    name: str = ""  # "" for expressions

    @property
    def runs_code(self) -> bool:
        """Whether the user's own code may run in it."""
        from jaccli.targets import is_target

        return is_target(self.name) or bool(self.settings.allow_code)


def pieces_of(settings: Settings) -> list[Piece]:
    """Return the pieces of work that the settings name."""
    if settings.expressions:
        return [Piece(settings)]
    from jaccli.spec.find import find_specs

    return [Piece(settings, name) for name in find_specs(settings.specs)]


def items(
    settings: Settings, pieces: Sequence[Piece], progress: Progress | None = None, told: Told | None = None
) -> Iterator[Item]:
    """Yield the results of all pieces in order, whichever process computed them.

    progress: notified how far a piece is that is checked in this process.
    told:     notified of the shard, where there is one.
    """
    pieces = list(pieces)
    if settings.jobs == 1 and settings.cluster is None and not any(piece.runs_code for piece in pieces):
        for piece in _shard(pieces, settings, told):
            yield from _stream(piece, progress)
        return
    with _place(settings) as pool:
        pieces, broken = _single_functions(pool, pieces)
        yield from broken
        chosen = _shard(pieces, settings, told)
        elsewhere = pool.results(work, [piece for piece in chosen if piece.name != "-"])
        for piece in chosen:
            found = work(piece) if piece.name == "-" else next(elsewhere)  # this process has the standard input
            yield from _received(piece, found)


def _place(settings: Settings) -> AbstractContextManager[Place]:
    """Return where the pieces are done: in processes of this machine, or of a cluster."""
    timeout = settings.timeout and START + HARD * settings.timeout
    if settings.cluster is None:
        return Pool(settings.jobs, timeout)
    from jaccli.tasks.cluster import on_cluster

    return on_cluster(settings.cluster, timeout, lambda piece: files_of(piece.name))


def files_of(name: str) -> list[str]:
    """Return the file that a name of a spec or function begins with."""
    from jaccli.targets import is_target

    return [name.partition("::")[0] if is_target(name) else name.partition("#")[0]] if name else []


def _received(piece: Piece, found: list[Item] | Lost | Raised) -> Iterable[Item]:
    from jaccli.checker.crashed import crash_report, lost_report

    name, seed = piece.name or "<expression>", piece.settings.seed or 0
    if isinstance(found, Raised):
        return [crash_report(name, found.text, seed)]
    return [lost_report(name, found.reason, seed)] if isinstance(found, Lost) else found


def _single_functions(pool: Place, pieces: list[Piece]) -> tuple[list[Piece], list[Item]]:
    """Return the pieces, a file of decorated functions as one for each of them; and what is wrong with those files."""
    files = [piece for piece in pieces if piece.runs_code and piece.name.endswith(".py")]
    listed = dict(zip(files, pool.results(_functions, files), strict=True))
    single: list[Piece] = []
    broken: list[Item] = []
    for piece in pieces:
        found = listed.get(piece, _Names((piece.name,)))
        if isinstance(found, _Names):
            single += [Piece(piece.settings, name) for name in found.names]
        else:
            broken += _received(piece, found)
    return list(dict.fromkeys(single)), broken


@dataclass(frozen=True, slots=True)
class _Names:
    names: tuple[str, ...]


def _functions(piece: Piece) -> _Names | list[Item]:
    from jaccli.checker.functions.files import names_of

    try:
        return _Names(tuple(names_of(piece.name, piece.settings.timeout)))
    except (SourceError, UsageError) as error:
        return [error]


def work(piece: Piece) -> list[Item]:
    """Return the results of one piece."""
    return list(_stream(piece))


def _stream(piece: Piece, progress: Progress | None = None) -> Iterator[Item]:
    from jaccli.checker.specs.run import run_checks
    from jaccli.targets import is_target

    settings = piece.settings
    if not is_target(piece.name):
        options = replace(settings.options(), progress=progress)
        yield from run_checks([piece.name] if piece.name else [], settings.expressions, options)
        return
    from jaccli.checker.functions.files import check_target

    try:
        yield check_target(piece.name, settings.options(of_function=True))
    except (SourceError, UsageError) as error:
        yield error
    except MemoryError as error:
        yield UsageError(f"{piece.name}: {not_enough(error)}")
    except Exception:
        from jaccli.checker.crashed import crash_report

        yield crash_report(piece.name, seed=settings.seed or 0)


def _shard(pieces: list[Piece], settings: Settings, told: Told | None) -> list[Piece]:
    """Return the pieces of this shard; ``told`` hears which they are, and of how many."""
    if settings.shard is None:
        return pieces
    from jaccli.cli.runs.shards import assigned, costs_of
    from jaccli.cli.runs.timings import read_timings

    costs = costs_of([piece.name for piece in pieces], read_timings(settings.timings) if settings.timings else {})
    shard = assigned(costs, *settings.shard_numbers)
    if told is not None:
        told(shard)
    return [piece for piece in pieces if piece.name in shard.names]
