"""The table of layers → the JSON Schema of specs, with each kind of layer, its options, and the forms of their values."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from jaccli.graph.network import COMMON, KINDS, NESTING, Kind
from jaccli.spec import jsonschema
from jaccli.spec.initial import INITIALISERS

__all__ = ["spec_schema"]

Form = dict[str, Any]
_LAYERS: Form = {"$ref": "#/$defs/layers"}
_WHOLE: Form = {"type": ["integer", "string"]}  # a number, or the name of a dim
#: Annotation of an option → the form of its values.
_FORMS: dict[Any, Form] = {
    bool: {"type": "boolean"},
    int: _WHOLE,
    Fraction: {"$ref": "#/$defs/number"},
    str: {"type": "string"},
    tuple[int, ...]: {"type": "array", "items": _WHOLE},
    type(None): {"type": "null"},
}
_SHARED: Mapping[str, Form] = {
    "name": {"type": "string", "description": "what the layer and its parameters are called: name.W"},
    "activation": {"$ref": "#/$defs/activation"},
    "init": {"enum": [name for name, row in INITIALISERS.items() if not row.needed]},
    "seed": {"type": ["integer", "null"], "minimum": 0},
}


def spec_schema() -> Form:
    """Return the JSON Schema (draft 2020-12) of a spec.

    It knows the keys and the forms of their values; what names, shapes and expressions mean, ``jac validate`` says.
    """
    return jsonschema.spec_schema({"layers": _layers(), "activation": _activations()})


def _layers() -> Form:
    bare = [name for name, found in KINDS.items() if not _needed(found) and name not in NESTING]
    with_options = {
        "type": "object",
        "properties": {name: _layer(name, found) for name, found in KINDS.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"type": "array", "minItems": 1, "items": {"oneOf": [{"enum": bare}, with_options]}}


def _activations() -> Form:
    names = [name for name, found in KINDS.items() if not found.options and name not in NESTING]
    return {"description": "a layer without options that follows this one", "enum": names}


def _layer(name: str, found: Kind) -> Form:
    """Return the form of what stands behind a layer's name: its options, or the value of its main one alone."""
    nests = name in NESTING
    options = {key: _option(key, parameter) for key, parameter in found.options.items()}
    options |= {key: _SHARED[key] for key in COMMON} | ({"layers": _LAYERS} if nests else {})
    mapping: Form = {"type": "object", "properties": options, "additionalProperties": False}
    needed = [*_needed(found), *(["layers"] if nests else [])]
    forms = [mapping | ({"required": needed} if needed else {})]
    if found.main and not nests and set(_needed(found)) <= {found.main}:
        forms.append({key: form for key, form in options[found.main].items() if key != "default"})
    if nests and not _needed(found):
        forms.append(_LAYERS)
    about = (inspect.getdoc(found.make) or "").partition("\n")[0]
    return ({"description": about} if about else {}) | {"anyOf": forms}


def _option(name: str, parameter: inspect.Parameter) -> Form:
    annotation = parameter.annotation
    kinds = [annotation] if annotation in _FORMS else list(annotation.__args__)
    form = _SHARED.get(name) or (_FORMS[kinds[0]] if len(kinds) == 1 else {"anyOf": [_FORMS[kind] for kind in kinds]})
    if parameter.default in (parameter.empty, None):
        return dict(form)
    default = float(parameter.default) if isinstance(parameter.default, Fraction) else parameter.default
    return {**form, "default": default}


def _needed(found: Kind) -> list[str]:
    return [key for key, parameter in found.options.items() if parameter.default is parameter.empty]
