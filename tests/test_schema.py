"""The JSON Schemas: every shipped spec and real output fits them, and what is wrong does not."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

import jaccli
from jaccli.compute.compute import compute
from jaccli.graph.jsonschema import spec_schema
from jaccli.graph.network import COMMON, KINDS
from jaccli.report.json import compute_json, gradcheck_json
from jaccli.report.schema import compute_schema, gradcheck_schema
from jaccli.results.run import Run
from jaccli.spec.jsonschema import draft07
from jaccli.spec.keys import SPEC_KEYS
from jaccli.spec.source import Source
from jaccli.spec.yaml.document import read_tree
from jaccli.spec.yaml.tree import Mapping, Scalar

ROOT = Path(__file__).parent.parent
SPECS = sorted(path.relative_to(ROOT) for path in (ROOT / "specs").rglob("*.yaml"))


def plain(node):
    """Return a tree as JSON would hold it."""
    if isinstance(node, Scalar):
        value = node.value
        return value if not isinstance(value, Fraction) else float(value)
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    return [plain(item) for item in node.items]


def checker(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def mistakes(schema, document):
    return [error.message for error in checker(schema).iter_errors(document)]


def read(text):
    return plain(read_tree(Source("s.yaml", text), []))


def test_committed_schema_is_the_generated_one():
    assert json.loads((ROOT / "docs/spec.schema.json").read_text()) == spec_schema()


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_shipped_spec_fits_the_schema(path):
    document = read((ROOT / path).read_text())
    assert mistakes(spec_schema(), document) == []
    assert list(jsonschema.Draft7Validator(draft07(spec_schema())).iter_errors(document)) == []


RIGHT = [
    pytest.param("inputs:\n  x:\noutputs: {y: x}", id="an input without a value"),
    pytest.param("dims: {n: 3, d: , m: 2*n}\ninputs: {x: {shape: n}}\noutputs: {y: x}", id="sizes of three kinds"),
    pytest.param("inputs: {x: [[1, 1/3], [2.5, 0]]}\noutputs: {y: [x, [1, 2]]}", id="nested lists"),
    pytest.param("params: {x: {shape: 3, init: {normal: {std: 0.1}}}}\noutputs: {y: x}", id="init with options"),
    pytest.param("params: {x: {shape: 3, init: {constant: 0.5}}}\noutputs: {y: x}", id="init with one number"),
    pytest.param("inputs: {x: {shape: [2, 2], domain: positive definite}}\noutputs: {y: x}", id="a domain"),
    pytest.param("constants: {c: data.csv, m: [true, false]}\noutputs: {y: 1}", id="a file and a mask"),
    pytest.param("constants: {c: {csv: a.csv, columns: [a, 1]}}\noutputs: {y: 1}", id="columns"),
    pytest.param("network: [{dense: 3}, relu]", id="a network without outputs"),
    pytest.param(
        "dims: {h: 4}\nnetwork: [{dense: {units: h, name: out, activation: tanh, init: he}}]", id="options of a layer"
    ),
    pytest.param("network: [{conv2d: {channels: 8, kernel: [3, 3], padding: same}}, {maxpool2d: 2}]", id="sizes"),
    pytest.param(
        "network: [{residual: [{dense: 3}, relu]}, {repeat: {times: 2, layers: [relu]}}]", id="layers inside layers"
    ),
    pytest.param("constants:\noutputs: {y: {expr: x, label: words, entries: [a, b]}}", id="a blank section, entries"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_a_spec_may_hold_fits_the_schema(text):
    assert mistakes(spec_schema(), read(text)) == []


WRONG = [
    pytest.param("inputs: {x: 1}", id="no outputs"),
    pytest.param("outputs: {}", id="empty outputs"),
    pytest.param("input: {x: 1}\noutputs: {y: x}", id="an unknown section"),
    pytest.param("inputs: [1, 2]\noutputs: {y: x}", id="a list of inputs"),
    pytest.param("inputs: {x: no}\noutputs: {y: x}", id="a word for a number"),
    pytest.param("inputs: {x: true}\noutputs: {y: x}", id="a truth value for an input"),
    pytest.param("inputs: {x: {valu: 1}}\noutputs: {y: x}", id="an unknown key"),
    pytest.param("inputs: {x: {range: [1]}}\noutputs: {y: x}", id="half a range"),
    pytest.param("inputs: {x: {domain: postive}}\noutputs: {y: x}", id="an unknown domain"),
    pytest.param("params: {x: {shape: 2, init: glorrot}}\noutputs: {y: x}", id="an unknown initialiser"),
    pytest.param("params: {x: {shape: 2, init: constant}}\noutputs: {y: x}", id="a constant without its number"),
    pytest.param("params: {x: {shape: 2, init: {normal: {sd: 1}}}}\noutputs: {y: x}", id="an unknown option"),
    pytest.param("params: {x: {shape: 2, init: {he: 1, lecun: 1}}}\noutputs: {y: x}", id="two initialisers"),
    pytest.param("params: {x: {shape: [-1]}}\noutputs: {y: x}", id="a negative size"),
    pytest.param("dims: {n: -1}\noutputs: {y: 1}", id="a negative dim"),
    pytest.param("dims: {n: [1]}\noutputs: {y: 1}", id="a list for a dim"),
    pytest.param("outputs: {y: {label: words}}", id="an output without expr"),
    pytest.param("outputs: {y: []}", id="an empty list of expressions"),
    pytest.param("outputs: {y: 1}\ncheck: {rtol: 2}", id="rtol above 1"),
    pytest.param("outputs: {y: 1}\ncheck: {expect: maybe}", id="an unknown expectation"),
    pytest.param("outputs: {y: 1}\njacobian: {y: 2*x}", id="a claim without an input"),
    pytest.param("outputs: {y: 1}\ntrain: {optimizer: adm}", id="an unknown optimizer"),
    pytest.param("network: {loss: output}", id="a network without layers"),
    pytest.param("network: [{dnse: 3}]", id="an unknown layer"),
    pytest.param("network: [{dense: {unit: 3}}]", id="an unknown option of a layer"),
    pytest.param("network: [dense]", id="a layer without the option it needs"),
    pytest.param("network: [{conv2d: {channels: 8}}]", id="a convolution without a kernel"),
    pytest.param("network: [{dense: {units: 3, bias: 1}}]", id="a number for a truth value"),
    pytest.param("network: [{dense: {units: 3, init: constant}}]", id="an initialiser that needs a number"),
    pytest.param("network: [{residual: {times: 2}}]", id="nothing inside"),
    pytest.param("network: [{dense: {units: 3, activation: reul}}]", id="an unknown activation"),
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_does_not_fit_the_schema(text):
    assert mistakes(spec_schema(), read(text)) != []


def test_schema_knows_every_layer_and_option():
    forms = spec_schema()["$defs"]["layers"]["items"]["oneOf"][1]["properties"]
    options = {name: set(form["anyOf"][0]["properties"]) - {*COMMON, "layers"} for name, form in forms.items()}
    assert options == {name: set(kind.options) for name, kind in KINDS.items()}


def test_schema_describes_every_key():
    properties = spec_schema()["properties"]
    assert list(properties) == list(SPEC_KEYS)
    assert all(form["description"] for form in properties.values())


# --- outputs

MODELS = [
    pytest.param({"inputs": {"x": 2.0}, "outputs": {"y": "x**2"}}, {}, id="a number"),
    pytest.param({"inputs": {"x": [1.0, 2.0]}, "outputs": {"y": "[x[0], x[1]*x[0]]"}}, {}, id="a vector"),
    pytest.param({"inputs": {"x": 0.0}, "outputs": {"y": "1/x"}}, {}, id="an infinity"),
    pytest.param({"inputs": {"x": None}, "outputs": {"y": "x**2"}}, {}, id="no value"),
    pytest.param({"inputs": {"x": [1.0, 2.0]}, "outputs": {"y": "sum(x**3)"}}, {"order": 2}, id="second derivatives"),
]


@pytest.mark.parametrize(("spec", "options"), MODELS)
def test_output_of_compute_fits_its_schema(spec, options):
    document = json.loads(compute_json(compute(jaccli.parse(spec).built, **options)))
    assert mistakes(compute_schema(), document) == []


CHECKED = [
    pytest.param({"inputs": {"x": 2.0}, "outputs": {"y": "x**2"}, "jacobian": {"y": {"x": "3*x"}}}, id="a failure"),
    pytest.param({"inputs": {"x": -1.5}, "outputs": {"y": "relu(2*x + 3)"}}, id="a kink"),
    pytest.param({"inputs": {"x": 0.0}, "outputs": {"y": "1/x"}}, id="nothing finite"),
]


@pytest.mark.parametrize("spec", CHECKED)
def test_output_of_gradcheck_fits_its_schema(spec):
    with pytest.raises(jaccli.SourceError, match="JAC") as caught:
        jaccli.parse({"outputs": {"y": "2x"}})
    run = Run(
        reports=(jaccli.parse(spec).gradcheck(),), problems=caught.value.problems, version="0.1.0", seed=0, duration=0.5
    )
    document = gradcheck_json(run)
    assert mistakes(gradcheck_schema(), json.loads(document)) == []


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        pytest.param(compute_schema, {"schema_version": 1, "name": "x"}, id="compute without derivatives"),
        pytest.param(
            compute_schema, {"schema_version": 1, "name": "x", "jacobian": {"y": {"x": "2*x"}}}, id="text for a number"
        ),
        pytest.param(gradcheck_schema, {"schema_version": 1}, id="gradcheck without results"),
        pytest.param(gradcheck_schema, {"schema_version": 2}, id="another version"),
    ],
)
def test_what_is_no_output_does_not_fit(schema, document):
    assert mistakes(schema(), document) != []
