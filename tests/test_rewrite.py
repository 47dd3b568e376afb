"""A form changes what was asked for in a file, and nothing else of it: no line, no comment, no line end."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from bot.knowledge.rewrite import NotPlainError, Value, rewrite, stamped, written
from bot.strict_yaml import read

from .conftest import SHIPPED

DAY = date(2026, 11, 22)


def parsed(text: str) -> dict[str, Any]:
    root, problems = read(text.encode(), "")
    assert problems == [], text
    assert root is not None
    found = root.plain()
    assert isinstance(found, dict)
    return found


def as_read(value: Value) -> Any:
    if value is None or isinstance(value, str | date):
        return str(value)
    return tuple(item if isinstance(item, str) else {key: str(part) for key, part in item.items()} for item in value)


def expected(text: str, changes: dict[str, Value]) -> dict[str, Any]:
    gone = {key for key, value in changes.items() if value is None}
    found = parsed(text) | {key: as_read(value) for key, value in changes.items()}
    return {key: value for key, value in found.items() if key not in gone}


ODD = [
    "NO", "1.10", "12:30", "a: b", "# x", "a #b", "-", "- a", "|", ">-", " x", "x ", "😀", "a\nb", "\n", "a\n\n b\n", "a\u2028b",
    "a\x85b", "a\rb", "\t", "...", "---", "?", "=", "<<", "~", "null", "", "@x", "%x", "!x", "&x", "*x", "x:", "[a", "a]", "{a",
    "a, b", "'", '"', '\\n"', "\ufeff", "\U0010ffff", "it's", "2026-01-02", "1e3", "0x1f", "yes",
]  # fmt: skip
"""What YAML would read otherwise, were it written as it is."""


@pytest.mark.parametrize("value", ODD)
def test_a_value_that_yaml_would_read_otherwise_comes_back_as_it_was(value: str) -> None:
    text = "name: T cell # a\nalso:\n  - one # b\n  - two\nshort: x # c\nmore: y"
    changes: dict[str, Value] = {
        "short": value,
        "also": ["two", value],
        "related": [value, "z"],
        "sources": [{"title": value, "seen": DAY}],
        "checked": DAY,
    }
    after = rewrite(text, changes)
    assert parsed(after) == expected(text, changes)
    assert all(comment in after for comment in ("# a", "# b", "# c"))
    assert parsed(written(changes)) == {key: as_read(changed) for key, changed in changes.items()}


# Files as people write them -------------------------------------------------------------------------------------------------


class Part(NamedTuple):
    """Some lines of a file: what a key stands in, with its items where each has its lines, or what is between keys."""

    text: str
    key: str = ""
    items: tuple[str, ...] = ()


KEYS = ["name", "topic", "also", "say", "short", "more", "related", "sources", "checked"]
WORD = st.sampled_from(
    ["cell", "NO", "1.10", "it's", "12:30", "célula", "😀", "IL-2", "https://a.org/x?y=1#z", "a#b", "a - b"]
)
PLAIN = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
INNER = st.text("aé😀 #:-'[]{},&*!|>%@`\u2028", max_size=12)


@st.composite
def scalars(draw: st.DrawFn, indent: int, *, flow: bool = False) -> str:
    """A text in one of the ways of YAML; without a comment behind it."""
    pad = "\n" + " " * indent
    kinds = ["plain", "single", "double"] + (
        [] if flow else ["plain lines", "single lines", "double lines", "block", "kept"]
    )
    match draw(st.sampled_from(kinds)):
        case "plain":
            return draw(PLAIN)
        case "plain lines":
            return pad.join(draw(st.lists(PLAIN, min_size=2, max_size=3)))
        case "single":
            return "'" + draw(INNER).replace("'", "''") + "'"
        case "single lines":
            # In quotes a line may begin anywhere, and a # there is text.
            return "'" + draw(INNER).replace("'", "''") + draw(st.sampled_from([pad, "\n\n" + pad, "\n"])) + "# no comment'"
        case "double":
            return (
                '"' + draw(INNER).replace('"', "") + draw(st.sampled_from(["", "\\n", "\\\\", '\\"', " # no comment"])) + '"'
            )
        case "double lines":
            return '"a' + draw(st.sampled_from([pad, "\n\n" + pad, "\\" + pad, "\n"])) + "# no comment: x" + '"'
        case "kept":
            return "|+" + pad + draw(PLAIN) + draw(st.sampled_from(["\n", "\n\n\n", "\n" + pad + "...\n\n"]))
        case _:
            head = draw(st.sampled_from(["|", "|-", ">", ">-", ">2-" if indent == 2 else ">-"]))
            lines = draw(st.lists(st.one_of(PLAIN, st.just("# no comment"), st.just("...")), min_size=1, max_size=3))
            blank = draw(st.sampled_from(["", "\n"]))
            return head + "{}" + pad + (blank + pad).join(lines) + "\n"


@st.composite
def pieces(draw: st.DrawFn, comment: Any, indent: int, head: str) -> str:
    """A text behind a key or a dash, to the end of its last line, with comments where they may be."""
    value = draw(scalars(indent))
    behind = draw(st.sampled_from(["", " " + comment() if draw(st.booleans()) else ""]))
    if value[0] in "|>" and value.endswith("\n"):
        return f"{head} {value.replace('{}', behind, 1)}"
    return f"{head} {value}{behind}\n"


@st.composite
def files(draw: st.DrawFn) -> list[Part]:
    """A knowledge file in its parts."""
    count = 0

    def comment() -> str:
        nonlocal count
        count += 1
        return f'#c{count}! about: it\'s [this] "one"'

    def maybe(text: str) -> str:
        return text if draw(st.booleans()) else ""

    parts = [Part(draw(st.sampled_from(["", "---\n", f"{comment()}\n---\n", f"{comment()}\n\n"])))]
    for key in draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=5, unique=True)):
        indent = draw(st.sampled_from(["", "  ", "    "]))
        written_key = draw(st.sampled_from([key, key, f'"{key}"']))
        match draw(st.sampled_from(["text", "text", "flow", "flow lines", "list", "list", "mappings", "empty"])):
            case "text":
                part = Part(draw(pieces(comment, 2, f"{written_key}:")), key)
            case "flow":
                found = draw(st.lists(scalars(0, flow=True), max_size=3))
                found = [f"'{item}'" if re.match(r"[^'\"].*[,{}\[\]]", item) else item for item in found]
                part = Part(f"{written_key}: [{', '.join(found)}]{maybe('  ' + comment())}\n", key)
            case "flow lines":
                found = [f"  '{number}', {maybe(comment())}\n" for number in range(draw(st.integers(1, 3)))]
                part = Part(f"{written_key}: [{maybe(comment())}\n{''.join(found)}  z]{maybe(' ' + comment())}\n", key)
            case "empty":
                part = Part(f"{written_key}:{maybe(' ' + comment())}\n", key)
            case kind:
                items = []
                for number in range(draw(st.integers(1, 4))):
                    if kind == "list":
                        item = draw(pieces(comment, len(indent) + 2, f"{indent}-"))
                    else:
                        pad, behind, between = indent + "  ", maybe(" " + comment()), maybe(f"{indent}  {comment()}\n")
                        one_line = f"{indent}- {{title: T{number}, url: 'https://a.org/#x', seen: 2026-01-02}}{behind}\n"
                        lines = f"{indent}- title: T{number}{behind}\n{between}{pad}seen: 2026-01-02\n"
                        below = f"{indent}-{behind}\n{pad}title: T{number}\n{between}{pad}more: |\n{pad}  # no comment\n"
                        item = draw(st.sampled_from([one_line, lines, below]))
                    items.append(item + (maybe(f"{indent}{comment()}\n") if "|+" not in item else ""))
                head = f"{written_key}:{maybe(' ' + comment())}\n{maybe(indent + comment() + chr(10))}"
                part = Part(head + "".join(items), key, tuple(items))
        parts.append(part)
        between = draw(st.sampled_from(["", "", "\n", f"{comment()}\n", f"\n{comment()}\n\n{comment()}\n"]))
        parts.append(Part(between.lstrip("\n") if "|+" in part.text else between))  # which would be of that text
    parts[-1] = Part(parts[-1].text + draw(st.sampled_from(["", "", "...\n", f"...\n{comment()}\n"])))
    if draw(st.booleans()):
        parts = [Part(p.text.replace("\n", "\r\n"), p.key, tuple(i.replace("\n", "\r\n") for i in p.items)) for p in parts]
    elif draw(st.integers(0, 4)) == 0:  # line ends of two kinds, as two editors leave them
        parts = [Part(p.text.replace("\n", "\r\n"), p.key, tuple(i.replace("\n", "\r\n") for i in p.items))
                 if draw(st.booleans()) else p for p in parts]  # fmt: skip
    if draw(st.booleans()):
        parts[0] = Part("\ufeff" + parts[0].text)
    if draw(st.integers(0, 3)) == 0 and not parts[-1].text and "|" not in parts[-2].text and ">" not in parts[-2].text:
        last = parts[-2]
        cut = tuple(item.rstrip("\r\n") if item is last.items[-1] else item for item in last.items)
        parts[-2] = Part(last.text.rstrip("\r\n"), last.key, cut)
    return parts


TEXT = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
NEW = st.one_of(
    TEXT,
    st.dates(),
    st.none(),
    st.lists(TEXT, max_size=4, unique=True),
    st.lists(st.fixed_dictionaries({"title": TEXT, "seen": st.dates()}), min_size=1, max_size=3),
)


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"#c\d+! about: it's \[this\] \"one\"", text))


def unchanged(parts: list[Part], changes: dict[str, Value], after: str) -> bool:
    """Whether everything but the keys that were to change is there as it was, in its place."""
    pattern = "".join(r"[\s\S]*?" if part.key in changes else re.escape(part.text) for part in parts)
    return re.fullmatch(pattern, after) is not None


def added(before: str, after: str) -> bool:
    """Whether the one text is the other with more lines behind the last key."""
    tails = [before[at:] for at in range(len(before) + 1) if after.startswith(before[:at])]
    return any(after.endswith(tail) and re.fullmatch(r"\s*(\.\.\.[\s\S]*)?", tail) for tail in tails)


def changed(text: str, changes: dict[str, Value]) -> str:
    """A text that keeps the blank lines behind it is the one thing that may be in the way; it is refused, never spoilt."""
    try:
        return rewrite(text, changes)
    except NotPlainError:
        assume("|+" not in text)
        raise


@settings(max_examples=400, deadline=None)
@given(files(), st.dictionaries(st.sampled_from(KEYS), NEW, min_size=1, max_size=3))
@example([Part('short: "a\n# b"\n', "short"), Part("more: x\n", "more")], {"short": "c"})
@example([Part("short: |\n  and so on\n  ...\n", "short"), Part("")], {"checked": DAY})
@example([Part("name: x\n", "name"), Part("short: y\n", "short"), Part("...\n")], {"short": "z", "checked": DAY})
@example([Part("name: x\n", "name"), Part("short: y\r\n", "short"), Part("")], {"name": "z"})
@example(
    [Part("name: 'a\u2028b'\n", "name"), Part("short: y\n", "short"), Part('#c1! about: it\'s [this] "one"\n')],
    {"short": "z"},
)
@example([Part("name: x\n", "name"), Part("short: y\n", "short"), Part("")], {"name": "a\nb", "short": "z"})
@example(
    [Part('also: [a,#c1! about: it\'s [this] "one"\n b]\n', "also"), Part("name: x\n", "name"), Part("")], {"also": ["c"]}
)
def test_what_was_asked_is_there_and_everything_else_is_byte_for_byte_as_it_was(
    parts: list[Part], changes: dict[str, Value]
) -> None:
    text = "".join(part.text for part in parts)
    if not any(part.key and part.key not in changes for part in parts):
        changes = {key: value for key, value in changes.items() if value is not None}  # a file of nothing is no mapping
    after = changed(text, changes)
    assert parsed(after) == expected(text, changes)
    assert comments(after) == comments(text)
    if all(parsed(text).get(key) != as_read(value) for key, value in changes.items()):
        event("changed")
        there = {key: value for key, value in changes.items() if key in {part.key for part in parts}}
        middle = changed(text, there)
        assert unchanged(parts, there, middle), middle
        assert added(middle, after), after


@settings(max_examples=200, deadline=None)
@given(files())
def test_setting_what_is_there_already_changes_nothing(parts: list[Part]) -> None:
    text = "".join(part.text for part in parts)
    assert rewrite(text, parsed(text)) == text
    assert rewrite(text, {"not-there": None}) == text


@settings(max_examples=300, deadline=None)
@given(files().filter(lambda parts: any(part.items for part in parts)), st.data())
def test_items_of_a_list_that_stay_keep_their_lines(parts: list[Part], data: st.DataObject) -> None:
    text = "".join(part.text for part in parts)
    part = data.draw(st.sampled_from([part for part in parts if part.items]))
    before = list(enumerate(parsed(text)[part.key]))
    kept = data.draw(st.lists(st.sampled_from(before), unique_by=lambda item: item[0]))
    if len({str(item) for _, item in before}) < len(before):  # of two that are the same either may stay
        kept = sorted(kept)
    wanted: list[Any] = [item for _, item in kept]
    wanted.insert(data.draw(st.integers(0, len(wanted))), {"title": "new"} if isinstance(before[0][1], dict) else "new")
    after = changed(text, {part.key: wanted})
    assert parsed(after) == parsed(text) | {part.key: tuple(wanted)}
    assert comments(after) == comments(text)
    assert unchanged(parts, {part.key: wanted}, after)
    if len({str(item) for _, item in before}) == len(before):
        for number, _ in kept:
            own = re.sub(r"(\r?\n#c[^\n]*)?\s*\Z", "", part.items[number])  # a comment at the margin is about what follows
            assert own in after, "its own lines, comments included"


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("a: x", {"b": "y"}, "a: x\nb: y\n"),
        ("a: x\n\n# the end\n\n\n", {"b": "y"}, "a: x\n\n# the end\nb: y\n\n\n"),
        ("a: x\r\n...\r\n# behind\r\n", {"b": "y"}, "a: x\r\nb: y\r\n...\r\n# behind\r\n"),
        ("a: |+\n  x\n\n", {"b": "y"}, "a: |+\n  x\n\nb: y\n"),
        ("a: x  # c\nb: y", {"a": "z", "b": None}, "a: z  # c\n"),
        ("a: x\nb: y", {"b": "z"}, "a: x\nb: z"),
        ("# about a\na: >-  # c\n  x\n\n# about b\nb: y\n", {"a": "z"}, "# about a\n# c\na: z\n\n# about b\nb: y\n"),
        ("a:\n- x # 1\n- y # 2\nb: z\n", {"a": ["y", "n"]}, "a:\n# 1\n- y # 2\n- n\nb: z\n"),
        ("a:\n  - x\n  - y\n", {"a": ["y", "x"]}, "a:\n  - y\n  - x\n"),
        ("a:\n  - # 1\n    t: x\n  -\n    t: y\n", {"a": [{"t": "x"}, {"t": "z"}]}, "a:\n  - # 1\n    t: x\n  - {t: z}\n"),
        ("a: [x, y] # c\n", {"a": ["x", "NO"]}, "a: [x, 'NO']  # c\n"),
        ("a:\n  - x # c\nb: y\n", {"a": []}, "# c\na: []\nb: y\n"),
    ],
)
def test_what_is_written_is_where_and_how_a_person_would_write_it(
    before: str, changes: dict[str, Value], after: str
) -> None:
    assert rewrite(before, changes) == after
    assert rewrite("\ufeff" + before, changes) == "\ufeff" + after


# The files that come with the bot -------------------------------------------------------------------------------------------

ALL = sorted(path for path in SHIPPED.rglob("*.yaml"))


def test_moving_the_day_of_any_shipped_file_changes_that_one_line() -> None:
    assert len(ALL) > 300
    day = date(2001, 2, 3)
    for path in ALL:
        text = path.read_bytes().decode()
        after = rewrite(text, {"checked": day})
        assert parsed(after) == parsed(text) | {"checked": str(day)}, path
        if "\nchecked:" in text:
            assert after == re.sub(r"(?m)^checked: \S+$", f"checked: {day}", text), path
        else:
            assert after == f"{text}checked: {day}\n", path


def test_changing_one_source_of_any_shipped_file_keeps_every_other_line() -> None:
    seen = 0
    for path in ALL:
        text = path.read_bytes().decode()
        sources = parsed(text).get("sources")
        if sources is None:
            continue
        for number in range(len(sources)):
            changed = [source | {"title": "Another: title"} if i == number else source for i, source in enumerate(sources)]
            after = rewrite(text, {"sources": changed})
            assert parsed(after) == parsed(text) | {"sources": tuple(changed)}, path
            gone, new = set(text.splitlines()) - set(after.splitlines()), set(after.splitlines()) - set(text.splitlines())
            assert all("sources" in line or sources[number]["url"] in line or sources[number]["title"] in line
                       or re.match(r"\s+(?:- )?(?:title|publisher|url|seen):", line) for line in gone), path  # fmt: skip
            assert len(new) == 1, path
            seen += 1
    assert seen > 400


# Files that only an editor should change ------------------------------------------------------------------------------------


def test_a_change_that_would_spoil_another_text_is_refused() -> None:
    text = "name: |+\n  kept with the blank lines behind it\nshort: x\n\nmore: y\n"
    with pytest.raises(NotPlainError):
        rewrite(text, {"short": None})
    assert rewrite(text, {"short": "z"}) == text.replace("short: x", "short: z")


@pytest.mark.parametrize(
    "text",
    [
        "{name: T cell, short: x}\n",
        "{name: T cell,\n short: x}\n",
        "  name: T cell\n  short: x\n",
        "? name\n: T cell\nshort: x\n",
        "- a list\n",
        "a text\n",
        "# nothing\n",
        "",
        "name: [T cell\n",
        "name: a\nname: b\n",
        "name: &a x\nshort: *a\n",
        "name: x\n---\nname: y\n",
        "also: " + "[" * 30_000 + "]" * 30_000 + "\n",
        "name: x\n" + "# filler\n" * 40_000,
    ],
)
def test_a_file_that_is_not_one_key_a_line_is_refused(text: str) -> None:
    with pytest.raises(NotPlainError):
        rewrite(text, {"checked": DAY})


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("name: x\nchecked: 2025-01-01\n", "name: x\nchecked: 2026-11-22\n"),
        ("{name: x, related: [a]}\n", "{checked: 2026-11-22, name: x, related: [a]}\n"),
        ("# see {this}\n{name: x,\n short: y}\n", "# see {this}\n{checked: 2026-11-22, name: x,\n short: y}\n"),
        ("{name: x, checked: 2025-01-01, short: y}", "{name: x, checked: 2026-11-22, short: y}"),
        ('\ufeff{"name":"x","checked":"2025-01-01"}', '\ufeff{"name":"x","checked":2026-11-22}'),
        ("  name: x\r\n  short: y\r\n", "  checked: 2026-11-22\r\n  name: x\r\n  short: y\r\n"),
        ("  name: x\n  checked: 2025-01-01 # c\n", "  name: x\n  checked: 2026-11-22 # c\n"),
        ("? name\n: x\n", "checked: 2026-11-22\n? name\n: x\n"),
    ],
)
def test_a_day_can_be_set_however_the_file_is_written(text: str, after: str) -> None:
    assert stamped(text, "checked", DAY) == after
    assert parsed(after) == parsed(text) | {"checked": "2026-11-22"}


@pytest.mark.parametrize("text", ["", "a text", "[a]", "{name: [x", "{name: &a x}", "[" * 30_000])
def test_a_day_can_not_be_set_in_what_is_no_file(text: str) -> None:
    with pytest.raises(NotPlainError):
        stamped(text, "checked", DAY)
