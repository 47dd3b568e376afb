"""The texts that everyone reads first are easy enough for an eighth grader, and a contributor is shown which are not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.knowledge import readability
from bot.knowledge.library import Snapshot
from bot.knowledge.readability import GOAL, MOST, SHARE, known, report

from .conftest import SOURCES

WITH_NAMES_OVER_MOST = 208

HARD = "Immunological dysregulation necessitates multidisciplinary pharmacological intervention irrespective of aetiology."


def grade(text: str, names: list[str]) -> float:
    return readability.grade(text, known(names))


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    return status, *capsys.readouterr()


def test_the_grade_is_the_one_that_flesch_and_kincaid_give() -> None:
    # 14 words, 17 syllables, one sentence.
    clocks = "It was a bright cold day in April, and the clocks were striking thirteen."
    assert grade(clocks, []) == pytest.approx(0.39 * 14 + 11.8 * 17 / 14 - 15.59)
    # 10 words, 23 syllables, two sentences.
    harvest = "Sunny weather ripens tomatoes. Everybody helps carry enormous yellow baskets."
    assert grade(harvest, []) == pytest.approx(0.39 * 10 / 2 + 11.8 * 23 / 10 - 15.59)
    assert grade("The cat sat on the mat.", []) == grade("", []) == grade(" ... ", []) == 0


@pytest.mark.parametrize(
    ("word", "as_long_as"),
    [
        ("nerves", "cat"),
        ("brakes", "cat"),
        ("inflamed", "again"),
        ("weakened", "again"),
        ("muscle", "again"),
        ("patches", "again"),
        ("reacts", "again"),
        ("kinase", "again"),
        ("people's", "again"),
        ("medicines", "possible"),
        ("vaccinated", "January"),
        ("leukemia", "January"),
        ("psoriasis", "January"),
        ("zzz", "cat"),
    ],
)
def test_a_word_is_counted_as_it_is_said(word: str, as_long_as: str) -> None:
    assert grade(f"The man and his {word} saw a marvelous umbrella.", []) == grade(
        f"The man and his {as_long_as} saw a marvelous umbrella.", []
    )


@pytest.mark.parametrize(
    "name",
    ["pembrolizumab", "Pembrolizumab", "T-cell receptor", "t cell receptors", "T cell receptor's", "TNF-alpha", "tnf α",
     "Bacillus Calmette–Guérin"],
)  # fmt: skip
def test_a_name_is_one_easy_word_however_it_is_written(name: str) -> None:
    names = ["Pembrolizumab", "T cell receptor", "T cell", "TNF-α", "Bacillus Calmette-Guerin"]
    with_name = f"Your doctor asks whether {name} is the best available medicine."
    assert grade(with_name, names) == grade(with_name.replace(name, "milk"), names)


def test_a_long_name_does_not_make_a_text_hard() -> None:
    text = "Your doctor asks whether pembrolizumab is the best available medicine."
    assert grade(text, ["Pembrolizumab"]) < grade(text, [])


def test_a_name_does_not_make_the_words_around_it_easy() -> None:
    text = "An immunological interpretation of interleukin."
    assert grade(text, ["interleukin", "immunological memory", "interpretation of dreams"]) == grade(text, ["interleukin"])


def test_shorter_sentences_are_easier_and_an_abbreviation_ends_none() -> None:
    one = "The doctor examines the patient and the laboratory reports the result."
    two = "The doctor examines the patient. And the laboratory reports the result."
    assert grade(two, []) < grade(one, [])
    assert grade("In the U.S. a doctor examines every patient.", []) == grade(
        "In the u s, a doctor examines every patient.", []
    )


def test_what_is_shipped_is_easy_to_read(shipped: Snapshot) -> None:
    level = report(shipped.entries.values())
    short = level["short"]
    assert short["texts"] == len(shipped.entries)
    assert short[f"over_{GOAL}"] <= (1 - SHARE) * len(shipped.entries)
    assert short[f"over_{MOST}"] == 0, short["worst"]
    # Names counted too, which is what a reader meets who knows none of them: write the figure down when it falls.
    assert level["short_with_names"][f"over_{MOST}"] <= WITH_NAMES_OVER_MOST


def test_check_shows_the_hardest_texts_first(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "terms/tnf.yaml").write_text(f"name: TNF\ntopic: molecules\nshort: It is a small cell signal.\n{SOURCES}")
    status, out, _ = run(capsys, "check", "--readability", str(folder))
    assert status == 0
    assert out.startswith("11 entries, no problems.\n\nReading level of `short`, in school grades: median ")
    (folder / "terms/hard.yaml").write_text(f"name: Hard\ntopic: care\nshort: {HARD}\n{SOURCES}")
    status, out, _ = run(capsys, "check", "--readability", str(folder))
    assert status == 1
    assert "1 over 8 (at most 10% is wanted), 1 over 10 (none is wanted)" in out
    hardest = out.partition("The hardest:\n")[2].splitlines()
    assert hardest[0].endswith(f"  hard: {HARD}")
    grades = [float(line.split()[0]) for line in hardest]
    assert len(grades) == 12
    assert grades == sorted(grades, reverse=True)


def test_check_gives_the_reading_level_as_json(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for number in range(20):
        (folder / f"terms/hard-{number}.yaml").write_text(
            f"name: Word {number}\ntopic: care\nshort: {HARD}\nmore: A cat.\n{SOURCES}"
        )
    status, out, _ = run(capsys, "check", "--readability", "--json", str(folder))
    answer = json.loads(out)
    level = answer["readability"]
    assert status == 1
    assert answer["problems"] == []
    assert level["reached"] is False
    assert level["short"]["texts"] == 31
    assert level["short"]["over_10"] >= 20
    assert len(level["short"]["worst"]) == 15
    assert level["short"]["worst"][0]["id"] == "hard-0"
    assert level["short"]["worst"][0]["text"] == HARD
    assert level["short"]["worst"][0]["grade"] > 12
    assert level["more"] == {"texts": 20, "median": 0, "over_8": 0, "over_10": 0}
    assert level["short_with_names"]["texts"] == 31


def test_a_mistake_is_still_shown_and_an_empty_folder_has_no_grade(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    (folder / "terms/t-cell.yaml").write_text("name: T cell\n")
    status, out, _ = run(capsys, "check", "--readability", str(folder))
    assert status == 1
    assert "terms/t-cell.yaml:1: a term has no `topic`" in out
    assert "Reading level of `short`" in out
    (tmp_path / "empty").mkdir()
    assert "median 0.0" in run(capsys, "check", "--readability", str(tmp_path / "empty"))[1]


def test_without_the_extra_there_is_a_plain_sentence(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "syllapy", None)
    assert run(capsys, "check", "--readability", str(folder)) == (
        2,
        "",
        "immunobot: The reading level needs the extra `check`: run pip install '.[check]' in the project's folder, or install the wheel with [check].\n",
    )
    assert run(capsys, "check", str(folder))[0] == 0
