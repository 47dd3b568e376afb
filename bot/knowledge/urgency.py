"""One sign, one urgency: what entries say of symptoms is checked against the symptoms, and shown as a table."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.knowledge.files import Folder, Read
from bot.knowledge.kinds import Calling, Entry, Medicine, Symptom, Therapy, Urgency
from bot.strict_yaml import Problem

REACTION = ("swelling-of-face-or-tongue", "trouble-breathing")
"""How a severe allergic reaction shows: one of these is an emergency of whatever can cause one."""

_INTO_A_VEIN = re.compile(r"\b(?:drips?|veins?|infus(?:ions?|ed))\b", re.IGNORECASE)
_ALLERGIC = re.compile(r"allerg|anaphyla|hypersensitiv|(?:infusion|injection)[- ]\w*[- ]?reaction", re.IGNORECASE)


def check_urgency(folder: Folder) -> Iterator[Problem]:
    """Find signs whose urgency doesn't fit: of entries, of dangers in boxed warnings, and of symptoms beside each other."""
    symptoms = symptoms_of(read.entry for read in (*folder.entries.values(), *folder.withdrawn.values()))
    for read in folder.entries.values():
        if isinstance(read.entry, Symptom):
            yield from _worse(read, read.entry, symptoms)
        elif isinstance(read.entry, Calling):
            yield from _less_urgent(read, read.entry, symptoms)
            if isinstance(read.entry, Medicine | Therapy):
                yield from _reaction(read, read.entry)
            if isinstance(read.entry, Medicine):
                yield from _boxed(read, read.entry)


def symptoms_of(entries: Iterable[Entry]) -> dict[str, Symptom]:
    """Return the symptoms among entries, by their ids."""
    return {entry.id: entry for entry in entries if isinstance(entry, Symptom)}


def _worse(read: Read, symptom: Symptom, symptoms: Mapping[str, Symptom]) -> Iterator[Problem]:
    for other in symptom.worse:
        if other in symptoms and not symptoms[other].urgency.is_above(symptom.urgency):
            what = f"`{other}` in `worse` is {symptoms[other].urgency}, and this is {symptom.urgency}"
            yield read.problem("worse", other, what, "name there what is more urgent than this, or delete it")


def _less_urgent(read: Read, entry: Calling, symptoms: Mapping[str, Symptom]) -> Iterator[Problem]:
    excepted = {each.id: each for each in entry.less_urgent}
    lower = {
        sign: urgency
        for sign, urgency in entry.call_now.urgencies().items()
        if sign in symptoms and symptoms[sign].urgency.is_above(urgency)
    }
    for sign, urgency in lower.items():
        if sign not in excepted:
            own = symptoms[sign].urgency
            what = f"`{sign}` stands under `{urgency}` here, and its own entry says {own}"
            todo = f"move it to `{own}`, or say why under `less_urgent`: {{id: {sign}, why: ..., source: ...}}"
            yield read.problem("call_now", sign, what, todo)
    for at, each in enumerate(entry.less_urgent):
        if each.id in symptoms and each.id not in lower:
            what = f"`less_urgent` names `{each.id}`, which `call_now` doesn't make less urgent than its own entry does"
            yield read.problem("less_urgent", each.id, what, "delete it there")
        if each.id in [before.id for before in entry.less_urgent[:at]]:
            yield read.problem("less_urgent", each.id, f"`less_urgent` names `{each.id}` twice", "keep one of them")
        if each.source not in [source.url for source in entry.sources]:
            what = f"the source of `{each.id}` under `less_urgent` is none of the entry's sources"
            yield read.problem("less_urgent", each.source, what, "add that page to `sources`, or write one of theirs")


def _reaction(read: Read, entry: Medicine | Therapy) -> Iterator[Problem]:
    if any(entry.call_now.urgencies().get(sign) is Urgency.EMERGENCY for sign in REACTION):
        return
    todo = f"write `{REACTION[0]}` or `{REACTION[1]}` under `emergency` in `call_now`"
    if _INTO_A_VEIN.search(entry.given):
        what = "this is given into a vein, and `call_now` has no sign of a severe allergic reaction as an emergency"
        yield read.problem("call_now", None, what, todo)
    for danger in entry.boxed if isinstance(entry, Medicine) else ():
        if _ALLERGIC.search(danger.danger):
            what = f"`{danger.danger}` is in the boxed warning, and `call_now` has no sign of it as an emergency"
            yield read.problem("boxed", danger.danger, what, todo)


def _boxed(read: Read, entry: Medicine) -> Iterator[Problem]:
    named = entry.call_now.urgencies()
    for danger in entry.boxed:
        if danger.signs and not any(sign in named for sign in danger.signs):
            what = f"no sign of `{danger.danger}` under `boxed` stands in `call_now`"
            todo = f"add one of {', '.join(danger.signs)} to `call_now`"
            yield read.problem("boxed", danger.danger, what, todo)


def table(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return how urgent each symptom is, and how urgent each treatment makes it, with the note that it has there."""
    known = list(entries)
    treatments = sorted((e for e in known if isinstance(e, Medicine | Therapy)), key=lambda e: (e.kind, e.id))
    return {
        "symptoms": {i: symptom.urgency.value for i, symptom in sorted(symptoms_of(known).items())},
        "treatments": {
            entry.id: {
                "kind": entry.kind.value,
                "signs": {
                    sign.id: {"urgency": urgency.value} | ({"note": sign.note.value} if sign.note else {})
                    for urgency in Urgency
                    for sign in entry.call_now.of(urgency)
                },
            }
            for entry in treatments
        },
    }


def lines_of(made: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table, symptoms x treatments, cells between tabs: E, N or T for emergency, now or today."""
    treatments = made["treatments"]
    yield "\t".join(("symptom", "own", *treatments))
    for symptom, own in made["symptoms"].items():
        found = (each["signs"].get(symptom, {}).get("urgency", "") for each in treatments.values())
        yield "\t".join((symptom, *(urgency[:1].upper() for urgency in (own, *found))))
