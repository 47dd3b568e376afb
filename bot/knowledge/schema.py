"""JSON Schemas made from the models: they give an editor completion while an entry is written.

python -m bot.knowledge.schema knowledge/schema    writes them anew
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from bot.knowledge.files import ID, MAX_ID, converters
from bot.knowledge.model import ENTRY_TYPES, ConditionOrText, Letters, Link, Many, Source, Topic, Words

_DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "a day, as in 2026-11-22"}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of entry, by the name of its folder."""
    return {
        cls.folder: {"$schema": "http://json-schema.org/draft-07/schema#", "title": cls.__doc__, **_object(cls)}
        for cls in ENTRY_TYPES
    }


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=1) + "\n"


def _object(cls: type[Any]) -> dict[str, Any]:
    """Return the schema of a mapping with a dataclass's keys."""
    hints = get_type_hints(cls, include_extras=True)
    names = {spec.name for spec in fields(cls)}
    rules = {key: rule for key, rule in converters(cls).items() if rule.field in names}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _value(key, hints[rule.field]) for key, rule in rules.items()},
        "required": [key for key, rule in rules.items() if rule.required],
    }


def _value(key: str, hint: Any) -> dict[str, Any]:
    """Return the schema of a field's value."""
    if hint in (date, date | None):
        return _DATE
    if hint is Topic:
        return {"enum": [topic.value for topic in Topic]}
    if get_origin(hint) is tuple and get_args(hint)[0] is Source:
        return {"type": "array", "minItems": 1, "items": _object(Source)}
    if key == "url":
        return {"type": "string", "pattern": "^https?://"}
    return _rule(hint.__metadata__[0])


def _rule(rule: Any) -> dict[str, Any]:
    match rule:
        case Many(most, of):
            return {"type": "array", "maxItems": most, "uniqueItems": True, "items": _rule(of)}
        case Words(most) | ConditionOrText(most):
            return {"type": "string", "description": f"at most {most} words"}
        case Letters(most):
            return {"type": ["string", "integer"], "maxLength": most}
        case Link(kinds):
            what = " or ".join(kinds) or "entry"
            return {
                "type": "string",
                "pattern": f"^{ID.pattern}$",
                "maxLength": MAX_ID,
                "description": f"the id of a {what}",
            }
    raise TypeError(rule)


if __name__ == "__main__":
    for folder, made in schemas().items():
        Path(sys.argv[1], f"{folder}.json").write_text(text_of(made), encoding="utf-8")
