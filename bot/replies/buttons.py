"""Buttons that work after a restart: all they need stands in their id."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot.knowledge.kinds import Entry
from bot.language import Language
from bot.replies.reply import BUTTONS, OPTIONS, Item

VERSION = "im1"
"""Starts every id; raised when old ids could be misread, so that older buttons say that they have expired."""

_ID = re.compile(r"im1:(?P<action>[a-z]+)(?::(?P<first>[a-z0-9-]*))?(?::(?P<second>[A-Za-z0-9_-]*))?")

MOST_CARRIED = 60
"""Bytes of a text that an id can carry: 80 of its 100 characters, as base64."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for: an action, mostly an entry's id, and what more the action needs."""

    action: str
    first: str = ""
    second: str = ""

    @classmethod
    def read(cls, custom_id: str) -> Self | None:
        """Return what an id says, or None for one of another version or another bot."""
        match = _ID.fullmatch(custom_id)
        return cls(match["action"], match["first"] or "", match["second"] or "") if match else None

    def __str__(self) -> str:
        return ":".join((VERSION, self.action, self.first, self.second)).rstrip(":")


def carried(text: str) -> str:
    """Return a text, cut to what an id can carry, in the letters that an id may have."""
    kept = text.encode()[:MOST_CARRIED].decode(errors="ignore")
    return urlsafe_b64encode(kept.encode()).decode().rstrip("=")


def uncarried(text: str) -> str:
    """Return the text that an id carries; empty for one that is damaged."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return ""


def button(label: str, press: Press, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary, on: bool = True) -> Item:
    """Return a button that carries this press; `on` false shows it greyed."""
    return discord.ui.Button(label=label, style=style, custom_id=str(press), disabled=not on)


def open_buttons(entries: Iterable[Entry], labels: Mapping[str, str] | None = None) -> tuple[Item, ...]:
    """Return a row of buttons that each open an entry."""
    labels = labels or {}
    return tuple(button(labels.get(e.id, e.name), Press("open", e.id)) for e in list(entries)[:BUTTONS])


def open_select(entries: Iterable[Entry], placeholder: str) -> tuple[Item, ...]:
    """Return a select that opens the entry picked; at most 25."""
    options = [discord.SelectOption(label=e.name, value=e.id, description=e.short) for e in list(entries)[:OPTIONS]]
    select: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=str(Press("pick")), placeholder=placeholder, options=options
    )
    return (select,) if options else ()


def share_row(entry_id: str, tab: str, lang: Language, *, share: bool, keep: bool) -> tuple[Item, ...]:
    """Return Share and Keep, as far as they make sense where the answer stands, and Report a mistake."""
    _ = lang.gettext
    row = []
    if share:
        row.append(button(_("Share here"), Press("share", entry_id, tab)))
    if keep:
        row.append(button(_("Keep a copy"), Press("keep", entry_id, tab)))
    row.append(button(_("Report a mistake"), Press("report", entry_id)))
    return tuple(row)
