"""One sign, one urgency: no entry makes a sign less urgent than its symptom does without saying why and by whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.knowledge.kinds import Calling, Medicine, Note, Symptom, Urgency
from bot.knowledge.signs import less_urgent_in, makes_worse, more_urgent_in, signs_of, symptom_of
from bot.knowledge.urgency import lines_of, table

from .signs import MEDICINE, PAGE, SYMPTOMS, folder_with, problems, snapshot_with

ONE = "medicines/onemab.yaml"
WHY = f"less_urgent:\n  - {{id: fever, why: It is common with it., source: '{PAGE}'}}\n"


def of_one(base: Path, lines: str, **files: str) -> list[str]:
    return problems(base, {ONE: MEDICINE + lines, **files})


def test_a_sign_may_be_more_urgent_and_less_only_with_a_reason(tmp_path: Path) -> None:
    assert of_one(tmp_path, "call_now: {emergency: [fever], now: [itching, cough]}\n") == []
    assert of_one(tmp_path, "call_now:\n  now: [cough]\n  today:\n    - itching\n    - fever: months-later\n") == [
        f"{ONE}:7: `fever` stands under `today` here, and its own entry says now; "
        "move it to `now`, or say why under `less_urgent`: {id: fever, why: ..., source: ...}"
    ]
    assert of_one(tmp_path, f"call_now: {{today: [fever]}}\n{WHY}") == []


@pytest.mark.parametrize(
    ("lines", "line", "sentence"),
    [
        (f"call_now: {{now: [fever]}}\n{WHY}", 5, "`less_urgent` names `fever`, which `call_now` doesn't make less urgent"),
        (f"call_now: {{today: [itching]}}\n{WHY}", 5, "`less_urgent` names `fever`, which `call_now` doesn't make less urgent"),
        (WHY, 4, "`less_urgent` names `fever`, which `call_now` doesn't make less urgent"),
        (f"call_now: {{today: [fever]}}\n{WHY.replace('/page', '/other')}", 5, "the source of `fever` under `less_urgent` is none"),
        (f"call_now: {{today: [fever]}}\n{WHY}{WHY.split(chr(10))[1].replace('common', 'usual')}\n", 5, "names `fever` twice"),
        (f"call_now: {{today: [fever]}}\n{WHY}  - {{id: fevre, why: X., source: '{PAGE}'}}\n", 6, "links to `fevre`, and there is no"),
    ],
)  # fmt: skip
def test_an_exception_is_used_and_has_a_source(tmp_path: Path, lines: str, line: int, sentence: str) -> None:
    found = of_one(tmp_path, lines)
    assert any(p.startswith(f"{ONE}:{line}: ") and sentence in p for p in found), found


def test_terms_and_conditions_are_held_to_it_too(tmp_path: Path) -> None:
    texts = {
        "terms/x.yaml": "name: X\ntopic: care\nshort: X.\ncall_now: {today: [fever]}\n",
        "conditions/y.yaml": "name: Y\nshort: Y.\ncall_now: {now: [fainting]}\n",
    }
    assert [p.split(";")[0] for p in problems(tmp_path, texts)] == [
        "conditions/y.yaml:3: `fainting` stands under `now` here, and its own entry says emergency",
        "terms/x.yaml:4: `fever` stands under `today` here, and its own entry says now",
    ]


@pytest.mark.parametrize("given", ["Through a drip.", "It goes into a vein.", "An infusion of an hour.", "Infused slowly."])
@pytest.mark.parametrize("file", [ONE, "therapies/onetherapy.yaml"])
def test_what_is_given_into_a_vein_names_a_reaction_as_an_emergency(tmp_path: Path, file: str, given: str) -> None:
    text = f"{MEDICINE}given: {given}\ncall_now: {{emergency: [fainting], now: [trouble-breathing]}}\n"
    text += f"less_urgent: [{{id: trouble-breathing, why: X., source: '{PAGE}'}}]\n"
    assert problems(tmp_path, {file: text}) == [
        f"{file}:4: this is given into a vein, and `call_now` has no sign of a severe allergic reaction as an emergency; "
        "write `swelling-of-face-or-tongue` or `trouble-breathing` under `emergency` in `call_now`"
    ]
    good = f"{MEDICINE}given: {given}\ncall_now: {{emergency: [trouble-breathing]}}\n"
    assert problems(tmp_path, {file: good}) == []
    assert problems(tmp_path, {file: f"{MEDICINE}given: {given}\n"}) != []
    assert problems(tmp_path, {file: f"{MEDICINE}given: A tablet.\n"}) == []


@pytest.mark.parametrize(
    "danger", ["Severe allergic reactions", "Anaphylaxis, can be fatal", "Serious infusion-related reactions"]
)
def test_a_boxed_allergy_names_a_reaction_as_an_emergency(tmp_path: Path, danger: str) -> None:
    boxed = f'boxed:\n  - {{danger: "Harm to a baby", no_sign: Nobody feels it.}}\n  - {{danger: "{danger}", signs: [fainting]}}\n'
    found = of_one(tmp_path, f"call_now: {{emergency: [fainting]}}\n{boxed}")
    assert [p.split(";")[0] for p in found] == [
        f"{ONE}:6: `{danger}` is in the boxed warning, and `call_now` has no sign of it as an emergency"
    ]
    assert of_one(tmp_path, f"call_now: {{emergency: [fainting, trouble-breathing]}}\n{boxed}") == []


def test_of_a_boxed_danger_a_sign_stands_in_the_list(tmp_path: Path) -> None:
    boxed = "boxed:\n  - {danger: CRS, signs: [fever, fainting]}\n  - {danger: Liver damage, no_sign: Nobody feels it.}\n"
    assert of_one(tmp_path, f"call_now: {{now: [fever]}}\n{boxed}") == []
    assert of_one(tmp_path, f"call_now: {{now: [cough]}}\n{boxed}") == [
        f"{ONE}:5: no sign of `CRS` under `boxed` stands in `call_now`; add one of fever, fainting to `call_now`"
    ]


# ------------------------------------------------------------------------------------------------------- what cards take

TWO = {
    ONE: f"{MEDICINE}call_now: {{emergency: [{{fever: any-counts}}, fainting], now: [itching], today: [cough]}}\n"
    f"less_urgent: [{{id: cough, why: It is common., source: '{PAGE}'}}]\n",
    f"es/{ONE}": "name: Onemab en español\nless_urgent: [{why: Es común.}]\n",
    "therapies/atherapy.yaml": "name: A therapy\nshort: X.\ncall_now: {emergency: [itching], now: [fever]}\n",
}


def test_the_signs_of_an_entry_come_in_the_readers_language_and_the_files_order(tmp_path: Path) -> None:
    snapshot = snapshot_with(tmp_path, TWO)
    found = signs_of(snapshot, snapshot.entries["onemab"], "es")
    assert list(found) == [Urgency.EMERGENCY, Urgency.NOW, Urgency.TODAY]
    assert [(s.symptom.sign, s.note) for s in found[Urgency.EMERGENCY]] == [
        ("fiebre que usted siente", Note.ANY_COUNTS),
        ("fainting that you feel", None),
    ]
    assert [s.symptom.id for s in found[Urgency.TODAY]] == ["cough"]
    assert signs_of(snapshot, snapshot.entries["melanoma"]) == dict.fromkeys(Urgency, ())
    assert signs_of(snapshot, snapshot.entries["fever"]) == dict.fromkeys(Urgency, ())


def test_a_symptom_knows_who_makes_it_more_or_less_urgent(tmp_path: Path) -> None:
    snapshot = snapshot_with(tmp_path, TWO)
    fever, itching, cough = (symptom_of(snapshot, i) for i in ("fever", "itching", "cough"))
    assert fever
    assert itching
    assert cough
    assert [(e.entry.name, e.urgency, e.note) for e in more_urgent_in(snapshot, fever, "es")] == [
        ("Onemab en español", Urgency.EMERGENCY, Note.ANY_COUNTS)
    ]
    assert [(e.entry.id, e.urgency) for e in more_urgent_in(snapshot, itching)] == [
        ("atherapy", Urgency.EMERGENCY),
        ("onemab", Urgency.NOW),
    ]
    assert more_urgent_in(snapshot, cough) == less_urgent_in(snapshot, fever) == ()
    [exception] = less_urgent_in(snapshot, cough, "es")
    assert exception.why
    assert (exception.why.why, exception.why.source, exception.urgency) == ("Es común.", PAGE, Urgency.TODAY)
    assert [s.id for s in makes_worse(snapshot, itching)] == ["trouble-breathing", "fever"]
    assert [s.name for s in makes_worse(snapshot, itching, "es")] == ["Trouble breathing", "Fiebre"]
    assert symptom_of(snapshot, "melanoma") is None


def test_a_sign_stays_in_the_lists_while_its_symptom_is_under_review(tmp_path: Path) -> None:
    down = {"symptoms/fever.yaml": SYMPTOMS["symptoms/fever.yaml"] + "withdrawn: 2026-01-03\n"}
    snapshot = snapshot_with(tmp_path, TWO | down)
    assert "fever" not in snapshot.entries
    signs = signs_of(snapshot, snapshot.entries["atherapy"])
    assert [s.symptom.id for s in signs[Urgency.NOW]] == ["fever"]
    assert snapshot.index.danger("fever word a") == ("fever",)
    assert [s.id for s in makes_worse(snapshot, _itching(snapshot.entries["itching"]))] == ["trouble-breathing", "fever"]


def _itching(entry: object) -> Symptom:
    assert isinstance(entry, Symptom)
    return entry


def test_an_entry_is_found_by_the_kind_of_what_calls(tmp_path: Path) -> None:
    entries = snapshot_with(tmp_path, {}).entries
    assert all(isinstance(e, Calling) != isinstance(e, Symptom) for e in entries.values())
    assert isinstance(entries["pembrolizumab"], Medicine)


# ------------------------------------------------------------------------------------------------------------- the table


def test_the_table_has_symptoms_by_treatments(tmp_path: Path) -> None:
    made = table(snapshot_with(tmp_path, TWO).entries.values())
    lines = [line.split("\t") for line in lines_of(made)]
    assert lines[0] == ["symptom", "own", "nemolizumab", "onemab", "pembrolizumab", "atherapy", "til-therapy"]
    assert ["cough", "N", "", "T", "", "", ""] in lines
    assert ["fever", "N", "", "E", "", "N", "N"] in lines
    assert ["itching", "T", "", "N", "", "E", ""] in lines
    assert len(lines) == 1 + 6
    assert made["treatments"]["onemab"] == {
        "kind": "medicine",
        "signs": {
            "fever": {"urgency": "emergency", "note": "any-counts"},
            "fainting": {"urgency": "emergency"},
            "itching": {"urgency": "now"},
            "cough": {"urgency": "today"},
        },
    }


def test_the_command_line_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_with(tmp_path, TWO)
    assert main(["check", str(folder), "--urgency"]) == 0
    assert "fever\tN\t\tE\t\tN\tN\n" in capsys.readouterr().out
    assert main(["check", str(folder), "--urgency", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["urgency"]["symptoms"]["fever"] == "now"
    assert answer["urgency"]["treatments"]["atherapy"]["signs"]["fever"] == {"urgency": "now"}
    assert main(["check", str(folder), "--json"]) == 0
    assert "urgency" not in json.loads(capsys.readouterr().out)
