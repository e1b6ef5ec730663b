"""The JSON Schemas of what ``jac compute`` and ``jac gradcheck`` write with ``-f json``, schema version 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaccli.results.kinds import Outcome
from jaccli.spec.jsonschema import DIALECT
from jaccli.verdict.rules import RULES

__all__ = ["compute_schema", "gradcheck_schema"]

Form = Mapping[str, Any]

NUMBER: Form = {"$ref": "#/$defs/number"}
TENSOR: Form = {"$ref": "#/$defs/tensor"}
COUNT: Form = {"type": "integer", "minimum": 0}
TEXT: Form = {"type": "string"}
TEXT_OR_NULL: Form = {"type": ["string", "null"]}
_LIST: Form = {"type": "array", "items": TEXT}
INDEX: Form = {"type": "array", "items": COUNT}
CODE: Form = {"enum": [*RULES, None], "description": "a rule, as `jac rule` explains it; null where nothing is wrong"}

_NUMBERS = {
    "number": {"oneOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]},
    "tensor": {
        "description": "a number, or nested lists of shape out.shape + in.shape",
        "oneOf": [NUMBER, {"type": "array", "items": TENSOR}],
    },
}
_TEXTS = {
    "texts": {
        "description": "expressions in the spec language, nested as the tensors are",
        "oneOf": [TEXT, {"type": "array", "items": {"$ref": "#/$defs/texts"}}],
    }
}
_SPAN: Form = {
    "description": "a stretch of the file; lines and columns count from 1, the end column is the first one after it",
    "oneOf": [
        {"type": "null"},
        {
            "type": "object",
            "properties": {
                name: {"type": "integer", "minimum": 1} for name in ("line", "column", "end_line", "end_column")
            },
            "required": ["line", "column", "end_line", "end_column"],
            "additionalProperties": False,
        },
    ],
}


def _by_name(form: Form, about: str) -> Form:
    return {"description": about, "type": "object", "additionalProperties": form}


def _object(properties: Mapping[str, Form], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the form of an object that may gain keys in a later version, but loses none."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _document(title: str, about: str, form: Mapping[str, Any], definitions: Form) -> dict[str, Any]:
    head = {
        "$schema": DIALECT,
        "$id": f"urn:jaccli:schema:{title}",
        "title": f"jac {title} -f json",
        "description": about,
    }
    return {**head, **form, "$defs": dict(definitions)}


_PASS = _object({"computed": COUNT, "reused": COUNT})
_REUSE = _object({"changed": {"type": "array", "items": TEXT}, "forward": _PASS, "backward": _PASS})


def compute_schema() -> dict[str, Any]:
    """Return the schema of ``jac compute -f json``."""
    blocks = _by_name(_by_name(TENSOR, "input → derivative"), "output → input → derivative")
    products = _by_name(_by_name(TENSOR, "name → product"), "jvp, vjp, vjvp or hvp → name → product")
    properties: dict[str, Form] = {
        "schema_version": {"const": 1},
        "name": TEXT,
        "point": _by_name(TENSOR, "the values of inputs, params and constants; left out above 100 numbers"),
        "values": _by_name(TENSOR, "output → value"),
        "jacobian": blocks,
        "hessian": {**blocks, "description": "output → input.input → second derivative"},
        "products": products,
        "symbolic": _by_name(
            _by_name({"$ref": "#/$defs/texts"}, "input → entries"), "left out for what is too long to print"
        ),
        "formula": _by_name(_by_name(TEXT, "input → formula"), "matrix calculus, where the block has such a form"),
        "reuse": {"type": "array", "items": _REUSE, "description": "operations per pass, for each --change"},
    }
    optional = ("point", "values", "jacobian", "hessian", "products", "symbolic", "formula", "reuse")
    form = _object(properties, optional) | {
        "oneOf": [{"required": [key]} for key in ("jacobian", "hessian", "products")]
    }
    about = "Values and derivatives of a spec at a point."
    return _document("compute", about, form, {**_NUMBERS, **_TEXTS})


def gradcheck_schema() -> dict[str, Any]:
    """Return the schema of ``jac gradcheck -f json``."""
    properties: dict[str, Form] = {
        "schema_version": {"const": 1},
        "tool": _object({"name": {"const": "jaccli"}, "version": TEXT}),
        "seed": COUNT,
        "duration_s": {"type": "number", "minimum": 0},
        "summary": _object(dict.fromkeys(map(str, Outcome), COUNT)),
        "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
        "unvisited": {"type": "array", "items": _object({"file": TEXT, "message": TEXT})},
        "problems": {"type": "array", "items": {"$ref": "#/$defs/problem"}},
        "shard": _object({"number": COUNT, "count": COUNT, "digest": TEXT, "names": _LIST}),
        "reports": {
            "type": "array",
            "items": _object(
                {
                    "files": _LIST,
                    "duration_s": {"type": "number", "minimum": 0},
                    "expect": TEXT,
                    "seed": COUNT,
                    "checks": COUNT,
                }
            ),
        },
    }
    about = "One result for each output, input, tested derivative and point, with its worst entry."
    definitions = {**_NUMBERS, "result": _result(), "problem": _problem()}
    return _document("gradcheck", about, _object(properties, ("unvisited", "problems", "shard")), definitions)


def _result() -> dict[str, Any]:
    numbers = ("value", "reference", "error_bar", "abs_error", "rel_error", "ulps", "detectable", "rtol")
    properties: dict[str, Form] = {
        "id": {**TEXT, "examples": ["specs/ner.yaml::s/b[reverse-p0]"]},
        "outcome": {"enum": [*map(str, Outcome)]},
        "code": CODE,
        "name": TEXT_OR_NULL,
        "file": TEXT,
        "span": _SPAN,
        "of": TEXT,
        "wrt": TEXT,
        "of_index": INDEX,
        "wrt_index": INDEX,
        "point": _by_name(TENSOR, "left out above 100 numbers; the seed reproduces it"),
        "tested": TEXT,
        **dict.fromkeys(numbers, NUMBER),
        **dict.fromkeys(("entries", "decided", "failed"), COUNT),
        "open_share": {"oneOf": [NUMBER, {"type": "null"}]},
        "expected_to_fail": {"type": "boolean"},
        "rows": TEXT_OR_NULL,
        "reference_route": TEXT,
        "evaluations": COUNT,
        "guarantee": TEXT_OR_NULL,
        "witnesses": {"type": "array", "items": TEXT},
        "message": TEXT,
        "kink": TEXT_OR_NULL,
        "help": TEXT,
        "rerun": TEXT,
        "target": TEXT,
        "about": TEXT_OR_NULL,
        "point_index": COUNT,
        "open_allowed": {"oneOf": [NUMBER, {"type": "null"}]},
        "reason": TEXT,
    }
    return _object(properties, ("point",))


def _problem() -> dict[str, Any]:
    properties: dict[str, Form] = {
        "code": CODE, "name": TEXT, "message": TEXT, "file": TEXT_OR_NULL, "span": _SPAN, "help": TEXT_OR_NULL,
    }  # fmt: skip
    return _object(properties)
