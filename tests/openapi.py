"""Check what the bot sends against Discord's OpenAPI description, and against limits that this leaves out.

The description is a file of a megabyte that is not kept here. It is looked for where the environment variable
DISCORD_OPENAPI says, then in a folder `shared` beside the repository; https://github.com/discord/discord-api-spec has it.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = dict[str, Any]

MISSING = "Discord's OpenAPI description is not here: name the file in DISCORD_OPENAPI"


def description_path() -> Path | None:
    """Return the description's file, or None where there is none."""
    if given := os.environ.get("DISCORD_OPENAPI"):
        return Path(given)
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "discord-openapi.json"
    return beside if beside.is_file() else None


def problems(method: str, path: str, body: Any) -> list[str]:
    """Return what Discord would refuse in a request, by our rules and, where it is here, by its description."""
    # Most requests differ in their path alone, and a check by the description takes milliseconds.
    shape = re.sub(r"/\d{10,}/[^/]{9,}", "/1/token", path)
    return list(_problems(method, shape, json.dumps(body), description_path()))


@cache
def _problems(method: str, path: str, text: str, description: Path | None) -> tuple[str, ...]:
    body = json.loads(text)
    found = list(_own_rules(method, path, body))
    if description is not None:
        found += described(method, path, body)
    return tuple(f"{method} {path}: {problem}" for problem in found)


# Discord's description.


def described(method: str, path: str, body: Any, status: int | None = None) -> list[str]:
    """Return what the description refuses in a request's body or, with a status, in the answer to it."""
    names = sorted((name for name in _document()["paths"] if _pattern(name).fullmatch(path)), key=lambda n: n.count("{"))
    name = next((n for n in names if method.lower() in _document()["paths"][n]), None)
    if name is None:
        return ["there is no such request"]
    validator = _validator(name, method.lower(), str(status) if status else None)
    if validator is None:
        return [] if body is None else ["no body belongs there"]
    error = best_match(validator.iter_errors(body))
    return [f"{error.json_path}: {error.message[:300]}"] if error else []


@cache
def _document() -> Json:
    path = description_path()
    assert path is not None, MISSING
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    # Discord takes ids as numbers too, and discord.py sends some so.
    document["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"], "format": "snowflake"}
    return document


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(name)))


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource("discord", Resource.from_contents(_document(), default_specification=DRAFT202012))


@cache
def _validator(name: str, method: str, status: str | None) -> Draft202012Validator | None:
    operation = _document()["paths"][name][method]
    pointer = ["paths", name, method, "requestBody"] if status is None else ["paths", name, method, "responses", status]
    part = operation.get("requestBody") if status is None else operation["responses"].get(status)
    if part is None or "application/json" not in part.get("content", {}):
        return None
    escaped = "/".join(p.replace("~", "~0").replace("/", "~1") for p in [*pointer, "content", "application/json", "schema"])
    reference = "discord#/" + escaped.replace("{", "%7B").replace("}", "%7D")
    return Draft202012Validator({"$ref": reference}, registry=_registry(), format_checker=_FORMATS)


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("int32")
def _int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@_FORMATS.checks("int64")
def _int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@_FORMATS.checks("snowflake")
def _snowflake(value: object) -> bool:
    return isinstance(value, str | int) and bool(re.fullmatch(r"0|[1-9]\d*", str(value))) and int(value) < 2**63


@_FORMATS.checks("uri", raises=ValueError)
def _uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return parts.scheme in ("http", "https", "ws", "wss", "attachment") and bool(parts.netloc) and " " not in value


# What the description leaves out, or counts in characters where Discord may count UTF-16 units.

_EMBED_TEXTS = {"title": 256, "description": 4096}
_MESSAGES = (
    (re.compile(r"/webhooks/\d+/[^/]+"), "POST", True),
    (re.compile(r"/webhooks/\d+/[^/]+/messages/[^/]+"), "PATCH", False),
    (re.compile(r"/channels/\d+/messages"), "POST", True),
)
_CALLBACK = re.compile(r"/interactions/\d+/[^/]+/callback")
_COMMANDS = re.compile(r"/applications/\d+(?:/guilds/\d+)?/commands")


def _own_rules(method: str, path: str, body: Any) -> Iterator[str]:
    if _COMMANDS.fullmatch(path) and method == "PUT":
        yield from _commands(body)
    elif _CALLBACK.fullmatch(path):
        match body:
            case {"type": 4 | 7 as kind, "data": data}:
                yield from _message(data, new=kind == 4)
            case {"type": 8, "data": {"choices": choices}}:
                yield from _choices(choices)
            case {"type": 5 | 6}:
                pass
            case {"type": 9, "data": data}:
                yield from _form(data)
            case _:
                yield "the callback has no form that is known here"
    else:
        for pattern, verb, new in _MESSAGES:
            if method == verb and pattern.fullmatch(path):
                yield from _message(body, new=new)


def _form(data: Any) -> Iterator[str]:
    """A form: https://docs.discord.com/developers/components/reference; five parts with a field at most."""
    yield from _text("title", data["title"], 45)
    yield from _text("custom_id", data["custom_id"], 100)
    if not 1 <= len(data["components"]) <= 5:
        yield "a form has one to five parts"
    ids = []
    for part in data["components"]:
        if part["type"] == 10:
            yield from _text("content", part["content"], 2000)
            continue
        yield from _text("label", part.get("label"), 45)
        if part.get("description") is not None:
            yield from _text("description", part["description"], 100)
        field = part["component"]
        ids.append(field["custom_id"])
        if field["type"] == 4:
            if not 1 <= (field.get("max_length") or 4000) <= 4000:
                yield "max_length is not 1 to 4000"
            if _units(field.get("value") or "") > (field.get("max_length") or 4000):
                yield "a value is longer than its max_length"
        elif field["type"] == 21 and not 2 <= len(field["options"]) <= 10:
            yield "a radio group has two to ten options"
    if len(ids) != len(set(ids)):
        yield "an id stands in the form twice"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _text(where: str, text: Any, most: int, least: int = 1) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{where} is no text"
    elif not least <= _units(text.strip() if least else text) or _units(text) > most:
        yield f"{where} has {_units(text)} units, and {least} to {most} are allowed"


def _message(data: Json, *, new: bool) -> Iterator[str]:
    content, embeds, rows = data.get("content"), data.get("embeds") or [], data.get("components") or []
    if new and not content and not embeds:
        yield "the message is empty"
    if content:
        yield from _text("content", content, 2000)
    if len(embeds) > 10:
        yield f"there are {len(embeds)} embeds, and 10 is the most"
    for number, embed in enumerate(embeds):
        yield from _embed(f"embed {number}", embed)
    if (total := sum(_embed_size(embed) for embed in embeds)) > 6000:
        yield f"the embeds have {total} units in all, and 6000 is the most"
    yield from _rows(rows)


def _embed(where: str, embed: Json) -> Iterator[str]:
    if not _embed_size(embed) and not embed.get("image"):
        yield f"{where} is empty"
    for key, most in _EMBED_TEXTS.items():
        if embed.get(key) is not None:
            yield from _text(f"{where}: {key}", embed[key], most)
    if "footer" in embed:
        yield from _text(f"{where}: footer", embed["footer"].get("text"), 2048)
    if "author" in embed:
        yield from _text(f"{where}: author", embed["author"].get("name"), 256)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        yield f"{where} has {len(fields)} fields, and 25 is the most"
    for number, field in enumerate(fields):
        yield from _text(f"{where}: name of field {number}", field.get("name"), 256)
        yield from _text(f"{where}: value of field {number}", field.get("value"), 1024)


def _embed_size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), embed.get("footer", {}).get("text")]
    texts.append(embed.get("author", {}).get("name"))
    for field in embed.get("fields") or ():
        texts += [field.get("name"), field.get("value")]
    return sum(_units(text) for text in texts if text)


def _rows(rows: list[Json]) -> Iterator[str]:
    if len(rows) > 5:
        yield f"there are {len(rows)} rows, and 5 is the most"
    ids: list[str] = []
    for row in rows:
        items = row.get("components") or []
        kinds = {item["type"] for item in items}
        if row.get("type") != 1 or not items or len(items) > 5 or (kinds != {2} and len(items) > 1):
            yield f"a row holds {len(items)} components of the kinds {sorted(kinds)}: 1 to 5 buttons or one select may be"
        for item in items:
            if item["type"] == 2:
                yield from _button(item)
            else:
                yield from _select(item)
            ids += [item["custom_id"]] if item.get("custom_id") else []
    yield from _twice("custom id", ids)


def _button(item: Json) -> Iterator[str]:
    if item.get("label") or not item.get("emoji"):
        yield from _text("a button's label", item.get("label"), 80)
    if item["style"] == 5:
        if not item.get("url") or item.get("custom_id"):
            yield "a link button has an address, and no custom id"
    else:
        yield from _text("a button's custom id", item.get("custom_id"), 100)


def _select(item: Json) -> Iterator[str]:
    yield from _text("a select's custom id", item.get("custom_id"), 100)
    if item.get("placeholder"):
        yield from _text("a select's placeholder", item["placeholder"], 150)
    options = item.get("options") or []
    if not 1 <= len(options) <= 25:
        yield f"a select has {len(options)} options, and 1 to 25 are allowed"
    for option in options:
        yield from _text("an option's label", option.get("label"), 100)
        yield from _text("an option's value", option.get("value"), 100)
        if option.get("description"):
            yield from _text("an option's description", option["description"], 100)
    yield from _twice("option value", [option.get("value") for option in options])


def _choices(choices: list[Json]) -> Iterator[str]:
    if len(choices) > 25:
        yield f"there are {len(choices)} choices, and 25 is the most"
    for choice in choices:
        yield from _text("a choice's name", choice.get("name"), 100)
        if isinstance(choice.get("value"), str):
            yield from _text("a choice's value", choice["value"], 100)


def _commands(commands: list[Json]) -> Iterator[str]:
    if len(commands) > 100:
        yield f"there are {len(commands)} commands, and 100 is the most"
    yield from _twice("command", [(c.get("type") or 1, c["name"]) for c in commands])
    for locale in sorted({locale for c in commands for locale in c.get("name_localizations") or {}}):
        names = [(c.get("type") or 1, (c.get("name_localizations") or {}).get(locale, c["name"])) for c in commands]
        yield from _twice(f"command in {locale}", names)
    for command in commands:
        yield from _command(f"/{command['name']}", command, chat=(command.get("type") or 1) == 1)


def _command(where: str, command: Json, *, chat: bool = True) -> Iterator[str]:
    """Check a command, a subcommand or an option."""
    for name in (command["name"], *(command.get("name_localizations") or {}).values()):
        yield from _text(f"{where}: name", name, 32)
        if chat and not _is_command_name(name):
            yield f"{where}: `{name}` is no name: only small letters, digits, hyphen, underscore and apostrophe may be in it"
    if chat:
        for text in (command.get("description"), *(command.get("description_localizations") or {}).values()):
            yield from _text(f"{where}: description", text, 100)
    options = command.get("options") or []
    if len(options) > 25:
        yield f"{where} has {len(options)} options, and 25 is the most"
    yield from _twice(f"{where}: option", [option["name"] for option in options])
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield f"{where}: a required option comes after one that is not"
    if chat and (total := _command_size(command)) > 8000:
        yield f"{where} has {total} units in all, and 8000 is the most"
    yield from _choices(command.get("choices") or [])
    for option in options:
        yield from _command(f"{where} {option['name']}", option)


def _is_command_name(name: str) -> bool:
    return name == name.lower() and all(c in "-_'" or unicodedata.category(c)[0] in "LN" for c in name)


def _command_size(command: Json) -> int:
    """Return the units of a command's names, descriptions and values; of translations the longest counts."""
    size = 0
    for key in ("name", "description"):
        texts = [command.get(key) or "", *(command.get(f"{key}_localizations") or {}).values()]
        size += max(map(_units, texts))
    size += sum(_units(choice["name"]) + _units(str(choice["value"])) for choice in command.get("choices") or ())
    return size + sum(_command_size(option) for option in command.get("options") or ())


def _twice(what: str, values: Iterable[Any]) -> Iterator[str]:
    values = list(values)
    for value in sorted({value for value in values if values.count(value) > 1}, key=str):
        yield f"the {what} {value!r} is there twice"
