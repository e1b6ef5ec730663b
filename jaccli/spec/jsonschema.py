"""The tables of keys → the JSON Schema of specs, which editors complete and check by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaccli.spec.keys import (
    CHECK_KEYS,
    DATA_KEYS,
    DEFINITIONS,
    NETWORK_KEYS,
    OUTPUT_KEYS,
    SPEC_KEYS,
    TARGET_KEYS,
    TRAIN_KEYS,
    VARIABLE_KEYS,
    Key,
)

__all__ = ["DIALECT", "spec_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILE = {"description": "a data file beside the spec", "type": "string", "pattern": r"\.(csv|json|npy|npz)$"}


def spec_schema(more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a spec; ``more`` are forms that are defined elsewhere: those of layers."""
    definitions = {
        **DEFINITIONS,
        **more,
        "variable": _either({"type": "null"}, {"$ref": "#/$defs/numbers"}, _mapping("variable", VARIABLE_KEYS)),
        "constant": _either({"$ref": "#/$defs/data"}, _FILE, _mapping("constant", DATA_KEYS)),
        "formula": _either({"$ref": "#/$defs/expressions"}, _mapping("formula", OUTPUT_KEYS, "expr")),
        "network": _mapping("network", NETWORK_KEYS, "layers"),
        "check": _mapping("check", CHECK_KEYS),
        "target": _mapping("target", TARGET_KEYS, "python"),
        "train": _mapping("train", TRAIN_KEYS),
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:jaccli:schema:spec",
        **_mapping("jaccli spec", SPEC_KEYS),
        "description": "A function or a small network whose derivatives are computed and checked.",
        "anyOf": [{"required": ["outputs"]}, {"required": ["network"]}],
        "$defs": {name: {"title": name, **form} for name, form in definitions.items()},
    }


def _mapping(title: str, keys: Mapping[str, Key], *required: str) -> dict[str, Any]:
    """Return the form of a mapping with these keys and no others."""
    form: dict[str, Any] = {
        "title": title,
        "type": "object",
        "properties": {name: _property(key) for name, key in keys.items()},
        "additionalProperties": False,
    }
    return form | ({"required": [*required]} if required else {})


def _property(key: Key) -> dict[str, Any]:
    return {"description": key.about, **key.form} | ({"examples": [*key.examples]} if key.examples else {})


def _either(*forms: Mapping[str, Any]) -> dict[str, Any]:
    return {"oneOf": [*forms]}
