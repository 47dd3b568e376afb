"""What moderators read stays within every limit, however much there is, and is there in Spanish."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.features.cards.card import CardContext
from bot.features.desk import status, upgrades, work
from bot.features.desk import versions as shown_versions
from bot.features.desk.files import from_press, in_press, shown_file
from bot.features.desk.review import previewed, reviewed, side_by_side
from bot.interactions.limits import clamp
from bot.interactions.message import Message
from bot.knowledge.library import Snapshot
from bot.language import Language, language
from bot.publishing.publish import Change, EditConflictError
from bot.publishing.review import Remark, Review
from bot.store.history import Version
from bot.strict_yaml import Problem

from ..conftest import spoken_in
from ..test_replies import check_limits

ENGLISH, SPANISH = language("en-US"), language("es-ES")
NASTY = "**bold** [x](http://a.b) <@123> @everyone https://evil.example/a_b `code` ```block``` ||x|| "
LONG = 4 * (NASTY + "🧬" * 50)
HERE = CardContext()


def version(number: int = 1, **other: Any) -> Version:
    made = Version("terms/t-cell.yaml", number, 1_790_000_000, "42", "publish", "clearer", "old\n", "new\n", True, True)
    return replace(made, **other)


def many(count: int) -> dict[str, Change]:
    """Changes of so many files, of 100 kB in all."""
    return {
        f"es/therapies/{'a' * 40}-{n}.yaml": Change(
            None if n % 2 else "x\n", (f"{LONG}{n}\n" * (100_000 // count // 560 + 1))
        )
        for n in range(count)
    }


def problems(count: int) -> tuple[Problem, ...]:
    return tuple(Problem(f"/data/changes/terms/{'b' * 40}-{n}.yaml", n, LONG, LONG) for n in range(count))


def said(snapshot: Snapshot) -> dict[str, Message]:
    """Everything that moderators read, as much of it as there can be."""
    changes = many(200)
    one = dict(list(many(1).items())[:1])
    entry = {"terms/t-cell.yaml": Change("short: a\n", LONG)}
    doubts = ("name gone", "source gone", "dose", "advice", "translation behind")
    remarks = tuple(Remark(file, doubt, LONG) for file in list(changes)[:40] for doubt in doubts)
    versions = [version(n, why=LONG[:200], who="" if n == 3 else "4" * 19) for n in range(20, 0, -1)]
    files = [version(why=LONG[:200], file=file) for file in changes]
    return {
        "problems": reviewed(Review(changes, problems(300)), "p" * 16, HERE, key="short"),
        "many": reviewed(Review(changes, (), remarks, snapshot), "p" * 16, HERE),
        "one": reviewed(Review(one, (), remarks[:20], snapshot), "p" * 16, HERE, key="short"),
        "entry": reviewed(Review(entry, (), remarks[:5], snapshot), "p" * 16, HERE, key="short"),
        "meanwhile": work._changed_meanwhile(EditConflictError(changes, dict.fromkeys(changes, LONG))),
        "published": shown_versions.published(files),
        "taken down": shown_versions.published([version(action="withdraw", after="withdrawn: 2026-01-01\n")]),
        "gone": shown_versions.published([version(action="roll back", after=None)]),
        "already": shown_versions.under_review_already("terms/t-cell.yaml"),
        "notice": shown_versions.notice(files),
        "history": shown_versions.history_of("terms/t-cell.yaml", versions[:9], latest=False),
        "no history": shown_versions.history_of("terms/t-cell.yaml", []),
        "recent": shown_versions.recent([replace(v, file=next(iter(changes))) for v in versions[:10]]),
        "no changes": shown_versions.recent([]),
        "version": shown_versions.version_shown(version(after=LONG * 100)),
        "version 0": shown_versions.version_shown(version(0, after=None)),
        "upgrades": upgrades.upgrades([("terms/t-cell.yaml", LONG, LONG * 50, NASTY * 500)] * 2),
        "upgrade": upgrades.upgrades([("terms/t-cell.yaml", None, LONG * 50, NASTY * 500)]),
        "no upgrade": upgrades.upgrades([]),
        "status": status.loaded(snapshot, problems(300), 5, 3),
        "status off": status.loaded(snapshot, (), None, 0),
        "previews": side_by_side([previewed(snapshot, "therapies/til-therapy.yaml", HERE)] * 3),
    }


NAMES = (
    *("problems", "many", "one", "entry", "meanwhile", "published", "taken down", "gone", "already", "notice", "history"),
    *("no history", "recent", "no changes", "version", "version 0", "upgrades", "upgrade", "no upgrade", "status"),
    *("status off", "previews"),
)


def text_of(reply: Message) -> str:
    parts = [reply.content]
    for embed in reply.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer]
    return "\n".join(parts)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", [ENGLISH, SPANISH], ids=["en", "es"])
def test_everything_fits_and_no_block_of_code_is_left_open(snapshot: Snapshot, lang: Language, name: str) -> None:
    clamped = clamp(spoken_in(lang, said, snapshot)[name])
    check_limits(clamped)
    for embed in clamped.embeds:
        described = embed.description or ""
        assert described.count("```") == 2 * described.count("```diff\n"), "what was typed closes none, and each is closed"
        outside = re.sub(r"`[^`]*`", "", "".join(described.split("```")[::2]))
        sources = re.compile(r"\*\*(Sources|Fuentes):\*\*.*")  # a card's own, from the knowledge
        assert "](http" not in sources.sub("", outside)
    assert "@everyone" not in clamped.content.replace("\\@everyone", "")


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_said_in_spanish(snapshot: Snapshot, name: str) -> None:
    english, spanish = (spoken_in(lang, said, snapshot)[name] for lang in (ENGLISH, SPANISH))
    assert text_of(english) != text_of(spanish)
    for row, other in zip(english.rows, spanish.rows, strict=True):
        for item, same in zip(row, other, strict=True):
            assert item.id == same.id
            shown, translated = (getattr(each, "label", None) or getattr(each, "placeholder", "") for each in (item, same))
            assert shown != translated, shown


def test_what_there_is_no_room_for_is_counted(snapshot: Snapshot) -> None:
    replies = {name: text_of(reply) for name, reply in said(snapshot).items()}
    assert "and 292 more, in the file" in replies["problems"]
    assert "and 192 more, in the file" in replies["many"]
    assert "**200 files (100 new, 100 changed)**" in replies["many"]
    assert "and 190 more" in replies["notice"]
    assert "and 190 more" in replies["published"]
    select: Any = said(snapshot)["many"].rows[1][0]
    assert select.placeholder == "See a card (one of the first 25)"


def test_a_reason_is_inert_wherever_it_is_read(snapshot: Snapshot) -> None:
    why = "**b** <@1> @everyone [x](https://evil.example)"
    shown = "\\*\\*b\\*\\* \\<\\@1\\> \\@everyone \\[x\\]\\(https\\:\\/\\/evil\\.example\\)"
    for reply in (
        shown_versions.notice([version(why=why)]),
        shown_versions.history_of("terms/t-cell.yaml", [version(why=why)]),
        shown_versions.recent([version(why=why)]),
        shown_versions.version_shown(version(why=why)),
    ):
        assert shown in text_of(reply)


def test_a_file_is_named_as_moderators_know_it_wherever_the_folders_are() -> None:
    assert shown_file("/srv/changes/terms/t-cell.yaml") == "terms/t-cell.yaml"
    assert shown_file("/srv/changes/es/terms/t-cell.yaml") == "es/terms/t-cell.yaml"
    assert shown_file("data/knowledge/disclaimers.yaml") == "disclaimers.yaml"
    assert shown_file("upload/mine.zip") == "mine.zip"


@pytest.mark.parametrize(
    "file", ["terms/t-cell.yaml", "es/medicines/pembrolizumab.yaml", "disclaimers.yaml", "es/disclaimers.yaml"]
)
def test_a_press_carries_which_file_it_is_about(file: str) -> None:
    assert from_press(in_press(file)) == file
