"""Schemas of bodies that routes read by themselves, for /openapi.json."""

from typing import Any

from pydantic import BaseModel

REF = "#/$defs/"  # which mean nothing within another document


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """A model's JSON schema without references."""
    schema = kind.model_json_schema()
    whole: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
    return whole


def _inlined(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inlined(one, definitions) for one in value]
    if not isinstance(value, dict):
        return value
    if str(value.get("$ref", "")).startswith(REF):
        return _inlined(definitions[value["$ref"].removeprefix(REF)], definitions)
    return {name: _inlined(one, definitions) for name, one in value.items()}
