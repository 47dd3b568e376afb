"""The one clamp that keeps a message within Discord's limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.interactions.custom_id import in_language
from bot.interactions.message import Button, Embed, Field, Item, Message, Option, Select
from bot.language import LANGUAGES, own_name, spoken

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
FORM_TITLE: Final = 45
FORM_LABEL: Final = 45
FORM_HINT: Final = 100
FORM_INPUT: Final = 4000


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


def clamp(message: Message) -> Message:
    """Return the message with everything within the limits; what is too long is cut, what is empty or too many goes."""
    left = ALL_EMBEDS
    embeds = []
    for embed in message.embeds[:EMBEDS]:
        fitted, used = _clamp_embed(embed, left)
        if used:
            embeds.append(fitted)
            left -= used
    rows = _clamp_rows(_with_languages(message))
    return replace(message, content=fit(message.content, CONTENT), embeds=tuple(embeds), rows=rows)


def _with_languages(message: Message) -> Sequence[Sequence[Item]]:
    """Return a message's rows with the other languages a press away, in the last row of buttons where that has room."""
    if not message.again:
        return message.rows
    others = [Button(own_name(code), in_language(message.again, code)) for code in LANGUAGES if code != spoken().code]
    *rows, last = message.rows or ((),)
    if any(isinstance(item, Select) for item in last) or len(last) + len(others) > BUTTONS:
        return *rows, last, others
    return *rows, (*last, *others)


def _clamp_rows(rows: Sequence[Sequence[Item]]) -> tuple[tuple[Item, ...], ...]:
    """Return at most five rows of at most five items; Discord refuses an id that stands in a message twice."""
    used: set[str] = set()
    kept = []
    for row in rows:
        items: list[Item] = []
        for item in row:
            if item.id not in used and len(items) < BUTTONS:
                used.add(item.id)
                items.append(_clamp_item(item))
        if items:
            kept.append(tuple(items))
    return tuple(kept[:ROWS])


def _clamp_embed(embed: Embed, left: int) -> tuple[Embed, int]:
    """Return an embed cut to its own limits and to what is left of the message's, and the units it uses."""
    used = 0

    def take(text: str, most: int) -> str:
        nonlocal used
        cut = fit(text, min(most, left - used)) if text and left - used > 1 else ""
        used += size(cut)
        return cut

    title, author = take(embed.title, TITLE), take(embed.author, AUTHOR)
    # The footer holds the disclaimer: it has its room before the rest.
    footer, description = take(embed.footer, FOOTER), take(embed.description, DESCRIPTION)
    fields = []
    for each in embed.fields[:FIELDS]:
        before = used
        name, value = take(each.name, FIELD_NAME), take(each.value, FIELD_VALUE)
        if name and value:
            fields.append(Field(name, value, each.inline))
        else:
            used = before
    return Embed(title, description, embed.colour, author, tuple(fields), footer), used


def _clamp_item(item: Item) -> Item:
    if isinstance(item, Button):
        return replace(item, label=fit(item.label or "…", LABEL))
    options = tuple(
        Option(fit(o.label, OPTION), o.value, fit(o.description, OPTION), o.chosen) for o in item.options[:OPTIONS]
    )
    return Select(item.id, fit(item.placeholder, OPTION), options, min(item.most, len(options)))


def choices(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return suggestions (label, value) as Discord takes them: at most 25, each side 1 to 100 units.

    A value that is too long is left out, not cut: cut, it would be another name.
    """
    kept = [(label, value) for label, value in rows if label and value and size(value) <= CHOICE]
    return [(fit(label, CHOICE), value) for label, value in kept[:CHOICES]]
