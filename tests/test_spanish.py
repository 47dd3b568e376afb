"""Whoever reads Spanish meets no English: every command is asked, and what its answers lead to is pressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.service.tryout import Stage

from .test_settings import sent_as

ENGLISH = re.compile(
    r"\b(?:the|of|with|and|your|you|this|that|are|is|for|from|which|when|may|can|show|more|page|press|call)\b", re.I
)
OWN = re.compile(r"\*\*Fuentes:\*\*.*|^• .*\]\(.*|\[[^\]]*\]\([^)]*\)|`[^`]*`|English")
"""What is English in any language: the names of sources, commands, and what the other language is called."""

STEPS = 12
"""Presses after each command: always the first that was not pressed yet, on what the one before showed."""

ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("help", {}),
    ("start", {}),
    ("browse", {}),
    ("about", {}),
    ("disclaimer", {}),
    ("privacy", {}),
    ("settings", {}),
    ("symptom", {"name": "fiebre"}),
    ("define", {"term": "dolor de pecho"}),
    ("define", {"term": "quiero morirme"}),
    ("define", {"term": "Kytruda"}),
    ("define", {"term": "zzzz"}),
    ("define", {"term": "me duele mucho el pecho desde la infusión"}),
    ("define", {"term": "¿Se me va a caer el pelo con la inmunoterapia?"}),
    ("medicine", {"name": "Keytruda"}),
    ("therapy", {"name": "CAR-T"}),
    ("condition", {"name": "melanoma"}),
    ("search", {"words": "cansancio con la inmunoterapia"}),
    ("compare", {"first": "Keytruda", "second": "Opdivo"}),
)


def said(message: Any) -> Iterator[str]:
    """Yield every text of a message: what it says, and what stands on its buttons and in its selects."""
    yield message.content or ""
    for embed in message.embeds:
        yield from (embed.author.name or "", embed.title or "", embed.description or "", embed.footer.text or "")
        for field in embed.fields:
            yield from (field.name, field.value)
    for row in message.components:
        for item in row["components"]:
            yield item.get("label") or item.get("placeholder") or ""
            yield from (o["label"] for o in item.get("options", ()))
            yield from (o.get("description") or "" for o in item.get("options", ()))


def english_in(message: Any) -> list[str]:
    """Return the lines of a message that have two English words or more."""
    lines = (OWN.sub("", line) for text in said(message) for line in text.splitlines())
    return [line for line in lines if len(ENGLISH.findall(line)) > 1]


def presses(message: Any) -> Iterator[tuple[str, str]]:
    """Yield (id, value or nothing) of all that can be pressed or picked, but for what ends it or leaves the language."""
    for row in message.components:
        for item in row["components"]:
            action = item["custom_id"].split(":")[1]
            if item["custom_id"].startswith("im1.en") or action in ("deletenow", "panel", "set") or item.get("disabled"):
                continue
            values = [option["value"] for option in item.get("options", ())]
            yield from ((item["custom_id"], value) for value in (values[:8] or [""]))


@pytest.mark.parametrize("command", range(len(ASKED)))
async def test_no_english_stands_in_what_spanish_readers_see(
    shipped_world: Stage, monkeypatch: pytest.MonkeyPatch, command: int
) -> None:
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-419"))
    found = list[str]()
    name, given = ASKED[command]
    actor = shipped_world.moderator
    first = await actor.slash(shipped_world.channel, name, **given)
    message, seen = first.response, set[tuple[str, str]]()
    for _step in range(STEPS):
        found += english_in(message)
        new = [each for each in presses(message) if (each[0].split(":")[1], each[1] or each[0]) not in seen]
        if not new:
            break
        custom_id, value = new[0]
        seen.add((custom_id.split(":")[1], value or custom_id))
        pressed = actor.select(message, [value], custom_id=custom_id) if value else actor.click(message, custom_id=custom_id)
        message = (await pressed).response or message
    assert found == []
