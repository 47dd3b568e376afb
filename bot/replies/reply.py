"""A message to send, and the one clamp that keeps it within Discord's limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import discord

# https://docs.discord.com/developers/resources/message#embed-object-embed-limits and .../components/reference
CONTENT: Final = 2000
EMBEDS: Final = 10
TITLE: Final = 256
DESCRIPTION: Final = 4096
FIELDS: Final = 25
FIELD_NAME: Final = 256
FIELD_VALUE: Final = 1024
FOOTER: Final = 2048
AUTHOR: Final = 256
ALL_EMBEDS: Final = 6000
ROWS: Final = 5
BUTTONS: Final = 5
LABEL: Final = 80
OPTIONS: Final = 25
OPTION: Final = 100
CHOICES: Final = 25
CHOICE: Final = 100

Item = discord.ui.Button[Any] | discord.ui.Select[Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A message: text, embeds, and rows of buttons (or one select a row)."""

    content: str = ""
    embeds: tuple[discord.Embed, ...] = ()
    rows: tuple[tuple[Item, ...], ...] = ()

    def view(self) -> discord.ui.View | None:
        """Return the rows as a view that discord.py doesn't keep: presses are answered by what their ids say."""
        if not any(self.rows):
            return None
        view = discord.ui.View(timeout=None)
        for number, row in enumerate(self.rows):
            for item in row:
                item.row = number
                view.add_item(item)
        view.stop()
        return view


def size(text: str) -> int:
    """Return the length of a text as Discord may count it: UTF-16 units, never less than its characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str, most: int) -> str:
    """Cut a text at a word to at most so many units, with an ellipsis where something was cut."""
    if size(text) <= most:
        return text
    kept = text[:most]
    while size(kept) > most - 1:
        kept = kept[: most - 1 - (size(kept) - len(kept))] if size(kept) > len(kept) else kept[: most - 1]
    head, space, _ = kept.rpartition(" ")
    return (head if space and len(head) > most // 2 else kept).rstrip() + "…"


def clamp(reply: Reply) -> Reply:
    """Return the reply with everything within Discord's limits; what is too long is cut, what is empty or too many goes."""
    left = ALL_EMBEDS
    embeds = []
    for embed in reply.embeds[:EMBEDS]:
        fitted, used = _clamp_embed(embed, left)
        if used:
            embeds.append(fitted)
            left -= used
    return replace(reply, content=fit(reply.content, CONTENT), embeds=tuple(embeds), rows=_clamp_rows(reply.rows))


def _clamp_rows(rows: Sequence[Sequence[Item]]) -> tuple[tuple[Item, ...], ...]:
    """Return at most five rows of at most five items; Discord refuses an id that stands in a message twice."""
    used: set[str | None] = set()
    kept = []
    for row in rows:
        items: list[Item] = []
        for item in row:
            if item.custom_id not in used and len(items) < BUTTONS:
                used.add(item.custom_id)
                items.append(_clamp_item(item))
        if items:
            kept.append(tuple(items))
    return tuple(kept[:ROWS])


def _clamp_embed(embed: discord.Embed, left: int) -> tuple[discord.Embed, int]:
    """Return an embed cut to its own limits and to what is left of the message's, and the units it uses."""
    used = 0

    def take(text: str | None, most: int) -> str:
        nonlocal used
        cut = fit(text, min(most, left - used)) if text and left - used > 1 else ""
        used += size(cut)
        return cut

    fitted = discord.Embed(title=take(embed.title, TITLE) or None, url=embed.url, colour=embed.colour)
    if author := take(embed.author.name, AUTHOR):
        fitted.set_author(name=author)
    # The footer holds the disclaimer: it has its room before the rest.
    if footer := take(embed.footer.text, FOOTER):
        fitted.set_footer(text=footer)
    fitted.description = take(embed.description, DESCRIPTION) or None
    for each in embed.fields[:FIELDS]:
        before = used
        name, value = take(each.name, FIELD_NAME), take(each.value, FIELD_VALUE)
        if name and value:
            fitted.add_field(name=name, value=value, inline=bool(each.inline))
        else:
            used = before
    return fitted, used


def _clamp_item(item: Item) -> Item:
    if isinstance(item, discord.ui.Button):
        item.label = fit(item.label or "…", LABEL)
    else:
        item.placeholder = fit(item.placeholder, OPTION) if item.placeholder else None
        options = item.options[:OPTIONS]
        for option in options:
            option.label = fit(option.label, OPTION)
            option.description = fit(option.description, OPTION) if option.description else None
        item.options = options
    return item


def choices(rows: Iterable[tuple[str, str]]) -> list[discord.app_commands.Choice[str]]:
    """Return suggestions (label, value) as Discord takes them: at most 25, each side 1 to 100 units.

    A value that is too long is left out, not cut: cut, it would be another name.
    """
    kept = [(label, value) for label, value in rows if label and value and size(value) <= CHOICE]
    return [discord.app_commands.Choice(name=fit(label, CHOICE), value=value) for label, value in kept[:CHOICES]]
