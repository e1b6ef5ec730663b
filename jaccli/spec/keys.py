"""Every key a spec may hold: what it means, and the form of its value.

The reader's known keys and ``jac schema`` both follow these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaccli.spec.domains import DOMAINS
from jaccli.spec.initial import INITIALISERS

__all__ = [
    "CHECK_KEYS",
    "DATA_KEYS",
    "DEFINITIONS",
    "NETWORK_KEYS",
    "OUTPUT_KEYS",
    "SPEC_KEYS",
    "TARGET_KEYS",
    "TRAIN_KEYS",
    "VARIABLE_KEYS",
    "Key",
]

Form = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """What a key means, the form of its value in JSON Schema's words, and examples."""

    about: str
    form: Form
    examples: tuple[Any, ...] = ()


def _ref(name: str) -> Form:
    return {"$ref": f"#/$defs/{name}"}


def _named(form: Form) -> Form:
    """Return the form of a section: a mapping from names to values of ``form``, or nothing."""
    return {"type": ["object", "null"], "additionalProperties": form}


def _whole(least: int, most: int | None = None) -> Form:
    return {"type": "integer", "minimum": least} | ({"maximum": most} if most is not None else {})


TEXT: Form = {"type": "string"}
TEXTS: Form = {"type": "array", "items": TEXT}

CHECK_KEYS = {
    "rtol": Key(
        "the relative error that matters", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, (1e-6,)
    ),
    "points": Key(
        "how many points: the given one and others drawn from the ranges and domains", _whole(1, 10_000), (3,)
    ),
    "seed": Key("makes the drawn points repeatable", _whole(0), (0,)),
    "expect": Key("pass, or fail for a spec that is wrong on purpose", {"enum": ["pass", "fail"]}),
}
TARGET_KEYS = {
    "python": Key("FILE.py::FUNCTION, as seen from the spec's folder, or MODULE:FUNCTION", TEXT, ("ops.py::gelu",)),
    "framework": Key("the framework it is written in; by default found from the code", TEXT, ("torch",)),
    "jacobian": Key("a function that is its Jacobian: a name beside it, or FILE.py::FUNCTION", TEXT),
    "vjp": Key("likewise, (inputs, y_bar) to cotangents", TEXT),
    "jvp": Key("likewise, (inputs, dx) to tangents", TEXT),
}
TRAIN_KEYS = {
    "loss": Key("the output that is lowered, a number; `loss` where none is named", TEXT),
    "optimizer": Key("sgd, momentum or adam", {"enum": ["sgd", "momentum", "adam"]}),
    "rate": Key("the learning rate", {"type": "number", "exclusiveMinimum": 0}, (0.01,)),
    "steps": Key("how many steps of gradient descent", _whole(1), (500,)),
    "batch": Key(
        "the dim that counts the rows of the data, and how many of them one step takes",
        {"type": "object", "additionalProperties": _whole(1), "minProperties": 1, "maxProperties": 1},
        ({"n": 32},),
    ),
    "holdout": Key("how many rows, the last ones, are kept from training, to be tested on", _whole(0)),
    "seed": Key("makes the order of the batches repeatable", _whole(0)),
}
NETWORK_KEYS = {
    "input": Key(
        "an expression of inputs and constants that enters the first layer; the first input where none is given",
        _ref("expression"),
    ),
    "layers": Key("the layers in order", _ref("layers"), (["relu", {"dense": 10}],)),
    "loss": Key(
        "an expression of `output`, the last layer's value, and of constants",
        _ref("expression"),
        ("cross_entropy(output, t)",),
    ),
}
OUTPUT_KEYS = {
    "expr": Key("the expression", _ref("expression"), ("2*x",)),
    "label": Key("how tables and sentences call it", TEXT),
    "entries": Key("how the elements of a vector are called", TEXTS, (["Museums", "in", "Paris"],)),
}
VARIABLE_KEYS = {
    "shape": Key(
        'sizes or names of dims: [n, d] or "n d"; [] is a scalar; a name that is new is learnt from the value',
        _ref("shape"),
        (["n", "d"], "n d", []),
    ),
    "value": Key("a number or nested lists; decimals are exact", _ref("numbers"), (0.5, [[1, 2], [3, 4]])),
    "init": Key("how it is filled", _ref("init"), ("glorot", {"normal": {"std": 0.02}}, {"constant": 0.5})),
    "seed": Key("makes what init draws repeatable; made from the name where none is given", _whole(0), (0,)),
    "range": Key(
        "[low, high], from which gradcheck draws further points",
        {"type": "array", "items": _ref("number"), "minItems": 2, "maxItems": 2},
        ([-2, 2],),
    ),
    "entries": Key("what the places along its first axis are called", TEXTS, (["Museums", "in", "Paris"],)),
    "domain": Key("the set its values lie in, from which gradcheck draws further points", {"enum": list(DOMAINS)}),
    "label": Key("how tables and sentences call it", TEXT),
}
DATA_KEYS = {
    "value": Key("a number, or nested lists of numbers or of true and false", _ref("data")),
    "csv": Key("a file beside the spec, with a header line", TEXT, ("data.csv",)),
    "columns": Key(
        "names or numbers (from 0) of the columns to take; one gives a vector, a list a matrix",
        {"oneOf": [TEXT, _whole(0), {"type": "array", "items": {"oneOf": [TEXT, _whole(0)]}, "minItems": 1}]},
        ("species", ["width", "height"], [0, 1]),
    ),
    "json": Key("a file beside the spec: a number, nested lists, or a mapping of them", TEXT, ("data.json",)),
    "npy": Key("a file beside the spec, written by numpy.save", TEXT, ("data.npy",)),
    "npz": Key("a file beside the spec, written by numpy.savez", TEXT, ("data.npz",)),
    "key": Key("which array of the .npz or .json file", TEXT),
    "shape": VARIABLE_KEYS["shape"],
    "entries": VARIABLE_KEYS["entries"],
    "label": Key("how tables and sentences call it", TEXT),
}
SPEC_KEYS = {
    "name": Key("a title for tables", TEXT),
    "dims": Key(
        "named sizes, integers in shapes and expressions: a number, an expression of others, or nothing where a value tells",
        _named(_ref("size")),
        ({"n": 5, "m": "2*n", "d": None},),
    ),
    "inputs": Key("variables to differentiate with respect to", _named(_ref("variable")), ({"x": 1.5},)),
    "params": Key("likewise, and trainable", _named(_ref("variable"))),
    "constants": Key("data, labels, indices: never differentiated", _named(_ref("constant"))),
    "network": Key(
        "a stack of layers with parameters of their own, and a loss", {"oneOf": [_ref("layers"), _ref("network")]}
    ),
    "let": Key("named intermediates, in order", _named(_ref("formula")), ({"z": "W @ x + b"},)),
    "outputs": Key(
        "what is differentiated",
        {"type": "object", "additionalProperties": _ref("formula"), "minProperties": 1},
        ({"y": "x**2"},),
    ),
    "jacobian": Key(
        "hand-derived derivatives, checked by gradcheck: output, then input, then an expression",
        {
            "oneOf": [
                {"type": "array", "items": _ref("expressions")},
                _named(
                    {
                        "oneOf": [
                            {"type": "object", "additionalProperties": _ref("expressions")},
                            {"type": "array", "items": _ref("expressions")},
                        ]
                    }
                ),
            ]
        },
        ({"y": {"x": "2*x"}},),
    ),
    "check": Key("how gradcheck judges this spec", _ref("check")),
    "target": Key(
        "Python code whose values and derivatives gradcheck compares with the formula; run with --allow-code only",
        {"oneOf": [TEXT, _ref("target")]},
        ("ops.py::gelu",),
    ),
    "train": Key("how `jac train` lowers the loss", _ref("train")),
}


def _options(name: str) -> Form:
    """Return the form of an initialiser's options; one option may stand alone, as in {constant: 0.5}."""
    row = INITIALISERS[name]
    options: dict[str, Any] = {
        "type": "object",
        "properties": {option: _ref("number") for option in row.options},
        "required": row.needed,
        "additionalProperties": False,
    }
    return {"description": row.about, "oneOf": [options, _ref("number")] if len(row.options) == 1 else [options]}


#: The forms that keys refer to. Those of layers, and of mappings with keys of their own, are added where the schema is made.
DEFINITIONS: Mapping[str, Form] = {
    "number": {
        "description": "a number, or a fraction such as 1/3",
        "oneOf": [{"type": "number"}, {"type": "string", "pattern": "^[-+]?[0-9]+/[0-9]*[1-9][0-9]*$"}],
    },
    "numbers": {"oneOf": [_ref("number"), {"type": "array", "items": _ref("numbers")}]},
    "data": {"oneOf": [_ref("number"), {"type": "boolean"}, {"type": "array", "items": _ref("data")}]},
    "expression": {
        "description": "an expression with NumPy's meaning, such as W @ x + b",
        "type": ["string", "number"],
    },
    "expressions": {"oneOf": [_ref("expression"), {"type": "array", "items": _ref("expressions"), "minItems": 1}]},
    "size": {"type": ["integer", "string", "null"], "minimum": 0},
    "shape": {
        "oneOf": [
            _whole(0),
            TEXT,
            {"type": "array", "items": {"oneOf": [_whole(0), TEXT]}, "maxItems": 16},
        ]
    },
    "init": {
        "oneOf": [
            {"enum": [name for name, row in INITIALISERS.items() if not row.needed]},
            {
                "type": "object",
                "properties": {name: _options(name) for name, row in INITIALISERS.items() if row.options},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    },
}
