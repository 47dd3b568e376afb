"""Ask whoever wants very much in a short time to wait; never before help in danger."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import discord
from discord.app_commands import Cooldown

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.moderators import is_moderator
from bot.commands.respond import message
from bot.knowledge.danger import is_urgent
from bot.knowledge.library import Snapshot
from bot.knowledge.model import Topic
from bot.replies.answers import plain
from bot.replies.buttons import Press, uncarried
from bot.replies.card import HELP
from bot.replies.text import texts_in

ANSWERS = 30
SECONDS = 60
"""So many answers one person may have in so many seconds: one every two seconds, for a whole minute."""

MOST = 10_000
"""People remembered at once; beyond that, those who began longest ago begin anew."""

FREE_COMMANDS = frozenset({"disclaimer", "help", "privacy", "settings"})
COUNTED_PRESSES = frozenset(
    {
        "open",
        "pick",
        "tab",
        "search",
        "group",
        "browse",
        "share",
        "sharenow",
        "keep",
        "missing",
        "report",
    },
)
"""Turning a page is an answer like any other. Forms are never held up: what was written would be lost."""


class Cooldowns:
    """How many answers each person had of late. In memory alone, and for a minute at most once somebody else asks."""

    def __init__(self) -> None:
        self._people: OrderedDict[int, Cooldown] = OrderedDict()  # in the order in which their minutes began

    def __len__(self) -> int:
        return len(self._people)

    def take(self, user_id: int, now: float) -> float:
        """Count an answer, and return the seconds to wait where it is one too many, else 0."""
        cooldown = self._people.get(user_id)
        if cooldown is None or cooldown.get_tokens(now) == ANSWERS:
            self._people.pop(user_id, None)
            cooldown = self._people[user_id] = Cooldown(ANSWERS, SECONDS)
        left = cooldown.update_rate_limit(now) or 0.0
        while len(self._people) > MOST or next(iter(self._people.values())).get_tokens(now) == ANSWERS:
            self._people.popitem(last=False)
        return left


async def held_up(interaction: Interaction, cooldowns: Cooldowns) -> bool:
    """Count an answer, and say whether its asker has to wait for it; then they have been told so.

    The time is the one at which Discord says it was asked.
    """
    if not _counts(interaction):
        return False
    left = cooldowns.take(interaction.user.id, interaction.created_at.timestamp())
    if not left or _in_danger(interaction):
        return False
    lang = spoken(interaction)
    _ = lang.gettext
    seconds = max(1, round(left))
    text = lang.ngettext(
        "You have asked me a lot in a short time. In {n} second I can answer you again.",
        "You have asked me a lot in a short time. In {n} seconds I can answer you again.",
        seconds,
    ).format(n=seconds)
    text += " " + _("If this is about how you feel right now, call your care team or your local emergency number.")
    await interaction.response.send_message(**message(plain(text)), ephemeral=True)
    return True


def _counts(interaction: Interaction) -> bool:
    data: dict[str, Any] = dict(interaction.data or {})
    if interaction.type is discord.InteractionType.application_command:
        return data.get("name") not in FREE_COMMANDS and not is_moderator(interaction)
    press = Press.read(str(data.get("custom_id", "")))
    if interaction.type is not discord.InteractionType.component or press is None:
        return False
    return press.action in COUNTED_PRESSES and not is_moderator(interaction)


def _in_danger(interaction: Interaction) -> bool:
    """Say whether this asks for help in danger: by its words, by an urgent entry, or by a page that says when to call."""
    snapshot = deps(interaction).library.current
    return any(_is_danger(text, snapshot) for text in _asked(dict(interaction.data or {})))


def _is_danger(text: str, snapshot: Snapshot) -> bool:
    if snapshot.index.danger(text):
        return True
    ids = (text, *snapshot.index.exact(text))
    return text == Topic.URGENT.value or any(i in snapshot.entries and is_urgent(snapshot.entries[i]) for i in ids)


def _asked(data: dict[str, Any]) -> Iterator[str]:
    """Return every text that a command or a press brings."""
    press = Press.read(str(data.get("custom_id", "")))
    if press is not None:
        yield from (press.first, press.second, uncarried(press.second), *data.get("values", ()))
        if press.action == "tab" and press.second == HELP:
            yield Topic.URGENT.value
    yield from _typed(data.get("options", ()))
    for target in data.get("resolved", {}).get("messages", {}).values():
        yield "\n".join(texts_in(target))


def _typed(options: Any) -> Iterator[str]:
    for option in options:
        if isinstance(value := option.get("value"), str):
            yield value
        yield from _typed(option.get("options", ()))
