"""What a clinician signed: the medical text of an entry in one language, and of the symptoms that it names.

A signature holds the hash of what was seen. Once any of that says something else, the signature is no longer shown.
"""

import hashlib
from collections.abc import Iterator

from bot.knowledge.kinds import Entry, Reviewed, Symptom
from bot.knowledge.kinds.base import DIGEST, ENGLISH_HASH, LinksTo, marked, targets
from bot.knowledge.library import Snapshot

OWN = ("checked", "reviewed_by", "withdrawn", "based_on", ENGLISH_HASH)
"""Keys that are the bot's own to write."""

NOT_MEDICAL = frozenset(("also", "say", "related", "shares_name", "sources", "disclaimers", *OWN))
"""Keys of which nobody's health hangs: names, links, the bot's own notes."""


def linked_symptoms(snapshot: Snapshot, entry: Entry, code: str) -> Iterator[Symptom]:
    """Yield the symptoms that an entry names, each once, in this language."""
    named = (i for name in marked(type(entry), LinksTo) for i in targets(getattr(entry, name)))
    for entry_id in dict.fromkeys(named):
        found = snapshot.entry(entry_id, code, or_withdrawn=True)
        if isinstance(found, Symptom) and entry_id not in entry.related:
            yield found


def text_signed(snapshot: Snapshot, entry_id: str, code: str) -> str:
    """Return the hash of what a clinician sees of an entry in a language; nothing where there is no such entry."""
    entry = snapshot.entry(entry_id, code, or_withdrawn=True)
    if entry is None:
        return ""
    seen = [
        (each.id, name, getattr(each, name))
        for each in (entry, *linked_symptoms(snapshot, entry, code))
        for name in type(each).model_fields
        if name not in NOT_MEDICAL and getattr(each, name)
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:DIGEST]


def review_of(snapshot: Snapshot, entry: Entry, code: str) -> Reviewed | None:
    """Return who reviewed an entry as it is now, in this language; None where nobody did."""
    found = [each for each in entry.reviewed_by if each.language == code]
    return next((each for each in found if each.text == text_signed(snapshot, entry.id, code)), None)
