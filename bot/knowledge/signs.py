"""The signs of an entry as a reader sees them, and what other entries say of a symptom: nothing of it is written twice."""

from dataclasses import dataclass

from bot.knowledge.kinds import Calling, Entry, LessUrgent, Note, Symptom, Urgency
from bot.knowledge.library import Snapshot


@dataclass(frozen=True, slots=True)
class Shown:
    """A sign of an entry: the symptom, in the reader's language as far as it is translated, and what else is said of it."""

    symptom: Symptom
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An entry that makes a symptom more or less urgent than the symptom's own entry does."""

    entry: Entry
    urgency: Urgency
    note: Note | None = None
    why: LessUrgent | None = None
    """of what is less urgent: why, and by which source"""


def signs_of(snapshot: Snapshot, entry: Entry, language: str = "") -> dict[Urgency, tuple[Shown, ...]]:
    """Return the signs to call about by their urgency, the most urgent first, each list in the order of the file.

    Every urgency has a list, empty where an entry has no such sign. A symptom that was taken down is still a sign: a list of
    signs must not lose one while the text on it is mended.
    """
    calls = entry.call_now if isinstance(entry, Calling) else None
    found: dict[Urgency, tuple[Shown, ...]] = {}
    for urgency in Urgency:
        signs = ((symptom_of(snapshot, sign.id, language), sign.note) for sign in (calls.of(urgency) if calls else ()))
        found[urgency] = tuple(Shown(symptom, note) for symptom, note in signs if symptom)
    return found


def symptom_of(snapshot: Snapshot, symptom_id: str, language: str = "") -> Symptom | None:
    """Return a symptom as far as it is translated, also one taken down; None where there is none."""
    found = snapshot.entry(symptom_id, language, or_withdrawn=True)
    return found if isinstance(found, Symptom) else None


def makes_worse(snapshot: Snapshot, symptom: Symptom, language: str = "") -> tuple[Symptom, ...]:
    """Return the symptoms with which this one is as urgent as they are, the most urgent first."""
    found = [other for i in symptom.worse if (other := symptom_of(snapshot, i, language))]
    return tuple(sorted(found, key=lambda other: list(Urgency).index(other.urgency)))


def more_urgent_in(snapshot: Snapshot, symptom: Symptom, language: str = "") -> tuple[Elsewhere, ...]:
    """Return the entries that list a symptom as more urgent than it is by itself, the most urgent first, then by name."""
    return tuple(each for each in _elsewhere(snapshot, symptom.id, language) if each.urgency.is_above(symptom.urgency))


def less_urgent_in(snapshot: Snapshot, symptom: Symptom, language: str = "") -> tuple[Elsewhere, ...]:
    """Return the entries that list a symptom as less urgent than it is by itself, with why, by urgency and name."""
    return tuple(each for each in _elsewhere(snapshot, symptom.id, language) if symptom.urgency.is_above(each.urgency))


def _elsewhere(snapshot: Snapshot, symptom_id: str, language: str) -> list[Elsewhere]:
    """Return what all entries say of a symptom, the most urgent first, then by name."""
    found, ranks = [], list(Urgency)
    for entry in snapshot.entries.values():
        urgency = entry.call_now.urgencies().get(symptom_id) if isinstance(entry, Calling) else None
        if urgency and (shown := snapshot.entry(entry.id, language)) and isinstance(shown, Calling):
            note = next(sign.note for sign in shown.call_now.of(urgency) if sign.id == symptom_id)
            why = next((each for each in shown.less_urgent if each.id == symptom_id), None)
            found.append(Elsewhere(shown, urgency, note, why))
    return sorted(found, key=lambda each: (ranks.index(each.urgency), each.entry.name.casefold(), each.entry.id))
