"""Ask whoever wants very much in a short time to wait; never before help in danger."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from discord.app_commands import Cooldown

from bot.interactions.custom_id import decode_text, split
from bot.interactions.request import Request
from bot.interactions.text import texts_in
from bot.knowledge.kinds import Kind, is_urgent
from bot.language import _, ngettext

ANSWERS = 30
SECONDS = 60
"""So many answers one person may have in so many seconds: one every two seconds, for a whole minute."""

MOST = 10_000
"""People remembered at once; beyond that, those who began longest ago begin anew."""


class RateLimit:
    """How many answers each person had of late. In memory; expired counts are dropped on anyone's next request."""

    clock: Callable[[], float] | None = None
    """tells the time where Discord's can't be gone by, as on the page to try the bot on, whose time stands still"""

    def __init__(self) -> None:
        self._people: OrderedDict[int, Cooldown] = OrderedDict()  # in the order in which their minutes began

    def __len__(self) -> int:
        return len(self._people)

    def take(self, user_id: int, now: float) -> float:
        """Count an answer, and return the seconds to wait where it is one too many, else 0."""
        now = self.clock() if self.clock else now
        cooldown = self._people.get(user_id)
        if cooldown is None or cooldown.get_tokens(now) == ANSWERS:
            self._people.pop(user_id, None)
            cooldown = self._people[user_id] = Cooldown(ANSWERS, SECONDS)
        left = cooldown.update_rate_limit(now) or 0.0
        while len(self._people) > MOST or next(iter(self._people.values())).get_tokens(now) == ANSWERS:
            self._people.popitem(last=False)
        return left


def too_many(request: Request, limit: RateLimit) -> str:
    """Count an answer, and return what its asker is told where they have to wait for it; else an empty text.

    The time is the one at which Discord says it was asked. Moderators are never held up.
    """
    if request.is_moderator:
        return ""
    left = limit.take(request.user_id, request.interaction.created_at.timestamp())
    if not left or _in_danger(request):
        return ""
    seconds = max(1, round(left))
    text = ngettext(
        "You have asked me a lot in a short time. In {n} second I can answer you again.",
        "You have asked me a lot in a short time. In {n} seconds I can answer you again.",
        seconds,
    )
    return text + " " + _("If this is about how you feel right now, call your care team or your local emergency number.")


def _in_danger(request: Request) -> bool:
    """Say whether this asks for help in danger: by its words, or by an urgent entry or the list of them."""
    index, entries = request.snapshot.index, request.snapshot.entries
    return any(
        text == Kind.SYMPTOM.value
        or index.danger(text)
        or any(i in entries and is_urgent(entries[i]) for i in (text, *index.exact(text)))
        for text in _asked(request.data)
    )


def _asked(data: dict[str, Any]) -> Iterator[str]:
    """Yield every text that a command or a press brings."""
    if (found := split(str(data.get("custom_id", "")))) is not None:
        for part in found[1]:
            yield from (part, decode_text(part))
        yield from data.get("values", ())
    yield from _typed(data.get("options", ()))
    for message in data.get("resolved", {}).get("messages", {}).values():
        yield "\n".join(texts_in(message))


def _typed(options: Any) -> Iterator[str]:
    for option in options:
        if isinstance(value := option.get("value"), str):
            yield value
        yield from _typed(option.get("options", ()))
