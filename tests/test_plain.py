"""What could be said in plainer words is shown with file and line, and what is shipped only ever gets plainer."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.cli import main
from bot.knowledge.files import read_folder
from bot.knowledge.plain import RULES, hints

from .conftest import SHIPPED, SOURCES

MOST = {"long sentence": 155}
"""How often each rule is still broken: write it down when it falls; it never rises."""


def found(folder: Path, text: str, **more: str) -> list[str]:
    """Return what is found in a term of this text."""
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in more.items())
    (folder / "terms/new.yaml").write_text(f"name: New\ntopic: care\nshort: {json.dumps(text)}\n{lines}{SOURCES}")
    read = read_folder(folder)
    assert read.problems == []
    return [f"{hint.what}; {hint.todo}" for hint in hints(read)]


@pytest.mark.parametrize(
    ("text", "rule", "words", "instead"),
    [
        (
            " ".join(["word"] * 21) + ".",
            "long sentence",
            "word word word word word ...",
            "make two sentences of these 21 words, each right alone",
        ),
        ("It blocks XYZ.", "abbreviation", "XYZ", "say once in the entry what it stands for, or leave it out"),
        ("A fever of 38 °C.", "one unit", "°C", "give the number in both units"),
        ("You gain 2 kg.", "one unit", "kg", "give the number in both units"),
        ("A lump of two inches.", "one unit", "inches", "give the number in both units"),
        ("It is administered daily.", "harder word", "administered", "write `give`"),
        ("Eat prior to it.", "harder word", "prior to", "write `before`"),
        ("It is not uncommon.", "double negative", "not uncommon", "say what is so, not what isn't not so"),
        ("Simply call.", "belittling", "Simply", "leave it out: for some it isn't so"),
        ("Some patients failed it.", "blame", "patients failed", "say that the treatment didn't work, or what was hard"),
        ("She suffers from it.", "pity", "suffers from", "write `have`, or `people with ...`"),
        ("It is for the elderly.", "label", "the elderly", "write `people with ...`"),
        ("It is deadly.", "fear", "deadly", "say what can happen, as in `can be fatal`"),
        ("Cough, rash etc. can come.", "Latin", "etc", "write `for example`, `that is`, `against`"),
        ("Cough and/or rash.", "and/or", "and/or", "write `or`, or `... or both`"),
        ("Rest is advised.", "nobody does it", "is advised", "say who does what, as in `doctors advise`"),
    ],
)
def test_a_rule_says_what_to_write_instead(folder: Path, text: str, rule: str, words: str, instead: str) -> None:
    assert found(folder, text) == [f"{rule}: `{words}`; {instead}"]


@pytest.mark.parametrize(
    "text",
    [
        "Five words stand here now; " * 2 + "five words stand here now: " * 2 + "five words stand here now.",
        "It blocks PD-1, as TIL therapy doesn't, in the US.",
        "The letters (XYZ) stand here, and XYZ again.",
        "It is a gene called XYZ.",
        "A fever of 38 °C (100.4 °F), and 2 kg (4 pounds) more.",
        "You bruise easily, and just before it you can easily see it.",
        "Do not stop it unless told, and smile.",
        "It is not under the skin.",
        "Killer cells fail to find it.",
    ],
)
def test_what_is_plain_is_let_be(folder: Path, text: str) -> None:
    assert found(folder, text) == []


def test_an_abbreviation_is_explained_anywhere_in_its_entry(folder: Path) -> None:
    assert found(folder, "It blocks XYZ.", more="Extra yellow zones (XYZ) are signals.") == []


def test_check_counts_and_lists_and_refuses_nothing(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "terms/new.yaml").write_text(f"name: New\ntopic: care\nshort: It is.\nmore: Call prior to it.\n{SOURCES}")
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == (
        "12 entries, no problems.\n1 things could be said in plainer words; `check --plain` lists them.\n"
    )
    assert main(["check", "--plain", str(folder)]) == 0
    assert "terms/new.yaml:4: harder word: `prior to`; write `before`\n1 hints.\n" in capsys.readouterr().out
    assert main(["check", "--plain", "--json", str(folder)]) == 0
    [hint] = json.loads(capsys.readouterr().out)["plain"]
    assert (hint["line"], hint["what"], hint["warning"]) == (4, "harder word: `prior to`", True)


def test_what_is_shipped_only_gets_plainer() -> None:
    counts = Counter(hint.what.partition(":")[0] for hint in hints(read_folder(SHIPPED)))
    assert {rule: counts[rule] for rule in RULES if counts[rule] > MOST.get(rule, 0)} == {}
