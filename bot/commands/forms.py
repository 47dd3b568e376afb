"""Forms: shown with all they need in their id, and read from what was sent; nothing is remembered in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from bot.commands.deps import Interaction
from bot.replies.buttons import Press
from bot.replies.reply import fit

TITLE = 45
LABEL = 45
HINT = 100
INPUT = 4000
"""Limits of forms: https://docs.discord.com/developers/components/reference."""

Input = discord.ui.TextInput[Any] | discord.ui.RadioGroup[Any]


def text_input(
    key: str, label: str, *, value: str = "", hint: str = "", most: int = INPUT, long: bool = False, required: bool = True
) -> discord.ui.Label[Any]:
    """Return a field to type in; `key` finds what was typed, `most` is the letters it takes (at most 4,000)."""
    most = min(most, INPUT)
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=key,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=value[:most] or None,
        required=required,
        max_length=most,
    )
    return discord.ui.Label(text=fit(label, LABEL), description=fit(hint, HINT) or None, component=field)


def choice(key: str, label: str, options: dict[str, str], *, value: str = "", hint: str = "") -> discord.ui.Label[Any]:
    """Return a field to choose one of several in: value -> what is read; `value` is chosen beforehand."""
    found = [
        discord.RadioGroupOption(label=fit(text, HINT), value=each, default=each == value) for each, text in options.items()
    ]
    field: discord.ui.RadioGroup[Any] = discord.ui.RadioGroup(custom_id=key, options=found)
    return discord.ui.Label(text=fit(label, LABEL), description=fit(hint, HINT) or None, component=field)


def note(text: str) -> discord.ui.TextDisplay[Any]:
    """Return a sentence to read."""
    return discord.ui.TextDisplay(text)


async def show(interaction: Interaction, press: Press, title: str, *fields: discord.ui.Item[Any]) -> None:
    """Show a form of one to five parts; `press` is what is done with it once it is sent."""
    form = discord.ui.Modal(title=fit(title, TITLE), custom_id=str(press))
    for field in fields:
        form.add_item(field)
    form.stop()  # discord.py then doesn't keep it: it works after a restart
    await interaction.response.send_modal(form)


def sent(interaction: Interaction) -> dict[str, str]:
    """Return what was sent, by key; what was left empty is an empty text."""
    data: dict[str, Any] = dict(interaction.data or {})
    return {field["custom_id"]: field.get("value") or "" for field in _fields(data.get("components", ()))}


def _fields(components: Any) -> Iterator[dict[str, Any]]:
    for component in components:
        if "custom_id" in component:
            yield component
        yield from _fields(component.get("components", ()))
        if inner := component.get("component"):
            yield from _fields([inner])
