"""A moderator who makes a mistake in a file is told where, what is wrong, and what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.checks import check_folder
from bot.knowledge.files import read_folder
from bot.knowledge.kinds.values import latest_today
from bot.strict_yaml import MAX_BYTES, read

from .conftest import SOURCES

TODAY = date(2026, 11, 22)
T_CELL = f"name: T cell\ntopic: cells\nshort: A white blood cell.\n{SOURCES}"


def problems(folder: Path) -> list[str]:
    return [str(p).removeprefix(folder.as_posix() + "/") for p in check_folder(read_folder(folder, today=TODAY))]


def test_a_good_folder_has_no_problem(folder: Path) -> None:
    assert problems(folder) == []


MISTAKES = {
    "an unknown key": (T_CELL + "shrot: x\n", 6, "has no key `shrot`; did you mean `short`?"),
    "a missing key": (T_CELL.replace("short: A white blood cell.\n", ""), 1, "a term has no `short`; add a line"),
    "a list for a text": (T_CELL.replace("A white blood cell.", "[a, b]"), 3, "`short` is a list; write one text"),
    "a text for a list": (T_CELL + "also: lymphocyte\n", 6, "`also` is not a list; write [one, two]"),
    "a duplicate key": (T_CELL + "name: Again\n", 6, "`name` is given twice (first on line 1); keep one"),
    "an anchor": (T_CELL.replace("T cell", "&a T cell"), 1, "`&a` is an anchor; delete the anchor"),
    "an alias": (T_CELL + "more: *a\n", 6, "`*a` repeats another value; write the value out"),
    "a tag": (T_CELL.replace("T cell", "!!str T cell"), 1, "is a tag; delete the tag"),
    "a merge key": (T_CELL + "<<: {more: x}\n", 6, "`<<` merges another mapping; write the keys out"),
    "a date that is a number": (T_CELL.replace("checked: 2026-01-02", "checked: 1704067200"), 5, "`checked` is not a date; write a day"),
    "a date in other digits": (T_CELL.replace("checked: 2026-01-02", "checked: ２０２６-01-02"), 5, "`checked` is not a date"),
    "a mapping for a text": (T_CELL.replace("A white blood cell.", "{a: b}"), 3, "`short` is a mapping; write one text there"),
    "an item that is a list": (T_CELL + "also:\n  - lymphocyte\n  - [a, b]\n", 8, "`also` is a list; write one text there"),
    "a value twice": (T_CELL + "also:\n  - one\n  - two\n  - one\n", 9, "`one` stands in `also` twice; delete one of them"),
    "too many values": (T_CELL + f"also: {[f'a{n}' for n in range(41)]}\n", 6, "`also` has 41 values, and 40 is the most; keep"),
    "a source that is a text": (T_CELL.replace("sources: [", "sources: [a, "), 4, "a source is not a mapping of keys to values"),
    "an unknown key of a source": (T_CELL.replace("title:", "titel:"), 4, "a source has no key `titel`; did you mean `title`?"),
    "a source from the future": (T_CELL.replace("seen: 2026-01-02", "seen: 2026-11-23"), 4, "`seen` is 2026-11-23, which is in"),
    "deep nesting": (T_CELL + "also: " + "[" * 13 + "]" * 13 + "\n", 6, "nested more than 12 deep; write it flatter"),
    "30,000 brackets": ("[" * 30_000 + "]" * 30_000, 1, "nested more than 12 deep"),
    "an id that is not the file's name": (T_CELL + "id: b-cell\n", 6, "the id `b-cell` is not the file's name; delete the line"),
    "a source without an address": (T_CELL.replace("url: 'https://www.cancer.gov/page', ", ""), 4, "a source has no `url`"),
    "an address that is none": (T_CELL.replace("https://www", "www"), 4, "is not a web address; copy the page's address"),
    "no source": (T_CELL.replace("[{title: A page, publisher: NCI, url: 'https://www.cancer.gov/page', seen: 2026-01-02}]", "[]"),
                  4, "name at least one source"),
    "a date that is none": (T_CELL.replace("checked: 2026-01-02", "checked: last week"), 5, "`checked` is not a date; write"),
    "a day that doesn't exist": (T_CELL.replace("checked: 2026-01-02", "checked: 2026-02-30"), 5, "is not a date"),
    "a date in the future": (T_CELL.replace("checked: 2026-01-02", "checked: 2026-11-23"), 5, "is in the future; write the day"),
    "a short over 25 words": (T_CELL.replace("A white blood cell.", "word " * 26), 3, "`short` has 26 words, and 25 is the most"),
    "a more over 60 words": (T_CELL + f"more: {'word ' * 61}\n", 6, "`more` has 61 words, and 60 is the most"),
    "one endless word": (T_CELL + f"more: {'x' * 1000}\n", 6, "`more` has 1000 characters, and 900 is the most"),
    "an empty text": (T_CELL + "more:\n", 6, "`more` is empty; write its text, or delete the line"),
    "a link to nothing": (T_CELL + "related: [no-such-entry]\n", 6, "links to `no-such-entry`, and there is no such entry"),
    "a link that is no id": (T_CELL + "related: [T cell]\n", 6, "`T cell` in `related` is no id; write the file name"),
    "a link to itself": (T_CELL + "related: [t-cell]\n", 6, "`related` links to this same entry; delete the link"),
    "a topic that is none": (T_CELL.replace("cells", "sells"), 2, "`topic` is not a topic; write one of cells, molecules"),
    "no YAML": ("name: [T cell\n", 2, "this is not valid YAML"),
    "a second document": (T_CELL + "---\nname: x\n", 6, "a second document begins here; keep one entry a file"),
    "an empty file": ("# nothing yet\n", 1, "the file is empty; write the entry"),
    "a list as a file": ("- a\n", 1, "a term is not a mapping of keys to values"),
    "an invisible character": (T_CELL + "more: left\u202eright\n", 6, "`more` holds an invisible character; type the text anew"),
    "a control character": (T_CELL + "more: a\x07b\n", 6, "a character that YAML does not allow"),
    "an unknown disclaimer": (T_CELL + "disclaimers: [nope]\n", 6, "there is no disclaimer `nope`; add it to disclaimers.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_its_own_sentence_with_file_and_line(folder: Path, mistake: str) -> None:
    text, line, sentence = MISTAKES[mistake]
    (folder / "terms/t-cell.yaml").write_text(text, encoding="utf-8")
    found = problems(folder)
    assert any(p.startswith(f"terms/t-cell.yaml:{line}: ") and sentence in p for p in found), found


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("terms/big.yaml", b"#" * (MAX_BYTES + 1), "terms/big.yaml:1: the file has more than 256,000 bytes"),
        ("terms/latin.yaml", b"name: a\nshort: caf\xe9\n", "terms/latin.yaml:2: the text is not UTF-8; save the file"),
        ("terms/T Cell.yaml", T_CELL.encode(), "terms/T Cell.yaml:1: the file name `T Cell` is no id; use lower case"),
        ("terms/readme.txt", b"hello", "terms/readme.txt:1: this is no .yaml file; rename it"),
        ("drugs/aspirin.yaml", b"name: x", "drugs/aspirin.yaml:1: no entry belongs in this folder; move it into one of"),
        ("es/terms/no-such.yaml", b"name: x", "there is no such entry; rename the file"),
        ("es/terms/interleukin-2.yaml", b"topic: cells", "a translation has no key `topic`; the keys are name"),
    ],
)
def test_a_file_that_does_not_belong_is_named(folder: Path, name: str, data: bytes, sentence: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    assert any(sentence in p for p in problems(folder)), problems(folder)


def test_an_id_stands_for_one_entry_alone(folder: Path) -> None:
    (folder / "therapies/t-cell.yaml").write_text("name: Another\nshort: Another.\n" + SOURCES)
    assert any("`t-cell` is also the id of" in p and "rename one of the two files" in p for p in problems(folder))


def test_a_translation_stands_in_the_folder_of_its_kind(folder: Path) -> None:
    (folder / "es/conditions").mkdir(parents=True)
    (folder / "es/conditions/t-cell.yaml").write_text("immunotherapy: No es nada.\n")
    assert problems(folder) == [
        "es/conditions/t-cell.yaml:1: `t-cell` is a term, and its translation stands in conditions/; move it to es/terms/"
    ]


def test_a_link_instead_of_a_file_is_refused(folder: Path) -> None:
    (folder / "terms/link.yaml").symlink_to(folder / "terms/t-cell.yaml")
    assert problems(folder) == ["terms/link.yaml:1: the file is a link; put the file itself there"]


def test_a_shared_name_must_be_said_on_both(folder: Path) -> None:
    path = folder / "terms/til.yaml"
    path.write_text(path.read_text().replace("shares_name: [til-therapy]\n", ""))
    assert problems(folder) == [
        "terms/til.yaml:3: the name `TIL` is also a name of `til-therapy`; "
        "delete it on one of them, or add `shares_name: [...]` to both"
    ]


def test_names_that_differ_only_in_spelling_are_shared_too(folder: Path) -> None:
    (folder / "terms/other.yaml").write_text("name: tnf alpha\ntopic: cells\nshort: Another.\n" + SOURCES)
    assert sum("is also a name of" in p for p in problems(folder)) == 2


def test_a_look_alike_must_be_named_on_both(folder: Path) -> None:
    path = folder / "medicines/nemolizumab.yaml"
    path.write_text(path.read_text().replace("look_alikes: [pembrolizumab]\n", ""))
    assert problems(folder) == ["medicines/nemolizumab.yaml:1: `look_alikes` lacks `pembrolizumab`, which names it; add `pembrolizumab`"]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("treats: [t-cell]", "`t-cell` in `treats` is a term; link to a condition there"),
        ("treats: [Melanoma]", "`Melanoma` is an entry; write its id, `melanoma`"),
        ("treats: [some cancers]", "is neither an id nor words with a capital"),
        ("therapy: melanoma", "`melanoma` in `therapy` is a condition; link to a therapy there"),
        ("first_approved: soon", "`first_approved` is not a year up to now; write four digits"),
    ],
)
def test_a_medicines_links_go_to_the_right_kind(folder: Path, line: str, sentence: str) -> None:
    path = folder / "medicines/nemolizumab.yaml"
    path.write_text(path.read_text() + line + "\n")
    assert any(sentence in p for p in problems(folder)), problems(folder)


def test_all_mistakes_of_a_folder_are_told_at_once(folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text(T_CELL + "shrot: x\nmore:\n")
    (folder / "conditions/melanoma.yaml").write_text("name: [")
    found = problems(folder)
    # The links to the two broken files are no mistakes of the files that link to them.
    assert [p.split(":")[0] for p in found] == ["conditions/melanoma.yaml", "terms/t-cell.yaml", "terms/t-cell.yaml"]


def test_what_yaml_itself_has_wrong_makes_no_entry(folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text(T_CELL + "name: Again\n")
    assert "t-cell" not in read_folder(folder, today=TODAY).entries


def test_yaml_guesses_no_types(folder: Path) -> None:
    (folder / "terms/no.yaml").write_text("name: NO\ntopic: molecules\nalso: ['12:30', 1.10]\nshort: on\n" + SOURCES)
    entry = read_folder(folder, today=TODAY).entries["no"].entry
    assert (entry.name, entry.also, entry.short) == ("NO", ("12:30", "1.10"), "on")


def test_a_later_folder_stands_before_the_shipped_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "changes/terms").mkdir(parents=True)
    (tmp_path / "changes/terms/t-cell.yaml").write_text(T_CELL.replace("A white", "A changed white"))
    entries = read_folder(folder, tmp_path / "changes", today=TODAY).entries
    assert entries["t-cell"].entry.short == "A changed white blood cell."
    assert entries["melanoma"].entry.name == "Melanoma"


def test_the_digest_changes_with_any_file(folder: Path) -> None:
    before = read_folder(folder).digest
    assert read_folder(folder).digest == before
    (folder / "terms/t-cell.yaml").write_text(T_CELL)
    assert read_folder(folder).digest != before


def test_nobodys_today_is_in_the_future() -> None:
    # 13:00 UTC on the 22nd is already the 23rd in Auckland.
    assert latest_today(datetime(2026, 11, 22, 13, tzinfo=UTC)) == date(2026, 11, 23)


@given(st.binary(max_size=300) | st.text(alphabet="ab:[]{}-\n &*!|>'\"#?,\u202e\x00", max_size=120).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    root, found = read(data, "f.yaml")
    assert root is not None or found
    assert all(p.line >= 1 and p.what and p.todo for p in found)
