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

__all__ = ["DIALECT", "DRAFT_07", "draft07", "spec_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DRAFT_07 = "http://json-schema.org/draft-07/schema#"
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


def draft07(schema: Any) -> Any:
    """Return a schema of ours in draft-07, which editors know best: ``definitions``, and nothing beside a ``$ref``.

    Source: draft-07, section 8.3: keys beside ``$ref`` are ignored, so that they go with it into ``allOf``.
    """
    if isinstance(schema, list):
        return [draft07(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema.replace("#/$defs/", "#/definitions/") if isinstance(schema, str) else schema
    renamed = {"$defs": "definitions"}
    found = {renamed.get(key, key): draft07(value) for key, value in schema.items()}
    if found.get("$schema") == DIALECT:
        found |= {"$schema": DRAFT_07, "$id": f"{found['$id']}:draft-07"}
    if isinstance(found.get("$ref"), str) and len(found) > 1:
        found = {"allOf": [{"$ref": found.pop("$ref")}], **found}
    return found
