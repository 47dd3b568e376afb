"""One sign, one urgency: what the shipped entries say on when to call is never less urgent, and nobody is told to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.knowledge.kinds import Entry, Medicine, Term, Therapy, Topic
from bot.knowledge.library import Snapshot, build

KNOWLEDGE = Path(__file__).parent.parent / "knowledge"

FEVER = "Fever of 38 °C (100.4 °F) or more, or the temperature your team named: call your team now, day or night."
FIEBRE = (
    "Fiebre de 38 °C (100.4 °F) o más, o la temperatura que indicó su equipo: llame a su equipo ahora, de día o de noche."
)

TO_TEAM = re.compile(
    r"(?:contact|call|tell|ask|get)\b[^.:;]*\b(?:team|center|centre|doctor|nurse|staff|help right away)\b", re.IGNORECASE
)
TO_EMERGENCY = re.compile(r"emergency|crisis line|tell the (?:nurse|staff)|tell staff|your team also knows", re.IGNORECASE)
DURING = re.compile(r"during (?:or after )?(?:an|the|your) (?:infusion|drip|treatment)", re.IGNORECASE)

EMERGENCIES = {
    "chest pain": r"chest (?:pain|discomfort|pressure|tightness)|pain in (?:the|your) chest|tight chest",
    "trouble breathing": r"(?:trouble|difficulty|hard|harder) breathing|short(?:ness)? of breath|short breath|breathless(?!ness on effort)",
    "confusion": r"\bconfus",
    "trouble speaking": r"trouble (?:speaking|finding words|talking)|slurred",
    "seizure": r"\bseizures?\b|\bfits\b",
    "fainting": r"\bfaint(?:ing|ed)\b|pass(?:ed|ing) out",
    "unresponsive": r"unresponsive|hard to wake|cannot be woken",
    "sudden weakness": r"sudden (?:weakness|numbness)|new weakness|weak(?:ness)? (?:on|of|in) one|drooping face",
    "cord compression": r"weak(?:ness in)?(?: or numb)? legs|numb(?: or weak)? legs|bladder or bowel",
    "blistering rash": r"blister(?:s|ing)?[^.:;]{0,20}peel|peeling skin",
    "swelling of face or throat": r"swoll?en (?:face|lips|tongue|throat)|swelling of (?:the |your )?(?:face|lips|tongue|throat)",
    "coughing or vomiting blood": r"cough(?:ing)?(?: up)? blood|vomit(?:ing)? blood",
    "black stools": r"black[^.:;]{0,20}stools?|tarry stools?",
    "heavy bleeding": r"heavy bleeding|bleeding that (?:does|will) not stop|very bloody",
    "severe belly pain": r"(?:severe|strong|sudden)[^.:;,]{0,20}(?:belly|stomach|abdominal) pain",
    "severe headache": r"(?:severe|sudden)[^.:;,]{0,12}headache|stiff neck",
    "loss of sight": r"loss of sight|lose your sight|double (?:vision|sight)",
    "trouble swallowing": r"trouble swallowing",
    "no urine": r"(?:cannot|can't|unable to) (?:pass urine|urinate|pee)",
    "self-harm": r"self-harm|hurting yourself|suicid|harm(?:ing)? yourself",
}
WAITING = re.compile(
    r"that (?:lasts?|stays?|keeps?|does not|do not|did not|doesn't|won't|will not)\b|do(?:es)? not (?:settle|go away|get better)"
    r"|more than (?:two|three|four|five|\d+) (?:loose|stools|days|hours)|for (?:more|longer) than|if (?:it|they) (?:last|stay)",
    re.IGNORECASE,
)
FEVER_TO_TEAM = re.compile(r"(?:A )?fever\b.*(?:team|center)", re.IGNORECASE)
SEVERE = re.compile(r"emergency|(?:vomiting|bleeding) that (?:does|will) not stop", re.IGNORECASE)
NOTHING_TO_CALL = re.compile(
    r"use the (?:number|temperature|limit)|if (?:you have|they named|there is) none, call", re.IGNORECASE
)
BY_NEEDLE = re.compile(r"\b(?:infusion|drip|inject|shot|vein|under the skin|needle)", re.IGNORECASE)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build([KNOWLEDGE])


def is_urgent(entry: Entry) -> bool:
    return isinstance(entry, Term) and entry.topic is Topic.URGENT


def texts(entry: Entry) -> Iterator[str]:
    """Every sentence of an entry, its lists' lines as they stand."""
    yield from entry.call_now
    for field in ("side_effects", "ask"):
        yield from getattr(entry, field, ())
    for field in ("notice", "short", "more", "given", "how_it_works", "immunotherapy"):
        yield from re.split(r"(?<=[.!?])\s+", getattr(entry, field, ""))


def less_urgent(line: str) -> list[str]:
    """The emergency signs that a line sends to anyone but the emergency number."""
    if not TO_TEAM.search(line) or TO_EMERGENCY.search(line) or DURING.search(line):
        return []
    signs = TO_TEAM.sub("", line)
    return [sign for sign, pattern in EMERGENCIES.items() if re.search(pattern, signs, re.IGNORECASE)]


def test_no_emergency_sign_is_sent_to_the_team(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}: {line} ({', '.join(signs)})"
        for entry in snapshot.entries.values()
        for line in texts(entry)
        if (signs := less_urgent(line))
    ]
    assert found == []


def test_who_has_a_fever_is_told_to_call_whatever_number_they_were_given(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}: {line}"
        for entry in snapshot.entries.values()
        for line in texts(entry)
        if NOTHING_TO_CALL.search(line)
        or (line in entry.call_now and FEVER_TO_TEAM.match(line) and not TO_EMERGENCY.search(line) and line != FEVER)
    ]
    assert found == []


def test_nobody_is_told_to_wait(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}: {line}"
        for entry in snapshot.entries.values()
        for line in entry.call_now
        if WAITING.search(line) and (TO_TEAM.search(line) or is_urgent(entry)) and not SEVERE.search(line)
    ]
    assert found == []


def test_emergencies_come_before_everything_else(snapshot: Snapshot) -> None:
    """In the urgent entries the lines are steps, in the order in which they are done."""
    found = []
    for entry in snapshot.entries.values():
        is_emergency = ["emergency" in line.lower() or "crisis line" in line for line in entry.call_now]
        if not is_urgent(entry) and is_emergency != sorted(is_emergency, reverse=True):
            found.append(f"{entry.folder}/{entry.id}")
    assert found == []


def test_what_is_given_by_needle_has_an_emergency_line(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}"
        for entry in snapshot.entries.values()
        if isinstance(entry, Medicine | Therapy)
        and BY_NEEDLE.search(entry.given)
        and not any("emergency" in line for line in entry.call_now)
    ]
    assert found == []


def test_spanish_says_the_same(snapshot: Snapshot) -> None:
    for entry_id, translation in snapshot.translations["es"].items():
        english = snapshot.entries[entry_id]
        lines = translation.get("call_now", ())
        assert not lines or (FEVER in english.call_now) == (FIEBRE in lines), entry_id
        for line in (*lines, translation.get("more", ""), translation.get("short", "")):
            assert not re.search(r"conduzca usted|heces sueltas|use el número|con desmayo o falta", line, re.IGNORECASE), (
                line
            )


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("Chest pain or a cough: contact your care team now.", ["chest pain"]),
        ("Confusion, numbness or tingling: contact your care team now.", ["confusion"]),
        ("A rash, or blistering or peeling skin: contact your care team now.", ["blistering rash"]),
        ("Chest pain: call your local emergency number.", []),
        ("A cough: contact your care team now.", []),
    ],
)
def test_the_rule_itself(line: str, signs: list[str]) -> None:
    assert less_urgent(line) == signs
