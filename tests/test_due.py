"""Entries whose check against their sources is too old are listed, the longest due first, in Discord and on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.features.inbox.due import due_list
from bot.interactions.limits import clamp
from bot.knowledge.due import due, months_after
from bot.knowledge.library import Snapshot
from bot.language import language
from bot.service.tryout import Stage
from bot.settings import Knowledge

from .conftest import spoken_in, text_of
from .test_replies import check_limits

SETTINGS = Knowledge()
CHECKED = date(2026, 1, 2)
"""the day of every entry of the small knowledge"""

MEDICINES = ["nemolizumab", "pembrolizumab"]


def ids(snapshot: Snapshot, today: date, **changes: int) -> tuple[list[str], list[str]]:
    """Return what is overdue, and what soon will be."""
    found = due(snapshot.entries.values(), today, replace(SETTINGS, **changes))
    return [each.entry.id for each in found if each.overdue], [each.entry.id for each in found if not each.overdue]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
    ],
)
def test_months_are_counted_as_people_count_them(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_medicines_are_due_after_six_months_all_else_after_twelve(snapshot: Snapshot) -> None:
    others = len(snapshot.entries) - len(MEDICINES)
    assert ids(snapshot, date(2026, 6, 1)) == ([], []), "31 days before"
    assert ids(snapshot, date(2026, 6, 2)) == ([], MEDICINES), "30 days before"
    assert ids(snapshot, date(2026, 7, 2)) == ([], MEDICINES), "on the day itself"
    assert ids(snapshot, date(2026, 7, 3)) == (MEDICINES, []), "over six months old"
    overdue, soon = ids(snapshot, date(2027, 1, 2))
    assert (overdue, len(soon)) == (MEDICINES, others)
    overdue, soon = ids(snapshot, date(2027, 1, 3))
    assert (overdue[:2], len(overdue), soon) == (["chest-pain", "fever"], others + 2, []), "the most dangerous first"
    shown_often = due(snapshot.entries.values(), date(2027, 1, 3), Knowledge(), {"til": 40})
    assert [each.entry.id for each in shown_often[:2]] == ["til", "chest-pain"], "and what is shown often"


def test_the_settings_change_what_is_due(snapshot: Snapshot) -> None:
    assert ids(snapshot, date(2026, 3, 1), due_months_medicines=1) == (MEDICINES, [])
    assert ids(snapshot, date(2026, 6, 2), due_soon_days=29) == ([], [])
    assert len(ids(snapshot, date(2026, 2, 3), due_months=1)[0]) == len(snapshot.entries) - 2


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_the_list_of_everything_turns_and_stays_within_limits(shipped: Snapshot, locale: str) -> None:
    lang = language(locale)
    found = due(shipped.entries.values(), date(2040, 1, 1), SETTINGS)
    assert len(found) == len(shipped.entries)
    seen = []
    pages = -(-len(found) // 10)
    for page in range(pages):
        reply = clamp(spoken_in(lang, due_list, shipped, found, page))
        check_limits(reply)
        seen += [option.value for option in reply.rows[0][0].options]  # type: ignore[union-attr]
    assert seen == [each.entry.id for each in found]
    beyond, last = spoken_in(lang, due_list, shipped, found, 9_999), spoken_in(lang, due_list, shipped, found, pages - 1)
    assert beyond.embeds == last.embeds


def test_the_list_says_since_when_in_both_languages(snapshot: Snapshot) -> None:
    found = due(snapshot.entries.values(), date(2026, 12, 20), SETTINGS)
    english = spoken_in(language("en"), due_list, snapshot, found, 0).embeds[0].description or ""
    assert english.startswith("2 entries are overdue, 9 soon will be.\n")
    assert "• **Nemolizumab** (Medicine): checked on January 2, 2026, overdue since July 2, 2026" in english
    assert "• **T cell** (Term · cells): checked on January 2, 2026, due on January 2, 2027" in english
    spanish = spoken_in(language("es"), due_list, snapshot, found, 0).embeds[0].description or ""
    assert "• **Linfocito T** (Término · células): comprobada el 2 de enero de 2026, vence el 2 de enero de 2027" in spanish


def with_months(world: Stage, months: int) -> None:
    config = world.env.bot.deps.config
    knowledge = replace(config.knowledge, due_months=months, due_months_medicines=months)
    world.env.bot.deps.config = replace(config, knowledge=knowledge)


async def test_a_moderator_opens_what_is_due(world: Stage) -> None:
    with_months(world, 1)
    listed = await world.moderator.slash(world.channel, "knowledge due")
    assert listed.ephemeral
    assert text_of(listed).strip().startswith("Due for a check\n11 entries are overdue, 0 soon will be.")
    opened = await world.moderator.select(listed.response, ["t-cell"])
    assert opened.response.embeds[0].title == "T cell"


async def test_a_moderator_turns_the_pages_of_what_is_due(shipped_world: Stage) -> None:
    world, titles = shipped_world, set[Any]()
    with_months(world, 1)
    entries = list(world.env.bot.deps.library.current.entries.values())
    object.__setattr__(
        world.env.bot.deps.library.current, "entries", {e.id: e.model_copy(update={"checked": CHECKED}) for e in entries}
    )
    listed = await world.moderator.slash(world.channel, "knowledge due")
    assert "Page 1 of " in text_of(listed)
    titles.add(text_of(listed))
    turned = await world.moderator.click(listed.response, label="Next")
    titles.add(text_of(turned if turned.response else listed))
    assert any("Page 2 of " in text for text in titles)


async def test_nothing_due_says_so(world: Stage) -> None:
    with_months(world, 999)
    listed = await world.moderator.slash(world.channel, "knowledge due")
    assert text_of(listed).strip() == "Due for a check\nNothing is due for a check."


def test_the_command_line_lists_what_is_due_and_its_status_says_whether(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__PATH", str(folder))
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__DUE_MONTHS", "999")
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__DUE_MONTHS_MEDICINES", "999")
    assert main(["check", "--due"]) == 0
    assert "To be checked against their sources again: 0 overdue, 0 soon." in capsys.readouterr().out
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__DUE_MONTHS_MEDICINES", "1")
    assert main(["check", "--due"]) == 1
    out = capsys.readouterr().out
    assert "2 overdue, 0 soon." in out
    assert "  overdue since 2026-02-02  medicines/nemolizumab.yaml, checked 2026-01-02\n" in out
    assert main(["check", "--due", "--json", str(folder)]) == 1
    (first, _) = json.loads(capsys.readouterr().out)["due"]
    assert first == {
        "id": "nemolizumab", "name": "Nemolizumab", "checked": "2026-01-02", "due": "2026-02-02", "overdue": True,
    }  # fmt: skip
    assert main(["check"]) == 0, "without --due nobody is stopped by an old check"


@pytest.mark.parametrize(("setting", "value", "sentence"), [
    ("DUE_MONTHS", "0", "is not a number of months from 1 to 999"),
    ("DUE_SOON_DAYS", "soon", "is not a number of days from 0 to 999"),
])  # fmt: skip
def test_a_wrong_setting_has_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], setting: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"IMMUNOBOT_KNOWLEDGE__{setting}", value)
    assert main(["check", "--due"]) == 78
    assert sentence in capsys.readouterr().err
