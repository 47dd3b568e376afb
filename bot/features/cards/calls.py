"""Whom to call, and for which signs: the same words on every card."""

from collections.abc import Iterable, Mapping, Sequence

from bot.knowledge.kinds import Entry, Note, Symptom, Urgency
from bot.knowledge.library import Snapshot
from bot.knowledge.signs import Shown, signs_of
from bot.language import _


def call_line(urgency: Urgency) -> str:
    """Return what to do about a sign of this urgency."""
    return {
        Urgency.EMERGENCY: _("Call your local emergency number now."),
        Urgency.NOW: _("Call your care team now, day or night."),
        Urgency.TODAY: _("Tell your care team today; call now if it gets worse."),
    }[urgency]


def cannot_reach() -> str:
    """Return where to go when nobody of the team can be reached."""
    return _("Can't reach them, or no team: go to an emergency department.")


def when_to_call(snapshot: Snapshot, entry: Entry) -> str:
    """Return all signs to call about, the most urgent first; nothing where an entry has none."""
    found = signs_of(snapshot, entry)
    signs = {urgency: _noted(shown) for urgency, shown in found.items() if shown}
    said = listed_signs(signs)
    if any(sign.note is Note.SAFETY_CARD for shown in found.values() for sign in shown):
        said += "\n" + _("Show your wallet card.")
    return f"{said}\n{cannot_reach()}" if signs.keys() & {Urgency.NOW, Urgency.TODAY} else said


def _noted(signs: Sequence[Shown]) -> list[str]:
    """Return signs with their notes; those that share one stand together before it, after all that have none.

    A note that led them could be read as if it limited them: "at the clinic, tell the nurse at once: trouble breathing".
    """
    together: dict[Note | str, list[str]] = {}
    for sign in signs:
        note = sign.note if sign.note is not Note.SAFETY_CARD else None  # that is said once, below
        together.setdefault(note or sign.symptom.id, []).append(short_sign(sign.symptom, any_counts=note is Note.ANY_COUNTS))
    plain = [name for key, names in together.items() if not isinstance(key, Note) for name in names]
    return [*plain, *(_with_note(names, key) for key, names in together.items() if isinstance(key, Note))]


def _with_note(names: Sequence[str], note: Note) -> str:
    """Return signs with their note, so that nobody takes it for a note of the last one alone."""
    said = _(note.called) if len(names) == 1 else _("all of these: {note}").format(note=_(note.called))
    return f"{', '.join(names)} ({said})"


def short_sign(symptom: Symptom, *, any_counts: bool = False) -> str:
    """Return a sign as it stands among others: in its fewest words, with its measure where it has one and that counts."""
    name = symptom.name[0].lower() + symptom.name[1:]
    said = symptom.brief or (symptom.sign if any(letter.isdigit() for letter in symptom.sign) else name)
    return name if any_counts and any(letter.isdigit() for letter in said) else said


def listed_signs(signs: Mapping[Urgency, Iterable[str]], *, also: bool = False) -> str:
    """Return signs behind whom to call for them, a line for each urgency; `also` says that they come on top of another."""
    titles = {
        Urgency.EMERGENCY: _("Call your local emergency number now for:"),
        Urgency.NOW: _("Call your team now, day or night, for:"),
        Urgency.TODAY: _("Tell your team today about:"),
    }
    if also:
        titles = {
            Urgency.EMERGENCY: _("Call your local emergency number now if you also have:"),
            Urgency.NOW: _("Call your team now, day or night, if you also have:"),
        }
    return "\n".join(f"**{titles[urgency]}** {'; '.join(signs[urgency])}." for urgency in Urgency if urgency in signs)
