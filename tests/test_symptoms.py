"""A symptom says once how soon to call; what other entries say of it are links, and mistakes have their sentences."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.kinds import BY_FOLDER, Kind, Medicine, Note, Sign, Symptom, Urgency, is_urgent, may_be_urgent
from bot.knowledge.kinds.base import translation_of
from bot.knowledge.rewrite import NotPlainError, rewrite, stamped

from .signs import MEDICINE, SYMPTOMS, problems, snapshot_with, symptom

ONE = "medicines/onemab.yaml"


def test_symptoms_and_links_to_them_are_good(tmp_path: Path) -> None:
    text = (
        f"{MEDICINE}call_now: {{emergency: [trouble-breathing, {{fainting: first-days}}], now: [fever], today: [itching]}}\n"
    )
    assert problems(tmp_path, {ONE: text}) == []
    entry = snapshot_with(tmp_path, {ONE: text}).entries["onemab"]
    assert isinstance(entry, Medicine)
    assert entry.call_now.emergency == (Sign("trouble-breathing"), Sign("fainting", Note.FIRST_DAYS))
    assert entry.call_now.urgencies()["itching"] is Urgency.TODAY


def test_sentences_are_no_signs(tmp_path: Path) -> None:
    assert problems(tmp_path, {ONE: MEDICINE + "call_now: ['Fever: call your team now.']\n"}) == [
        "medicines/onemab.yaml:3: `call_now` is a list of sentences; "
        "write the ids of symptoms instead, in lists under `emergency`, `now` and `today`"
    ]


MISTAKES = {
    "no sign": ("call_now: {}", 3, "`call_now` names no sign; name them under"),
    "empty lists": ("call_now: {emergency: []}", 3, "`call_now` names no sign"),
    "a text": ("call_now: fever", 3, "`call_now` is not a mapping of keys to values"),
    "another urgency": ("call_now:\n  soon: [fever]", 4, "`call_now` has no key `soon`; the keys are emergency, now, today"),
    "no such symptom": ("call_now:\n  now:\n    - fever\n    - fevre", 6, "links to `fevre`, and there is no such entry"),
    "another kind": ("call_now: {now: [melanoma]}", 3, "`melanoma` in `call_now` is a condition; link to a symptom there"),
    "no id": ("call_now: {now: [A fever]}", 3, "`A fever` in `now` is no id"),
    "no note": ("call_now:\n  now:\n    - fever: any", 5, "`any` in `now` is no note; write one of any-counts, months-later"),
    "two notes": ("call_now: {now: [{fever: any-counts, cough: any-counts}]}", 3, "what stands in `now` is no sign; write the id"),
    "a sign twice": ("call_now:\n  now: [fever]\n  emergency:\n    - fainting\n    - fever", 4, "the sign `fever` stands in `call_now` twice"),
    "a noted sign twice": ("call_now: {now: [fever, {fever: any-counts}]}", 3, "the sign `fever` stands in `call_now` twice"),
    "too many": (f"call_now: {{now: [{', '.join(f'a{n}' for n in range(49))}]}}", 3, "`now` has 49 values, and 48 is the most"),
    "too many in all": (
        f"call_now: {{now: [{', '.join(f'a{n}' for n in range(25))}], today: [{', '.join(f'b{n}' for n in range(25))}]}}",
        3, "`call_now` names 50 signs, and 48 is the most",
    ),
    "a danger without a sign": ("boxed: [{danger: Liver damage}]", 3, "the danger `Liver damage` has neither `signs` nor `no_sign`"),
    "a danger with both": ("boxed: [{danger: X, signs: [fever], no_sign: Why.}]", 3, "has neither `signs` nor `no_sign`, or both"),
    "a long danger": (f"boxed: [{{danger: {'a ' * 13}, no_sign: Why.}}]", 3, "`danger` has 13 words, and 12 is the most"),
    "an unknown key of a danger": ("boxed: [{danger: X, sings: [fever]}]", 3, "a danger under `boxed` has no key `sings`; did you mean `signs`"),
    "an exception without why": ("less_urgent: [{id: fever, source: 'https://a.org/x'}]", 3, "an exception under `less_urgent` has no `why`"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_links_has_its_sentence_and_line(tmp_path: Path, mistake: str) -> None:
    lines, line, sentence = MISTAKES[mistake]
    found = problems(tmp_path, {ONE: f"{MEDICINE}{lines}\n"})
    assert any(p.startswith(f"medicines/onemab.yaml:{line}: ") and sentence in p for p in found), found


FEVER = SYMPTOMS["symptoms/fever.yaml"]
OF_SYMPTOMS = {
    "no urgency that there is": (FEVER.replace("urgency: now", "urgency: soon"), 3, "write one of emergency, now, today"),
    "no urgency": (FEVER.replace("urgency: now\n", ""), 1, "a symptom has no `urgency`"),
    "no words": (symptom("Fever", "now", words="a"), 4, "`words` has 1 values, and 6 is the least where `urgency` is now"),
    "few words of an emergency": (symptom("Fever", "emergency", words="a, b, c, d, e, f"), 4, "8 is the least"),
    "many words": (symptom("Fever", "now", words=", ".join(f"w{n}" for n in range(201))), 4, "`words` has 201 values, and 200 is"),
    "a call line": (FEVER + "call_now: [Call.]\n", 7, "a symptom has no key `call_now`"),
    "an emergency without steps": (
        symptom("Fever", "emergency").replace("at_once: [Call your local emergency number now., Sit down.]\n", ""),
        1, "`at_once` has 0 values, and 2 is the least where `urgency` is emergency",
    ),
    "steps that can wait": (symptom("Fever", "today", "at_once: [Rest.]\n"), 6, "there is no `at_once` where `urgency` is today"),
    "many steps": (FEVER + "at_once: [A., B., C., D.]\n", 7, "`at_once` has 4 values, and 3 is the most"),
    "worse than an emergency": (symptom("Fever", "emergency", "worse: [fainting]\n"), 7, "there is no `worse` where `urgency` is emergency"),
    "worse that isn't": (FEVER.replace("[fainting]", "[fainting, cough]"), 6, "`cough` in `worse` is now, and this is now; name there what is more"),
    "a sign that is a sentence": (FEVER.replace("that you feel", "that you feel."), 2, "`sign` ends like a sentence"),
    "a sign with a semicolon": (FEVER.replace("that you feel", "that; you feel"), 2, "`sign` holds a semicolon"),
    "a long sign": (FEVER.replace("that you feel", "a " * 16), 2, "`sign` has 17 words, and 16 is the most"),
    "a long name": (FEVER.replace("name: Fever", "name: A b c d e f g h i"), 1, "`name` has 9 words, and 8 is the most"),
    "many other names": (FEVER + f"also: [{', '.join(f'n{n}' for n in range(13))}]\n", 7, "`also` has 13 values, and 12 is the most"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", OF_SYMPTOMS)
def test_a_mistake_in_a_symptom_has_its_sentence_and_line(tmp_path: Path, mistake: str) -> None:
    text, line, sentence = OF_SYMPTOMS[mistake]
    found = problems(tmp_path, {"symptoms/fever.yaml": text})
    assert any(p.startswith(f"symptoms/fever.yaml:{line}: ") and sentence in p for p in found), found


# ----------------------------------------------------------------------------------------------------------- translations


def test_a_translation_may_need_more_words_for_a_sign(tmp_path: Path) -> None:
    text = f"name: {'a ' * 10}\nsign: {'a ' * 20}\nshort: X.\n"
    assert problems(tmp_path, {"es/symptoms/fainting.yaml": text}) == []
    assert [p.split(": ")[1] for p in problems(tmp_path, {"es/symptoms/fainting.yaml": text.replace(": a", ": a a")})] == [
        "`name` has 11 words, and 10 is the most; say it shorter",
        "`sign` has 21 words, and 20 is the most; say it shorter",
    ]


def test_a_translation_gives_its_own_words_and_as_many_steps(tmp_path: Path) -> None:
    file = "es/symptoms/fainting.yaml"
    good = (
        "name: Desmayo\nsign: un desmayo\nwords: [me desmayé]\nat_once:\n  - Llame al número de emergencias local ahora.\n"
    )
    assert problems(tmp_path, {file: f"{good}  - Siéntese.\n"}) == []
    assert problems(tmp_path, {file: good}) == [
        "es/symptoms/fainting.yaml:4: `at_once` has 1 values here, and 2 in English; translate each of them, in the same order"
    ]
    assert any("a translation has no key `urgency`" in p for p in problems(tmp_path, {file: "urgency: today\n"}))
    assert sorted(translation_of(Symptom).model_fields) == [
        "also", "at_once", "based_on", "brief", "english", "more", "name", "notice", "say", "short", "sign", "words",
    ]  # fmt: skip


BOXED = MEDICINE + (
    "call_now: {now: [fever]}\nboxed:\n  - {danger: Bad infections can be fatal, signs: [fever]}\n"
    "  - {danger: Liver damage, no_sign: Blood tests show it.}\n"
)
SPANISH = "boxed:\n  - {danger: Infecciones que pueden ser mortales}\n  - {danger: Daño, no_sign: Un análisis lo muestra.}\n"


def test_dangers_are_translated_one_by_one_and_keep_their_signs(tmp_path: Path) -> None:
    entry = snapshot_with(tmp_path, {ONE: BOXED, f"es/{ONE}": SPANISH}).entry("onemab", "es")
    assert isinstance(entry, Medicine)
    assert [(b.danger, b.signs, b.no_sign) for b in entry.boxed] == [
        ("Infecciones que pueden ser mortales", ("fever",), ""),
        ("Daño", (), "Un análisis lo muestra."),
    ]


@pytest.mark.parametrize(
    ("spanish", "line", "sentence"),
    [
        ("boxed: [{danger: Infecciones}]\n", 1, "`boxed` has 1 values here, and 2 in English; translate each of them"),
        ("boxed: []\n", 1, "`boxed` has 0 values here, and 2 in English"),
        ("boxed:\n  - {danger: A}\n  - {danger: B}\n", 1, "in `boxed` not the same values have `no_sign` as in English"),
        ("boxed:\n  - {danger: A}\n  - {no_sign: B.}\n", 3, "a danger under `boxed` has no `danger`"),
        ("boxed: [{danger: A, signs: [fever]}, {danger: B}]\n", 1, "a danger under `boxed` has no key `signs`"),
        ("short: Bloquea.\ncall_now: [Fiebre.]\n", 2, "a translation has no key `call_now`"),
        ("call_now: {now: [fever]}\n", 1, "a translation has no key `call_now`"),
        ("less_urgent: [{why: Porque sí.}]\n", 1, "`less_urgent` has 1 values here, and 0 in English"),
    ],
)
def test_a_translation_that_does_not_go_with_the_english_is_refused(
    tmp_path: Path, spanish: str, line: int, sentence: str
) -> None:
    found = problems(tmp_path, {ONE: BOXED, f"es/{ONE}": spanish})
    assert any(p.startswith(f"es/{ONE}:{line}: ") and sentence in p for p in found), found


# ----------------------------------------------------------------------------------------------------- danger, and names


def test_words_of_emergencies_are_heard_and_others_are_names(tmp_path: Path) -> None:
    snapshot = snapshot_with(tmp_path, {"symptoms/rash.yaml": symptom("Rash", "today")})
    index = snapshot.index
    assert index.danger("she has trouble breathing word a since noon") == ("trouble-breathing",)
    assert index.danger("fever word b since noon") == ("fever",), "heard like the urgent term that it was"
    assert index.danger("tengo calentura") == ("fever",)
    assert index.danger("fever word a, trouble breathing word a") == ("trouble-breathing", "fever"), "emergencies first"
    assert index.danger("cough word a, and itching word b") == ()
    assert index.exact("itching word b") == ("itching",)
    assert index.exact("cough word a", Kind.SYMPTOM) == ("cough",)
    assert index.exact("fainting word b") == (), "words of danger are heard, not looked up"
    assert index.named_in("itching word a") == [("itching",)], "in a text only names count"
    assert index.named_in("Itching, a rash and T cells") == [("itching",), ("rash",), ("t-cell",)]
    assert [s.label for s in index.suggest("itching word b")] == ["itching word b (itching)"]
    assert index.suggest("fainting word") == []


def test_a_name_stands_before_anothers_words(tmp_path: Path) -> None:
    text = symptom("Cough", "now", words="t cell, a, b, c, d, e")
    assert snapshot_with(tmp_path, {"symptoms/cough.yaml": text}).index.exact("t cell") == ("t-cell",)
    both = symptom("Cough", "now", words="itching word a, a, b, c, d, e")
    assert snapshot_with(tmp_path, {"symptoms/cough.yaml": both}).index.exact("itching word a") == ("cough", "itching")


def test_search_finds_what_is_no_danger_by_its_words_and_signs(tmp_path: Path) -> None:
    listed = {ONE: MEDICINE + "call_now: {now: [cough]}\n"}
    text = symptom("Cough", "now", words="hacking all night, a, b, c, d, e")
    search = snapshot_with(tmp_path, {"symptoms/cough.yaml": text, **listed}).search
    assert search.find("hacking")[:1] == ["cough"]
    assert set(search.find("cough")) >= {"cough", "onemab"}
    assert "fainting" not in search.find("word")


def test_urgent_are_emergencies_and_what_was_heard_before(tmp_path: Path) -> None:
    entries = snapshot_with(tmp_path, {}).entries
    assert {i for i, e in entries.items() if is_urgent(e)} == {"trouble-breathing", "fainting", "fever", "chest-pain"}
    assert may_be_urgent(entries, "gone")
    assert not may_be_urgent(entries, "itching")


# ------------------------------------------------------------------------------------------------------ files as written


def test_a_files_other_keys_are_changed_around_its_signs() -> None:
    text = (
        f"{MEDICINE}call_now:  # by how soon\n  emergency: [fainting]\n  now:\n    - fever: any-counts  # any\n    - cough\n"
        "boxed:\n  - {danger: A, no_sign: B.}  # label of 2025\nchecked: 2026-01-02\n"
    )
    after = rewrite(text, {"short": "It does more.", "checked": date(2026, 11, 29)})
    assert after == text.replace("It blocks something.", "It does more.").replace("2026-01-02", "2026-11-29")
    assert stamped(text, "withdrawn", date(2026, 11, 29)) == text + "withdrawn: 2026-11-29\n"
    assert "call_now" not in rewrite(text, {"call_now": None})
    with pytest.raises(NotPlainError):
        rewrite("{name: X}\n", {"short": "It does more."})


def test_symptoms_have_a_folder_of_their_own() -> None:
    assert BY_FOLDER["symptoms"] is Symptom
