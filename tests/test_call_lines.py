"""One sign, one urgency: no text of the shipped entries makes a sign less urgent than it is, and nobody is told to wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.features.cards.calls import call_line, when_to_call
from bot.features.cards.card import DETAILS, CardContext
from bot.features.cards.kinds import card
from bot.features.cards.parts import inert
from bot.knowledge.kinds import Entry, Kind, Medicine, Note, Symptom, Therapy, Urgency
from bot.knowledge.library import Snapshot, build
from bot.knowledge.names import in_sentence
from bot.knowledge.search import in_sentences
from bot.knowledge.signs import makes_worse, more_urgent_in, symptom_of
from bot.language import _, language, speaking

from .conftest import spoken_in

KNOWLEDGE = Path(__file__).parent.parent / "knowledge"

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
SEVERE = re.compile(r"emergency|(?:vomiting|bleeding) that (?:does|will) not stop", re.IGNORECASE)
NOTHING_TO_CALL = re.compile(
    r"use the (?:number|temperature|limit)|if (?:you have|they named|there is) none, call", re.IGNORECASE
)
BY_NEEDLE = re.compile(r"\b(?:infusion|drip|inject|shot|vein|under the skin|needle)", re.IGNORECASE)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build([KNOWLEDGE])


def texts(entry: Entry) -> Iterator[str]:
    """Every sentence of an entry, its lists' lines as they stand."""
    for field in ("at_once", "side_effects", "ask", "is_not"):
        yield from getattr(entry, field, ())
    paragraphs = ("notice", "short", "more", "given", "how_it_works", "immunotherapy", "can_help", "not_known", "at_home")
    for field in (*paragraphs, "shows", "found_by", "who_treats", "also_used"):
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
    entries = snapshot.entries.values()
    assert [f"{e.folder}/{e.id}: {line}" for e in entries for line in texts(e) if NOTHING_TO_CALL.search(line)] == []
    fever = symptom_of(snapshot, "fever")
    assert fever is not None
    assert fever.urgency is Urgency.NOW
    assert "38 °C (100.4 °F)" in fever.sign


def test_nobody_is_told_to_wait(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}: {line}"
        for entry in snapshot.entries.values()
        for line in texts(entry)
        if WAITING.search(line) and TO_TEAM.search(line) and not SEVERE.search(line)
    ]
    assert found == []


def test_an_emergency_begins_with_the_call_or_with_the_rescue_medicine(snapshot: Snapshot) -> None:
    symptoms = [entry for entry in snapshot.entries.values() if isinstance(entry, Symptom)]
    assert len(symptoms) >= 70
    first = {e.id: e.at_once[0] for e in symptoms if e.urgency is Urgency.EMERGENCY}
    assert {i: step for i, step in first.items() if not re.search(r"emergency number|\bpen\b|injection", step)} == {}


def test_what_is_given_by_needle_has_an_emergency_sign(snapshot: Snapshot) -> None:
    found = [
        f"{entry.folder}/{entry.id}"
        for entry in snapshot.entries.values()
        if isinstance(entry, Medicine | Therapy) and BY_NEEDLE.search(entry.given) and not entry.call_now.emergency
    ]
    assert found == []


def test_spanish_has_no_dangerous_words(snapshot: Snapshot) -> None:
    for translation in snapshot.translations["es"].values():
        for line in (*translation.get("at_once", ()), translation.get("more", ""), translation.get("short", "")):
            wrong = re.search(
                r"conduzca usted|heces sueltas|use el número|con desmayo o falta|\bespere\b", line, re.IGNORECASE
            )
            assert not wrong, line


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


@pytest.mark.parametrize("code", ["en", "es"])
def test_whom_to_call_is_never_behind_a_button_where_more_is(snapshot: Snapshot, code: str) -> None:
    for entry_id, entry in snapshot.entries.items():
        if entry.kind not in (Kind.CONDITION, Kind.TERM):
            continue
        first = spoken_in(language(code), card, snapshot, entry_id, CardContext())
        details = spoken_in(language(code), card, snapshot, entry_id, CardContext(), DETAILS)
        assert first
        assert details
        more = inert(snapshot.entry(entry_id, code)).more
        for sentence in in_sentences(more):
            shown = sentence in first.embeds[0].description
            if re.search(r"emergency|care team|day or night|emergencias|equipo médico|de día o de noche", sentence):
                assert shown, (entry_id, sentence)
            assert shown or sentence in details.embeds[0].description, (entry_id, sentence)


@pytest.mark.parametrize("code", ["en", "es"])
def test_no_note_stands_before_the_signs_as_if_it_limited_them(shipped: Snapshot, code: str) -> None:
    with speaking(language(code)):
        notes = [_(note.called) for note in Note]
        shown = {i: when_to_call(shipped, entry) for i in shipped.entries if (entry := shipped.entry(i))}
        assert {i for i, text in shown.items() if any(f"{note}:" in text for note in notes)} == set()
        assert any(f"({note})" in text for text in shown.values() for note in notes)


@pytest.mark.parametrize("code", ["en", "es"])
def test_what_makes_a_sign_an_emergency_stands_on_its_first_page(shipped: Snapshot, code: str) -> None:
    lacking = []
    with speaking(language(code)):
        said = _("Emergency number at once if also: {signs}.").split("{")[0]
        for entry in map(shipped.entry, shipped.entries):
            assert entry is not None
            if isinstance(entry, Symptom) and entry.urgency is Urgency.NOW:
                worse = [each for each in makes_worse(shipped, entry) if each.urgency is Urgency.EMERGENCY]
                message = card(shipped, entry.id, CardContext())
                assert message is not None
                if worse and said not in message.embeds[0].description:
                    lacking.append(entry.id)
    assert lacking == []


@pytest.mark.parametrize("code", ["en", "es"])
def test_on_which_treatments_a_sign_is_an_emergency_stands_on_its_first_page(shipped: Snapshot, code: str) -> None:
    """However long that line is in a language, it isn't left out for want of room."""
    lacking = []
    with speaking(language(code)):
        emergency = in_sentence(call_line(Urgency.EMERGENCY))
        for entry in [e for e in shipped.entries.values() if isinstance(e, Symptom) and e.urgency is not Urgency.EMERGENCY]:
            found = [e for e in more_urgent_in(shipped, entry) if e.urgency is Urgency.EMERGENCY]
            message = card(shipped, entry.id, CardContext())
            assert message is not None
            on = [e for e in found if isinstance(e.entry, Medicine | Therapy)]
            if on and emergency not in message.embeds[0].description:
                lacking.append(entry.id)
    assert lacking == []


def test_where_any_fever_counts_no_measure_says_otherwise(shipped: Snapshot) -> None:
    with speaking(language("en")):
        said = when_to_call(shipped, shipped.entries["eculizumab"])
    assert "fever (even a mild or short one)" in said
    assert "38" not in said


def test_spanish_readers_see_as_many_steps_of_an_emergency_at_once_as_english_ones(shipped: Snapshot) -> None:
    """What is said in more letters must not push the step that saves a life off the first view."""

    def seen(entry: Symptom, code: str) -> int:
        with speaking(language(code)):
            told = shipped.entry(entry.id)
            assert isinstance(told, Symptom)
            made = card(shipped, entry.id, CardContext())
            return sum(step in str(made and made.embeds[0].description) for step in told.at_once)

    emergencies = [e for e in shipped.entries.values() if isinstance(e, Symptom) and e.urgency is Urgency.EMERGENCY]
    counts = {e.id: (seen(e, "en-US"), seen(e, "es-419")) for e in emergencies}
    assert {i: pair for i, pair in counts.items() if pair[1] < pair[0]} == {}
    assert all(spanish > 1 for _, spanish in counts.values())
