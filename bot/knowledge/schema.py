"""JSON Schemas made from the models: they give an editor completion while an entry is written."""

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.knowledge.helplines import FILE, Helplines
from bot.knowledge.kinds import ENTRY_TYPES, Entry
from bot.knowledge.kinds.base import Model, key_of


class _ForEditors(GenerateJsonSchema):
    """Adds what is said of each field; leaves out what no file says: titles made from keys, values not given, `null`."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made, model = super().model_schema(schema), cast(type[Model], schema["cls"])
        for name, text in explained(model).items():
            if field := made["properties"].get(key_of(model).get(name, name)):
                field["description"] = "; ".join(filter(None, (text, field.get("description"))))
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def explained(cls: type) -> dict[str, str]:
    """Return what is said of each field of a class, in the text that stands under it."""
    found: dict[str, str] = {}
    for each in reversed([each for each in cls.__mro__ if each.__module__.startswith("bot.")]):
        lines = ast.parse(dedent(inspect.getsource(each))).body[0].body  # type: ignore[attr-defined]
        for line, below in pairwise(lines):
            match line, below:
                case (
                    (ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)])),
                    ast.Expr(ast.Constant(str(text))),
                ):
                    found[name] = inspect.cleandoc(text).replace("\n", " ")
    return found


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of entry, by the name of its folder, and that of the helplines."""
    return {cls.folder: schema_of(cls) for cls in ENTRY_TYPES} | {FILE.removesuffix(".yaml"): schema_of(Helplines)}


def schema_of(cls: type[Model]) -> dict[str, Any]:
    """Return what a file may hold, for an editor."""
    schema = cls.model_json_schema(schema_generator=_ForEditors)
    if issubclass(cls, Entry):  # its file's name is its id
        del schema["properties"]["id"]
        schema["required"].remove("id")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def write(folder: Path) -> None:
    """Write the schemas into a folder, which is made. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.json").write_text(json.dumps(schema, indent=1) + "\n", encoding="utf-8")
