"""Which changes a second moderator has to agree to: what lowers an urgency or changes a helpline, always."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.knowledge.helplines import FILE
from bot.knowledge.kinds import Urgency
from bot.knowledge.reviewed import NOT_MEDICAL, OWN
from bot.knowledge.rewrite import value_of, values_of
from bot.strict_yaml import Problem

TwoPerson = Literal["off", "medical", "all"]

_RANKS = {urgency.value: rank for rank, urgency in enumerate(Urgency)}
_NEVER = len(_RANKS)


@dataclass(frozen=True, slots=True)
class Change:
    """One file's text before and after."""

    before: str | None
    after: str | None
    """None takes away a file that did not come with the bot"""


class NeedsTwoError(Exception):
    """A second moderator has to agree to this; holds what publishing was asked for."""

    def __init__(self, changes: Mapping[str, Change], why: str, action: Any, checked: bool | None) -> None:
        self.changes, self.why, self.action, self.checked = changes, why, action, checked
        super().__init__(", ".join(changes))


def needs_two(changes: Mapping[str, Change], rule: TwoPerson) -> bool:
    """Say whether a second moderator has to agree to changes, by the rule that the settings have."""
    return any(
        change.before != change.after
        and (
            file == FILE
            or _lowers(change)
            or (rule != "off" and _differs(change, NOT_MEDICAL if rule == "medical" else OWN))
        )
        for file, change in changes.items()
    )


def forged(changes: Mapping[str, Change]) -> list[Problem]:
    """Return what is wrong with signatures that nobody gave: a file is published with none but those that it has."""
    what, todo = "`reviewed_by` holds what no clinician signed with `/knowledge review`", "leave it as it was, or delete it"
    found = [(file, (value_of(text, "reviewed_by") or () for text in (c.before, c.after))) for file, c in changes.items()]
    return [Problem(file, 1, what, todo) for file, (before, after) in found if any(each not in before for each in after)]


def _lowers(change: Change) -> bool:
    """Say whether a sign becomes less urgent, or is no longer named: an entry's own, or one that it lists."""
    before, after = _signs(change.before), _signs(change.after)
    return any(rank < after.get(sign, _NEVER) for sign, rank in before.items())


def _signs(text: str | None) -> dict[str, int]:
    """Return how urgent a file says that signs are, itself under no name; the less, the more urgent."""
    values = values_of(text)
    found = {"": _RANKS[values["urgency"]]} if values.get("urgency") in _RANKS else {}
    calls = values.get("call_now")
    for urgency, signs in calls.items() if isinstance(calls, dict) else ():
        for sign in signs if isinstance(signs, tuple) else ():
            found[next(iter(sign), "") if isinstance(sign, dict) else str(sign)] = _RANKS.get(urgency, _NEVER)
    return found


def _differs(change: Change, but: Collection[str]) -> bool:
    """Say whether anything but these keys changes."""
    before, after = values_of(change.before), values_of(change.after)
    return any(before.get(key) != after.get(key) for key in (before.keys() | after.keys()) - set(but))
