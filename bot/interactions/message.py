"""A message as data: what features say, and Discord's JSON of it. Nothing here knows discord.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Json = dict[str, Any]

EPHEMERAL = 1 << 6
"""The flag of a message that the asker alone sees."""

BLUE, RED = 0x3B7DD8, 0xC0392B


class Style(IntEnum):
    """How a button looks (https://docs.discord.com/developers/components/reference#button-button-styles)."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4


@dataclass(frozen=True, slots=True)
class Field:
    """A title and a text in an embed; inline ones stand side by side where there is room."""

    name: str
    value: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Embed:
    """A card within a message."""

    title: str = ""
    description: str = ""
    colour: int = BLUE
    author: str = ""
    fields: tuple[Field, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button; all that a press needs stands in its id."""

    label: str
    id: str
    style: Style = Style.SECONDARY
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A row of a select."""

    label: str
    value: str
    description: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A list of which one is picked, or several are."""

    id: str
    placeholder: str
    options: tuple[Option, ...]
    most: int = 1


Item = Button | Select


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message; the description is read out to who can't see a picture."""

    name: str
    data: bytes
    description: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Text, embeds, rows of buttons (or one select a row), and files."""

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    rows: tuple[tuple[Item, ...], ...] = ()
    files: tuple[File, ...] = ()
    again: str = ""
    """the id of a press that shows this again: with it, the other languages are a press away"""
    kept: Kept | None = field(default=None, compare=False, repr=False)
    """its JSON, where it is shown again and again"""


class Kept(dict[object, list[bytes]]):
    """The JSON of a message, made once for each way to show it, and cut where the id of the press that shows it again is."""

    def __init__(self, message: Message) -> None:
        """Keep that of this message."""
        super().__init__()
        self._of = message

    def fits(self, message: Message) -> bool:
        """Say whether this is that message, whatever its `again` is; what was changed of it since has JSON of its own."""
        of = self._of
        return (message.embeds, message.rows, message.content) == (of.embeds, of.rows, of.content) and not message.files


def to_json(message: Message) -> Json:
    """Return a message as Discord takes it. Put in place of another one, what it lacks is taken away."""
    files = [
        {"id": number, "filename": file.name} | ({"description": file.description} if file.description else {})
        for number, file in enumerate(message.files)
    ]
    return {
        "content": message.content or None,
        "embeds": [_embed(embed) for embed in message.embeds],
        "components": [{"type": 1, "components": [_item(item) for item in row]} for row in message.rows],
        "attachments": files,
        "allowed_mentions": {"parse": []},
    }


def _embed(embed: Embed) -> Json:
    said = {
        "type": "rich", "title": embed.title, "description": embed.description, "color": embed.colour,
        "author": embed.author and {"name": embed.author}, "footer": embed.footer and {"text": embed.footer},
        "fields": [{"name": field.name, "value": field.value, "inline": field.inline} for field in embed.fields],
    }  # fmt: skip
    return {key: value for key, value in said.items() if value}


def _item(item: Item) -> Json:
    if isinstance(item, Button):
        return {
            "type": 2, "style": int(item.style), "label": item.label, "custom_id": item.id, "disabled": item.disabled,
        }  # fmt: skip
    options = [
        {"label": option.label, "value": option.value, "default": option.chosen}
        | ({"description": option.description} if option.description else {})
        for option in item.options
    ]
    most = {"max_values": item.most} if item.most > 1 else {}
    return {"type": 3, "custom_id": item.id, "placeholder": item.placeholder, "options": options} | most
