"""JSON Schemas made from the models: they give an editor completion while an entry is written.

python -m bot.knowledge.schema knowledge/schema    writes them anew
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.knowledge.helplines import FILE, Helplines
from bot.knowledge.kinds import ENTRY_TYPES
from bot.knowledge.kinds.base import Model


class _ForEditors(GenerateJsonSchema):
    """Leaves out what pydantic knows and no file says: titles made from keys, values that are not given, `null`."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of entry, by the name of its folder, and that of the helplines."""
    return {cls.folder: _schema(cls) for cls in ENTRY_TYPES} | {FILE.removesuffix(".yaml"): _schema(Helplines)}


def _schema(cls: type[Model]) -> dict[str, Any]:
    schema = cls.model_json_schema(schema_generator=_ForEditors)
    if schema["properties"].pop("id", None):  # the file's name says it
        schema["required"].remove("id")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=1) + "\n"


if __name__ == "__main__":
    for folder, made in schemas().items():
        Path(sys.argv[1], f"{folder}.json").write_text(text_of(made), encoding="utf-8")
