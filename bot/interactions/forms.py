"""Forms (Discord calls them modals) as data: shown with all they need in their id, nothing is remembered in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.interactions.limits import FORM_HINT, FORM_INPUT, FORM_LABEL, FORM_TITLE, fit
from bot.interactions.message import Json


@dataclass(frozen=True, slots=True)
class TextInput:
    """A field to type in; `key` finds what was typed, `most` is the letters it takes (at most 4,000)."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    most: int = FORM_INPUT
    long: bool = False
    required: bool = True

    def to_json(self) -> Json:
        """Return the field as Discord takes it."""
        most = min(self.most, FORM_INPUT)
        field = {
            "type": 4, "custom_id": self.key, "style": 2 if self.long else 1, "required": self.required, "max_length": most,
        }  # fmt: skip
        return _labelled(self.label, field | ({"value": self.value[:most]} if self.value else {}), self.hint)


@dataclass(frozen=True, slots=True)
class RadioGroup:
    """A field to choose one of several in: value -> what is read; `value` is chosen beforehand."""

    key: str
    label: str
    options: Mapping[str, str]
    value: str = ""

    def to_json(self) -> Json:
        """Return the field as Discord takes it."""
        options = [
            {"value": value, "label": fit(text, FORM_HINT), "default": value == self.value}
            for value, text in self.options.items()
        ]
        return _labelled(self.label, {"type": 21, "custom_id": self.key, "required": True, "options": options})


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence to read."""

    text: str

    def to_json(self) -> Json:
        """Return the sentence as Discord takes it."""
        return {"type": 10, "content": self.text}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one to five parts; `id` says what is done with it once it is sent."""

    id: str
    title: str
    parts: tuple[TextInput | RadioGroup | Note, ...]

    def to_json(self) -> Json:
        """Return the form as Discord takes it."""
        parts = [part.to_json() for part in self.parts]
        return {"custom_id": self.id, "title": fit(self.title, FORM_TITLE), "components": parts}


def _labelled(label: str, component: Json, hint: str = "") -> Json:
    shown = {"type": 18, "label": fit(label, FORM_LABEL), "component": component}
    return shown | ({"description": fit(hint, FORM_HINT)} if hint else {})


def typed_in(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed into a form, by key; what was left empty is an empty text."""
    fields = [part["component"] for part in data.get("components", ()) if "component" in part]
    return {field["custom_id"]: field.get("value") or "" for field in fields}
