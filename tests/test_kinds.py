"""What a field says of itself holds wherever the field is met: in files, translations, reviews and explanations."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.features.cards.card import DETAILS, CardContext
from bot.features.cards.kinds import card
from bot.knowledge.checks import check_folder
from bot.knowledge.files import read_folder
from bot.knowledge.kinds import ENTRY_TYPES, Entry, Source, Symptom
from bot.knowledge.kinds.base import key_of
from bot.knowledge.library import Library, build
from bot.knowledge.schema import schemas
from bot.knowledge.sentences import MOST_TOLD
from bot.language import language
from bot.publishing.folders import Folders
from bot.publishing.publish import Change, Publisher
from bot.publishing.review import review
from bot.store.usage import Store
from bot.strict_yaml import Problem

from .conftest import SMALL, SOURCES, spoken_in

TODAY = date(2026, 11, 22)
GOOD = {
    "symptoms": "name: X\nsign: x\nurgency: now\nwords: [a, b, c, d, e, f]\nshort: X.\n",
    "terms": "name: X\ntopic: cells\nshort: X.\n",
    "questions": "name: X\nshort: X.\n",
    "therapies": "name: X\nshort: X.\n",
    "medicines": "name: X\nshort: X.\n",
    "conditions": "name: X\nshort: X.\n",
}
KEYS = [(cls, key) for cls in ENTRY_TYPES for key in dict.fromkeys(key_of(cls).values())]
NOT_OURS = re.compile(r"Input|valid|pydantic|can't be used|\{|Error")
"""What pydantic would say, or a sentence that wasn't finished."""


def problems(path: Path, files: dict[str, str]) -> list[Problem]:
    """Return what is wrong with these files alone."""
    texts: dict[str, bytes | None] = {name: text.encode() for name, text in files.items()}
    texts.setdefault("disclaimers.yaml", SMALL["disclaimers.yaml"].encode())
    return check_folder(read_folder(path, path, today=TODAY, instead=texts))


def without(text: str, key: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{key}:"))


@pytest.mark.parametrize("value", ["", "[[a]]", "[{a: b}]", "[]", "{a: b}", "{}", "1704067200", "x" * 2000, "[a, a]"])
@pytest.mark.parametrize(("cls", "key"), KEYS, ids=[f"{cls.kind}-{key}" for cls, key in KEYS])
def test_a_value_of_a_wrong_type_is_refused_in_plain_words(tmp_path: Path, cls: type[Entry], key: str, value: str) -> None:
    text = without(GOOD[cls.folder] + SOURCES, key)
    found = problems(tmp_path, {f"{cls.folder}/x.yaml": f"{text}{key}: {value}\n"})
    may_be = schemas()[cls.folder]["properties"][key]
    is_list = may_be.get("type") == "array" and "minItems" not in may_be and (cls, key) != (Symptom, "words")
    is_text = may_be.get("type") == ["string", "number"] and "pattern" not in may_be
    if (value == "[]" and is_list) or (value == "1704067200" and is_text):
        assert found == []
    else:
        assert found
    for problem in found:
        assert problem.line == text.count("\n") + 1, problem
        assert not NOT_OURS.search(f"{problem.what}; {problem.todo}"), problem


@pytest.mark.parametrize(
    "seen", [1704067200, 1704067200.0, True, None, "1704067200", "2026-01-02T00:00:00", ("2026-01-02",)]
)
def test_a_number_is_no_date_and_no_text(seen: object) -> None:
    page = {"title": "A page", "publisher": "NCI", "url": "https://www.cancer.gov/page"}
    with pytest.raises(ValidationError):
        Source.model_validate(page | {"seen": seen}, context=TODAY)
    assert Source.model_validate(page | {"seen": "2026-01-02"}, context=TODAY).seen == date(2026, 1, 2)
    with pytest.raises(ValidationError):
        Source.model_validate(page | {"seen": "2026-01-02", "title": 7}, context=TODAY)


VALUES: Any = st.recursive(
    st.sampled_from(
        ["", " ", "a", "Melanoma", "x-y", "NO", "2026-01-02", "1704067200", "https://a.org", "{key}", "\u202e", "w " * 70]
    )
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["title", "url", "seen", "a", "id", "<<"]), inner)
    ),
    max_leaves=12,
)
ENTRIES = st.dictionaries(st.sampled_from(sorted({key for _, key in KEYS} | {"id", "shrot"})), VALUES, max_size=12)


@given(st.sampled_from(sorted(GOOD)), ENTRIES, ENTRIES, VALUES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_stands_in_files_makes_entries_or_sentences(
    tmp_path: Path, kind: str, entry: Any, translation: Any, anything: Any
) -> None:
    whole = yaml.safe_load(GOOD[kind] + SOURCES) | {"checked": "2026-01-02"}
    files = {
        f"{kind}/x.yaml": yaml.safe_dump(entry),
        f"{kind}/y.yaml": yaml.safe_dump({key: str(v) if key == "checked" else v for key, v in (whole | entry).items()}),
        f"es/{kind}/y.yaml": yaml.safe_dump(translation),
        "disclaimers.yaml": yaml.safe_dump(anything),
        f"es/{kind}/x.yaml": yaml.safe_dump(anything),
    }
    for problem in problems(tmp_path, files):
        lines = files.get(problem.file, "").count("\n") + 1
        assert 1 <= problem.line <= lines, problem
        assert problem.what
        assert problem.todo
        assert "Input should" not in str(problem)


# ------------------------------------------------------------------------------------------------------------- in bounds


def of_x(path: Path, text: str) -> list[Problem]:
    return problems(path, {"terms/x.yaml": text})


def test_a_hundred_problems_of_a_file_are_told_and_that_there_are_more(tmp_path: Path) -> None:
    found = of_x(tmp_path, "naem: X\n" + "".join(f"k{n}: v\n" for n in range(3000)))
    assert len(found) == MOST_TOLD + 1
    assert any(p.what == "a term has no key `naem`" and p.todo == "did you mean `name`?" for p in found)
    assert any(p.what == "there are more errors in this file than are told here" for p in found)


def test_near_keys_are_looked_for_a_few_times(tmp_path: Path) -> None:
    found = of_x(tmp_path, GOOD["terms"] + SOURCES + "".join(f"alzo{n}: v\n" for n in range(20)))
    assert sum(p.todo == "did you mean `also`?" for p in found) == 5
    assert sum(p.todo.startswith("the keys are name, ") for p in found) == 15


def test_what_has_more_mistakes_than_are_told_is_no_entry_and_no_source(tmp_path: Path) -> None:
    many = "".join(f"k{n}: v, " for n in range(200))
    sources = f"sources: [{', '.join('{' + many + '}' for _ in range(25))}]\n"
    assert len(of_x(tmp_path, GOOD["terms"] + sources + "checked: 2026-01-02\n")) == MOST_TOLD + 1


def test_a_mapping_of_thousands_of_keys_is_not_looked_through() -> None:
    with pytest.raises(ValidationError) as error:
        Source.model_validate({f"k{n}": "v" for n in range(40_000)}, context=TODAY)
    assert error.value.error_count() < 200


@pytest.mark.parametrize("value", ["a{}", "[]", "'  '"])
def test_a_list_that_is_too_long_is_not_looked_through(tmp_path: Path, value: str) -> None:
    values = ", ".join(value.format(n) for n in range(20_000))
    found = of_x(tmp_path, f"{GOOD['terms']}{SOURCES}also: [{values}]\n")
    assert [(p.what, p.todo) for p in found] == [("`also` has 20000 values, and 40 is the most", "keep the best")]


def test_many_sources_are_told_once(tmp_path: Path) -> None:
    found = of_x(tmp_path, f"{GOOD['terms']}sources: [{'{title: x}, ' * 3000}]\nchecked: 2026-01-02\n")
    assert [p.what for p in found] == ["`sources` has 3000 values, and 25 is the most"]


# ----------------------------------------------------------------------------------------------------------- translations


def test_a_translation_is_checked_by_the_rules_of_its_fields(tmp_path: Path) -> None:
    text = "name: [a]\nshort: " + "palabra " * 32 + "\nclass: anticuerpo\nbrands: [Keytruda]\nmore:\n"
    files = {"medicines/x.yaml": GOOD["medicines"] + SOURCES, "es/medicines/x.yaml": text}
    assert [(p.line, p.what) for p in problems(tmp_path, files)] == [
        (1, "`name` is a list"),
        (2, "`short` has 32 words, and 31 is the most"),
        (4, "a translation has no key `brands`"),
        (5, "`more` is empty"),
    ]


def test_a_translations_fields_stand_in_place_of_the_entrys_own(folder: Path) -> None:
    (folder / "es/medicines").mkdir()
    (folder / "es/medicines/pembrolizumab.yaml").write_text(
        "class: anticuerpo\nside_effects: [Sarpullido.]\nbased_on: abc\n"
    )
    snapshot = Library([folder]).current
    entry: Any = snapshot.entry("pembrolizumab", "es")
    assert (entry.drug_class, entry.side_effects, entry.name) == ("anticuerpo", ("Sarpullido.",), "Pembrolizumab")
    assert entry.based_on == ""


@pytest.mark.parametrize(
    ("line", "new", "behind"),
    [
        ("ask: [Is it for me?]", "ask: [Is it right for me?]", True),
        ("how_it_works: The cells find the tumor.", "how_it_works: The cells attack the tumor.", True),
        ("also: [TIL]", "also: [TIL, TILs therapy]", False),
        ("examples: [pembrolizumab]", "examples: []", False),
    ],
)
async def test_a_translation_is_behind_when_the_text_that_it_translates_changes(
    folder: Path, tmp_path: Path, line: str, new: str, behind: bool
) -> None:
    (folder / "es/therapies").mkdir()
    (folder / "es/therapies/til-therapy.yaml").write_text(
        "ask: [¿Es para mí?]\nhow_it_works: Las células encuentran el tumor.\nalso: [TIL en español]\n"
    )
    file, store = "therapies/til-therapy.yaml", await Store.open(tmp_path / "immunobot.db")
    folders = Folders(folder, tmp_path / "changes")
    before = folders.text(file) or ""
    assert line in before
    found = await review(
        Publisher(folders, Library((folders.shipped, folders.changes)), store),
        {file: Change(before, before.replace(line, new))},
    )
    assert found.problems == ()
    assert ("translation behind" in [remark.doubt for remark in found.remarks]) is behind
    await store.close()


def test_a_field_that_has_a_title_stands_on_the_second_page_of_the_card(folder: Path) -> None:
    path = folder / "medicines/nemolizumab.yaml"
    path.write_text(path.read_text() + "first_approved: 2024\n")
    page = spoken_in(language("es-ES"), card, build([folder]), "nemolizumab", CardContext(), DETAILS)
    assert page
    assert ("Primera aprobación en EE. UU.", "2024") in [(each.name, each.value) for each in page.embeds[0].fields]
