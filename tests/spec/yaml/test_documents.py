"""Several specs in one file, and specs in JSON: each is a spec of its own, with places of the whole file."""

import json

import pytest

import jaccli
from jaccli.checker.specs.run import check
from jaccli.errors import SourceError
from jaccli.graph.load import load, load_each
from jaccli.spec.find import find_specs
from jaccli.spec.load import specs_from_file

MANY = """# two
name: line
inputs: {x: &two 2}
outputs: {y: 3*x}
---
name: parabola
inputs: {x: 2}
outputs: {y: x**2}
---
"""


@pytest.fixture
def many(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many.yaml").write_text(MANY)
    return "many.yaml"


def test_specs_from_file_gives_each_document_a_number(many):
    problems = []
    specs = [read(problems) for read in specs_from_file(many)]
    assert [(spec.title, spec.target) for spec in specs] == [("line", "many.yaml#1"), ("parabola", "many.yaml#2")]
    assert problems == []


@pytest.mark.parametrize("picked", ["many.yaml#2", "many.yaml#parabola"])
def test_load_picks_one_of_several(many, picked):
    assert jaccli.load(picked).jacobian("y", "x") == 4.0


def test_load_of_a_file_whose_name_holds_a_hash(many, tmp_path):
    (tmp_path / "a#2.yaml").write_text("inputs: {x: 2}\noutputs: {y: 5*x}\n")
    assert jaccli.load("a#2.yaml").jacobian("y", "x") == 5.0


def test_checks_of_one_document_are_named_after_it(many):
    (first, *_) = check(load("many.yaml#2")).checks
    assert first.id.startswith("many.yaml#2::y/x[")
    assert first.file == "many.yaml"


@pytest.mark.parametrize(
    ("target", "message", "remedy"),
    [
        pytest.param(
            "many.yaml",
            "many.yaml holds 2 specs",
            "name one: many.yaml#1 (line), many.yaml#2 (parabola)",
            id="which of several",
        ),
        pytest.param(
            "many.yaml#3",
            "many.yaml has no spec 3",
            "name one: many.yaml#1 (line), many.yaml#2 (parabola)",
            id="a number too large",
        ),
        pytest.param(
            "many.yaml#lime",
            "many.yaml has no spec lime",
            "name one: many.yaml#1 (line), many.yaml#2 (parabola)",
            id="an unknown name",
        ),
        pytest.param(
            "same.yaml#a",
            "2 specs in same.yaml are called a",
            "name one: same.yaml#1 (a), same.yaml#2 (a)",
            id="a name twice",
        ),
        pytest.param(
            "empty.yaml",
            "the spec is empty",
            "write `inputs:` and `outputs:`; `jac init` writes a spec",
            id="no document",
        ),
    ],
)
def test_load_says_which_specs_there_are(many, tmp_path, target, message, remedy):
    (tmp_path / "same.yaml").write_text("name: a\noutputs: {y: 1}\n---\nname: a\noutputs: {y: 1}\n")
    (tmp_path / "empty.yaml").write_text("---\n---\n# nothing\n")
    with pytest.raises(SourceError, match="JAC001") as caught:
        jaccli.load(target)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, remedy)


def test_load_each_reports_the_mistakes_of_all_documents_with_the_lines_of_the_file(many, tmp_path):
    (tmp_path / "bad.yaml").write_text("outputs: {y: 2x}\n---\n3\n---\noutputs: {y: unknown}\n")
    assert [(p.span.line, p.message) for error in load_each("bad.yaml") for p in error.problems] == [
        (1, "a `*` is missing in `2x`"),
        (3, "a spec is a mapping of keys"),
        (5, "unknown name `unknown`"),
    ]


def test_anchors_do_not_reach_into_the_next_document(many, tmp_path):
    (tmp_path / "a.yaml").write_text("inputs: {x: &a 1}\noutputs: {y: x}\n---\ninputs: {x: *a}\noutputs: {y: x}\n")
    _, error = load_each("a.yaml")
    assert str(error.problems[0]).startswith("a.yaml:4:13: JAC006 alias `*a` has no anchor")


@pytest.mark.parametrize("indent", [None, 2, "\t"], ids=["one line", "spaces", "tabs"])
def test_spec_may_be_json(many, tmp_path, indent):
    spec = {"inputs": {"x": [1, 2.5e0]}, "outputs": {"y": "sum(x**2) / 2", "ü": "x[0]"}}
    (tmp_path / "s.json").write_text(json.dumps(spec, indent=indent))
    assert jaccli.load("s.json").jacobian("y", "x").tolist() == [1, 2.5]


def test_mistake_in_json_has_its_place(many, tmp_path):
    (tmp_path / "s.json").write_text('{\n\t"outputs": {"y": "1 + 2x"}\n}\n')
    with pytest.raises(SourceError, match=r"s\.json:2:24: JAC001 a `\*` is missing in `2x`"):
        jaccli.load("s.json")


def test_find_specs_takes_json_that_is_a_spec(many, tmp_path):
    (tmp_path / "s.json").write_text('{"outputs": {"y": "1"}}')
    (tmp_path / "data.json").write_text("[1, 2]")
    assert find_specs(["."]) == ["many.yaml", "s.json"]
