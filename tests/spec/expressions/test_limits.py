"""Every limit of specs: what is at it can be used, what is one above it is refused by name, before the work begins."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.errors import MAX_PROBLEMS, SourceError, UsageError
from jaccli.spec import files, jsonfile, load, table
from jaccli.spec.expressions import limits
from jaccli.spec.given import parse_shapes
from jaccli.spec.yaml import compose, document

TALL = "n" * limits.MAX_CHARACTERS


def problems(text: str) -> list[str]:
    """Return the messages of a spec's mistakes."""
    path = Path("a.yaml")
    path.write_text(text)
    try:
        jaccli.load(str(path))
    except SourceError as error:
        return [problem.message for problem in error.problems]
    return []


def output(expression: str) -> str:
    return f'inputs: {{x: 2.0, v: [1.0, 2.0]}}\noutputs: {{y: "{expression}"}}\n'


def network(layers: str) -> str:
    return f"inputs: {{x: {{shape: [1, 1]}}}}\nnetwork: [{layers}]\n"


CASES = [
    # (a spec of the size n, the limit, words of its message)
    pytest.param(lambda n: output("x+" + " " * (n - 3) + "1"), limits.MAX_CHARACTERS, "characters, more than 20,000", id="characters"),
    pytest.param(lambda n: output("x" + "+x" * n), limits.MAX_OPERATORS, "more than 1,000 operators", id="operators"),
    pytest.param(lambda n: output("(" * n + "x" + ")" * n), limits.MAX_DEPTH, "nested deeper than 60 levels", id="brackets"),
    pytest.param(lambda n: output("-" * n + "x"), limits.MAX_DEPTH, "nested deeper than 60 levels", id="signs"),
    pytest.param(lambda n: output("x*0." + "1" * (n - 2)), limits.MAX_DIGITS, "is too long", id="digits"),
    pytest.param(lambda n: output(f"sum(reshape(v, ({', '.join(['1'] * (n - 1))}, 2)))"), 16, "axes", id="axes of a result"),
    pytest.param(lambda n: output(f"sum(x*ones({n}))"), 10_000_000, "10,000,000", id="elements"),
    pytest.param(lambda n: f"dims: {{n: {n}}}\n" + output("x*n/1e7"), 10_000_000, "whole number from 0 to 10,000,000", id="sizes"),
    pytest.param(lambda n: f"dims: {{a: 1, n: a*{n}}}\n" + output("x*n/1e7"), 10_000_000, "whole number from 0 to 10,000,000", id="computed sizes"),
    pytest.param(lambda n: f"dims: {{a: 1, n: a*{n}/{n}}}\n" + output("x*n"), 10**15, "more than 1,000,000,000,000,000", id="steps on the way to a size"),
    pytest.param(lambda n: network(", ".join(["tanh"] * n)), 1_000, "1,001 layers, more than 1,000", id="layers"),
    pytest.param(lambda n: network(f"repeat: {{times: {n}, layers: [tanh]}}"), 1_000, "at most 1,000", id="times"),
    pytest.param(lambda n: f"inputs: {{{'x' * n}: 1.0}}\noutputs: {{y: {'x' * n}}}\n", 100, "x", id="names"),
    pytest.param(lambda n: f"inputs: {{x: {'[' * n}1.0{']' * n}}}\noutputs: {{y: 2*sum(x)}}\n", 16, "`x` has 17 axes, more than 16", id="axes of a value"),
    pytest.param(lambda n: f"inputs: {{t: 1.0}}\nconstants: {{c: {'[' * n}1.0{']' * n}}}\noutputs: {{y: t*sum(c)}}\n", 16, "`c` has 17 axes, more than 16", id="axes of a constant"),
    pytest.param(lambda n: output(f"sum(norm(x*ones(({n}, 1, 1)), 2, axis=(1, 2)))"), 100, "the norms of 101 matrices, more than 100", id="norms of matrices"),
    pytest.param(lambda n: output(f"norm(v, {n})"), 1_000, "order 1001 is beyond 1,000", id="order of a norm"),
    pytest.param(lambda n: output(f"x*2**{n}"), 1_000, "the exponent is larger than 1,000", id="an exponent of numbers"),
    pytest.param(lambda n: output(f"x**{n}"), 1_000, "the exponent is larger than 1,000", id="an exponent"),
    pytest.param(lambda n: output(f"exprel(x, {n})"), 100, "exprel of order 101", id="order of a derivative of exprel"),
    pytest.param(lambda n: output(f"sinc(x, {n})"), 100, "sinc of order 101", id="order of a derivative of sinc"),
    pytest.param(lambda n: output(f"x**2 + polygamma({n}, x + 1)"), 100, "order 101", id="order of polygamma"),
    pytest.param(lambda n: output(f"sum(sort(x*arange({n})))"), 512, "512", id="sorted elements"),
    pytest.param(lambda n: output(f"prod(x*ones({n}))"), 1_000, "1,000", id="factors"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("made", "limit", "words"), CASES)
def test_limit_holds_at_it_and_above_it(made: Any, limit: int, words: str) -> None:
    assert problems(made(limit)) == []
    assert any(words in message for message in problems(made(limit + 1)))


def unknown(count: int) -> str:
    return "inputs: {x: 1.0}\noutputs:\n" + "".join(f"  y{k}: q{k}\n" for k in range(count))


def test_mistakes_of_one_spec_are_told_up_to_a_limit() -> None:
    at, above = problems(unknown(MAX_PROBLEMS)), problems(unknown(MAX_PROBLEMS + 1))
    assert (len(at), at[-1]) == (MAX_PROBLEMS, "unknown name `q99`")
    assert (len(above), above[-1]) == (MAX_PROBLEMS + 1, "more than 100 mistakes; the others are not looked for")


@pytest.mark.parametrize(("exponent", "words"), [(400, "too large for a double"), (401, "out of range or too long")])
def test_exponent_of_a_number_is_read_up_to_a_limit(exponent: int, words: str) -> None:
    for sign in ("", "-"):
        (found,) = problems(f"inputs: {{x: 1.0}}\nconstants: {{c: 1e{sign}{exponent}}}\noutputs: {{y: x*c}}\n")
        assert found.endswith(words.replace("large", "small") if sign else words)


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, ["10,001 layers are run, more than 10,000"])])
def test_layers_are_counted_as_often_as_they_are_repeated(more: int, found: list[str]) -> None:
    inner = f"{{repeat: {{times: 2, layers: [{', '.join(['tanh'] * 11)}]}}}}"  # 1 + 2 * 11 = 23 layers
    layers = (
        f"{{repeat: {{times: 434, layers: [{inner}]}}}}, {', '.join(['tanh'] * (17 + more))}"  # 1 + 434 * 23 = 9,983
    )
    assert problems(network(layers)) == found


def test_nested_repeats_are_refused_before_any_layer_is_made() -> None:
    inner = "{repeat: {times: 1000, layers: [{dense: 8}, tanh]}}"
    found = problems(network(f"{{repeat: {{times: 1000, layers: [{inner}]}}}}"))
    assert found == ["2,001,001 layers are run, more than 10,000"]


@pytest.mark.parametrize(
    ("module", "name", "most", "text", "words"),
    [
        (document, "MAX_CHARACTERS", 60, lambda n: "inputs: {x: 1.0}\noutputs: {y: x}\n#".ljust(n, "-"), "the spec has 61 characters"),
        (compose, "MAX_NODES", 11, lambda n: f"inputs: {{x: [{', '.join(['1.0'] * (n - 9))}]}}\noutputs: {{y: x}}\n", "values"),
        (compose, "MAX_DEPTH", 10, lambda n: f"inputs: {{x: {'[' * (n - 2)}1.0{']' * (n - 2)}}}\noutputs: {{y: sum(x)}}\n", "nested deeper than 10 levels"),
    ],
    ids=["characters of a spec", "values of a spec", "depth of a spec"],
)  # fmt: skip
def test_limit_of_a_file_holds_at_it_and_above_it(
    module: Any, name: str, most: int, text: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, most)
    assert problems(text(most)) == []
    assert any(words in message for message in problems(text(most + 1)))


DATA = "inputs: {t: 1.0}\nconstants: {x: data.%s}\noutputs: {y: t * sum(x)}\n"


@pytest.mark.parametrize(
    ("kind", "name"), [("csv", "MAX_TEXT_BYTES"), ("json", "MAX_TEXT_BYTES"), ("npy", "MAX_FILE_BYTES")]
)
def test_limit_of_the_bytes_of_data(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save("data.npy", np.ones(4))
    Path("data.csv").write_text("a\n1\n2\n")
    Path("data.json").write_text("[1, 2]")
    size = Path(f"data.{kind}").stat().st_size
    monkeypatch.setattr(files, name, size)
    assert problems(DATA % kind) == []
    monkeypatch.setattr(files, name, size - 1)
    assert any("is larger than" in message for message in problems(DATA % kind))


@pytest.mark.parametrize(("module", "kind"), [(table, "csv"), (files, "npy"), (files, "npz"), (jsonfile, "json")])
def test_limit_of_the_numbers_of_data(module: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save("data.npy", np.ones(4))
    np.savez("data.npz", a=np.ones(4))
    Path("data.csv").write_text("a\n1\n2\n3\n4\n")
    Path("data.json").write_text("[[1, 2], [3, 4]]")
    monkeypatch.setattr(module, "MAX_ELEMENTS", 4)
    assert problems(DATA % kind) == []
    monkeypatch.setattr(module, "MAX_ELEMENTS", 3)
    assert any("more than 3" in message for message in problems(DATA % kind))


@pytest.mark.parametrize("kind", ["json", "npy", "npz"])
def test_limit_of_the_axes_of_data(kind: str) -> None:
    for axes, found in ((16, True), (17, False)):
        values = np.ones([1] * axes)
        np.save("data.npy", values)
        np.savez("data.npz", a=values)
        Path("data.json").write_text("[" * axes + "1.0" + "]" * axes)
        assert (problems(DATA % kind) == []) == found


def header(length: int, size: int = 2) -> bytes:
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
    return (
        b"\x93NUMPY\x01\x00" + length.to_bytes(size, "little") + text.ljust(length - 1) + b"\n" + np.ones(2).tobytes()
    )


def test_limit_of_a_header() -> None:
    Path("data.npy").write_bytes(header(files.MAX_HEADER))
    assert problems(DATA % "npy") == []
    Path("data.npy").write_bytes(header(files.MAX_HEADER + 1))
    assert any("is not an array in NumPy's format" in message for message in problems(DATA % "npy"))


class Watched:
    """A file that notes how much was read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0
        self.data = b"\x93NUMPY\x02\x00" + (600_000_000).to_bytes(4, "little")

    def read(self, size: int) -> bytes:
        self.read_bytes += size
        found, self.data = self.data[:size], self.data[size:]
        return found


def test_a_header_that_is_too_long_is_not_unpacked() -> None:
    file = Watched()
    with pytest.raises(files.DataError, match="is not an array in NumPy's format"):
        files._npy(file, "`x`")
    assert file.read_bytes == 12


def test_a_table_of_many_columns_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(table, "_column", lambda *given: calls.append(given))
    found = table.parse_csv(
        ",".join(f"c{k}" for k in range(1000)) + "\n" + ",".join(["1"] * 1000) + "\n", "a.csv", None
    )
    assert (found.shape, calls) == ((1, 1000), [])  # no name is looked for among the thousand


# --- damaged data

KINDS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bz2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", range(10))
def test_a_damaged_archive_is_refused_in_words(kind: str, where: int) -> None:
    np.save("x.npy", np.arange(300.0))
    with zipfile.ZipFile("data.npz", "w", KINDS[kind]) as archive:
        archive.write("x.npy")
    data = bytearray(Path("data.npz").read_bytes())
    for k in range(5):
        data[(30 + 37 * where + 11 * k) % len(data)] ^= 0xA5
    Path("data.npz").write_bytes(bytes(data))
    found = problems(DATA % "npz")
    assert all(any(w in m for w in ("NumPy's format", "not a .npz archive", "holds", "is not in")) for m in found), (
        found
    )
    assert found or kind == "stored"  # without compression a number may be another number


@pytest.mark.parametrize("kept", [0, 1, 4, 10, 40, 100, 200, -1, -22, -60])
def test_an_archive_that_is_cut_is_refused_in_words(kept: int) -> None:
    np.savez("data.npz", x=np.arange(30.0))
    Path("data.npz").write_bytes(Path("data.npz").read_bytes()[:kept])
    assert len(problems(DATA % "npz")) == 1


# --- surrogates


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("\\ud83d\\ude00", "\U0001f600"), ("a\\uD834\\uDD1Eb", "a\U0001d11eb"), ("\\\\\\ud83d\\ude00", "\\\U0001f600"),
        ("\\ud83d\\ude00\\ud83d\\ude01", "\U0001f600\U0001f601"), ("\\u00e9\\udbff\\udfff", "é\U0010ffff"), ("\\\\ud83d\\\\ude00", "\\ud83d\\ude00"),
    ],
)  # fmt: skip
def test_pairs_of_surrogates_are_one_character(written: str, name: str) -> None:
    Path("a.json").write_text(f'{{"name": "{written}", "inputs": {{"x": 2.0}}, "outputs": {{"y": "x**2"}}}}')
    assert jaccli.load("a.json").spec.title == name


@pytest.mark.parametrize("written", ["\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83dx\\ude00", "\\ud83d\\u0041"])
def test_surrogates_without_a_partner_are_refused(written: str) -> None:
    Path("a.json").write_text(f'{{"name": "{written}", "inputs": {{"x": 2.0}}, "outputs": {{"y": "x**2"}}}}')
    with pytest.raises(SourceError, match="JAC001"):
        jaccli.load("a.json")


def test_places_after_a_pair_of_surrogates_are_those_of_the_text() -> None:
    text = '{"name": "\\ud83d\\ude00", "inputs": {"x": 2.0}, "outputs": {"y": "\\ud83d\\ude00", "z": "x**q"}}'
    Path("a.json").write_text(text)
    with pytest.raises(SourceError, match="unknown name `q`") as caught:
        jaccli.load("a.json")
    span = next(p.span for p in caught.value.problems if "`q`" in p.message)
    assert span is not None
    assert text[span.column - 1 : span.end_column - 1] == "q"


def test_a_spec_is_read_as_far_as_it_may_be_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_BYTES", 10)
    Path("a.yaml").write_text("# comments\n" + output("x"))
    with pytest.raises(SourceError, match=r"empty|no spec"):
        jaccli.load("a.yaml")


@pytest.mark.parametrize(
    ("sizes", "fits"), [("10000000", True), ("10000001", False), ("2x5000000", True), ("3x5000000", False)]
)
def test_limit_of_a_shape_that_an_option_gives(sizes: str, fits: bool) -> None:
    if fits:
        assert np.prod(parse_shapes([f"x={sizes}"])["x"]) == 10_000_000
    else:
        with pytest.raises(UsageError, match="more than 10,000,000 numbers"):
            parse_shapes([f"x={sizes}"])


@pytest.mark.parametrize(
    ("shape", "fits"),
    [("[10000000]", True), ("[10000001]", False), (f"[{', '.join(['1'] * 16)}]", True), (f"[{', '.join(['1'] * 17)}]", False)],
    ids=["elements", "one more", "axes", "one more axis"],
)  # fmt: skip
def test_limit_of_a_shape_that_a_spec_gives(shape: str, fits: bool) -> None:
    text = f"inputs: {{t: 1.0}}\nparams: {{x: {{shape: {shape}, init: zeros}}}}\noutputs: {{y: t + 0*sum(x)}}\n"
    assert (problems(text) == []) == fits


@pytest.mark.parametrize(("depth", "fits"), [(40, True), (41, False)])
def test_limit_of_the_depth_of_a_mapping(depth: int, fits: bool) -> None:
    nested: Any = 1.0
    for _ in range(depth - 2):  # the value stands two levels deep
        nested = [nested]
    with pytest.raises((SourceError, UsageError)) as caught:  # of so many axes it is refused anyway
        jaccli.parse({"inputs": {"x": nested}, "outputs": {"y": "x"}})
    assert ("is nested deeper than 40 levels" in str(caught.value)) == (not fits)
