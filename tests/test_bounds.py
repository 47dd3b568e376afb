"""Whatever is uploaded, or stands in a file, is looked at within bounds, and what it does is told."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.features.cards.card import CardContext
from bot.features.desk import review as desk_review
from bot.features.desk import work
from bot.features.desk.files import DIFF_FILE, PROBLEMS_FILE, problems_text, whole_diff
from bot.interactions.request import Deps
from bot.knowledge.files import read_folder
from bot.knowledge.sentences import MOST_TOLD
from bot.language import language
from bot.publishing import folders
from bot.publishing import publish as publish_module
from bot.publishing import review as review_module
from bot.publishing.publish import Change
from bot.publishing.review import Remark, Review, diff
from bot.service.client import Client
from bot.service.tryout import Stage
from bot.store import history
from bot.strict_yaml import Problem

from .conftest import SMALL, SOURCES, buttons_of, spoken_in
from .desk.helpers import T_CELL, changes, define, edit, lines, noticed, publish, reads, run, upload, zipped

ENGLISH = language("en-US")
IL2 = SMALL["terms/interleukin-2.yaml"] + SOURCES

HOSTILE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from bot.publishing import review
text = "# " + sys.argv[1] * (200_000 // len(sys.argv[1]))
print(review._DOSE.search(text), review._ADVICE.search(text))
"""
"""A search that takes a hundred times as long for a text ten times as long is killed by the system."""


# ------------------------------------------------------------------------------------------------------------- remarks


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
@pytest.mark.parametrize("piece", ["1,", "1", "1.", "1 ", "you should ", "stop "])
def test_doses_and_advice_are_looked_for_in_any_text_without_end(piece: str) -> None:
    done = subprocess.run([sys.executable, "-c", HOSTILE, piece], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "None None\n"), done.stderr


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("Take 1,000 mg a day.", "1,000 mg"),
        ("3.5mg", "3.5mg"),
        (".5 mg", "5 mg"),
        ("(10 units)", "10 units"),
        ("1, 2 and 4 mcg", "4 mcg"),
        ("22 000 000 IU", "000 IU"),
        ("CD4 units", None),
    ],
)
def test_doses_are_found(text: str, dose: str | None) -> None:
    found = review_module._DOSE.search(text)
    assert (found[0] if found else None) == dose


def test_texts_of_too_many_lines_are_not_compared_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> Any:
        raise AssertionError("compared")

    lines = [f"#{n % 110}" for n in range(review_module.MOST_COMPARED + 1)]
    monkeypatch.setattr(review_module.difflib, "unified_diff", never)
    assert diff("\n".join(lines), "x: y") == "\n".join([*(f"-{line}" for line in lines), "+x: y"])
    assert diff("\n".join(lines), "\n".join(lines)) == ""


# -------------------------------------------------------------------------------------------------- problems of a file


def test_what_yaml_itself_has_wrong_is_bounded_too(folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text("name: X\n" * 3000)
    assert len(read_folder(folder).problems) == MOST_TOLD + 1


def test_a_file_of_problems_is_bounded() -> None:
    found = [Problem("terms/x.yaml", n, "what", "todo") for n in range(20_200)]
    lines = problems_text(found).splitlines()
    assert len(lines) == PROBLEMS_FILE + 1
    assert lines[-1] == "and 19700 more"


def test_a_file_of_changes_is_bounded() -> None:
    whole = whole_diff({f"terms/x{n}.yaml": Change(None, "# á🧬\n" * 20_000) for n in range(30)})
    assert 900_000 < len(whole.encode()) <= DIFF_FILE
    assert whole.endswith("\n+# á🧬\n…")


# --------------------------------------------------------------------------------------------------------- the event loop


async def test_nothing_of_an_upload_is_worked_out_on_the_event_loop(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    on_loop: list[str] = []
    seen: set[str] = set()

    def watched(owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def wrapped(*given: Any, **named: Any) -> Any:
            seen.add(name)
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                return real(*given, **named)
            on_loop.append(name)
            return real(*given, **named)

        monkeypatch.setattr(owner, name, wrapped)

    watched(review_module, "_remarks")
    watched(desk_review, "reviewed")
    watched(desk_review, "whole_diff")
    watched(desk_review, "_beside")
    watched(work, "shown_to_moderators")
    watched(publish_module.Publisher, "_final")
    watched(publish_module, "stamped")
    review = await upload(
        desk, "k.zip", zipped({"terms/t-cell.yaml": T_CELL + "# x\n", "terms/interleukin-2.yaml": IL2 + "# x\n"})
    )
    await lines(desk, review)
    await publish(desk, review)
    assert seen == {"_remarks", "reviewed", "whole_diff", "_beside", "shown_to_moderators", "_final", "stamped"}
    assert on_loop == []


# ------------------------------------------------------------------------------------------------------ what is kept of it


async def kept(desk: Stage) -> int:
    return len(await desk.env.bot.deps.store.execute("SELECT id FROM proposals"))


async def test_much_that_has_errors_is_not_kept_and_offers_nothing(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = T_CELL + "colour: green\n"
    review = await upload(desk, "t-cell.yaml", broken)
    assert list(buttons_of(review)) == ["As a file"]
    assert await kept(desk) == 1
    monkeypatch.setattr(desk_review, "MOST_BROKEN", len(broken) - 1)
    review = await upload(desk, "t-cell.yaml", broken)
    assert "a term has no key `colour`" in reads(review)
    assert buttons_of(review) == {}
    assert await kept(desk) == 1
    assert "Publish" in buttons_of(await upload(desk, "t-cell.yaml", T_CELL + "# a note longer than what was wrong\n"))


# -------------------------------------------------------------------------------------------------- after it was done


async def test_an_answer_whose_message_is_gone_keeps_nothing_from_the_channel(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    desk.env.inject_error("PATCH", "/webhooks/*/messages/@original", status=404, code=10008, times=None)
    done = await publish(desk, review)
    assert [message.content for message in noticed(desk)] == [
        f"`terms/t-cell.yaml`: published by <@{desk.moderator.id}>. Why: clearer"
    ]
    (said,) = done.followups
    assert said.content.startswith("Published: `terms/t-cell.yaml`.")
    assert "Undo this" in buttons_of(said)


async def test_the_channel_hears_of_a_change_before_whoever_made_it(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    before = len(desk.env.http_requests)
    await publish(desk, review)
    paths = [str(request) for request in desk.env.http_requests[before:]]
    channel = next(n for n, path in enumerate(paths) if f"/channels/{desk.notices.id}/messages" in path and "POST" in path)
    answer = max(n for n, path in enumerate(paths) if "@original" in path and "PATCH" in path)
    assert channel < answer


async def test_what_an_editor_changed_is_told_though_something_else_is_published_meanwhile(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    path = changes(desk) / "terms/interleukin-2.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(IL2.replace("A messenger", "A signal"))
    await publish(desk, review)
    assert [message.content for message in noticed(desk)][::-1] == [
        "`terms/interleukin-2.yaml`: changed in an editor by an editor.",
        f"`terms/t-cell.yaml`: published by <@{desk.moderator.id}>. Why: clearer",
    ]
    await publish(desk, await edit(desk, "t-cell", short="A white cell."))
    assert len(noticed(desk)) == 3, "told once"


# ---------------------------------------------------------------------------------------------------------- under review


async def test_an_upload_that_shows_an_entry_again_says_so(desk: Stage) -> None:
    await run(desk, "withdraw", entry="interleukin-2", why="wrong")
    shown = reads(await upload(desk, "interleukin-2.yaml", IL2.replace("A messenger", "A signal")))
    assert "⚠ It is under review; publishing shows it again." in shown
    mended = (changes(desk) / "terms/interleukin-2.yaml").read_text().replace("A messenger", "A signal")
    assert "publishing shows it again" not in reads(await upload(desk, "interleukin-2.yaml", mended))


def test_that_an_entry_is_shown_again_is_said_in_spanish() -> None:
    found = Review({"terms/t-cell.yaml": Change("a", "b")}, (), (Remark("terms/t-cell.yaml", "shown again"),))
    reply = spoken_in(language("es-ES"), desk_review.reviewed, found, "p", CardContext())
    assert "Está en revisión; al publicarlo se vuelve a mostrar." in (reply.embeds[0].description or "")


async def test_a_search_for_what_is_under_review_says_so(desk: Stage) -> None:
    await run(desk, "withdraw", entry="interleukin-2", why="wrong")
    found = reads((await desk.member.slash(desk.channel, "search", words="interleukin-2")).response)
    assert "“interleukin-2” is under review" in found
    assert "I found nothing for" in reads((await desk.member.slash(desk.channel, "search", words="zeppelin")).response)


# ------------------------------------------------------------------------------------------------------------ small things


async def test_a_preview_of_a_file_as_it_is_shows_its_card(desk: Stage) -> None:
    shown = await run(desk, "preview", file=("t-cell.yaml", T_CELL.encode()))
    assert "A preview: nothing was changed." in reads(shown)
    assert "A white blood cell." in reads(shown)


async def test_a_file_that_cant_be_read_is_said_in_words(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    path = changes(desk) / "terms/t-cell.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(T_CELL)

    def refuse(asked: Path) -> bytes:
        if asked == path:
            raise PermissionError(13, "Permission denied")
        return asked.read_bytes()

    monkeypatch.setattr(folders, "contents", refuse)
    answer = await run(desk, "edit", entry="t-cell")
    assert answer.content.startswith(f"Nothing was changed: the folder {changes(desk)} can't be")
    assert "incident" not in answer.content
    assert "A white blood cell." in await define(desk, "T cell")


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE state RENAME TO lost",
        "CREATE TRIGGER full BEFORE INSERT ON state BEGIN SELECT RAISE(ABORT, 'lost'); END",
    ],
    ids=["to read", "to write"],
)
async def test_a_database_that_refuses_does_not_keep_the_commands_from_being_registered(
    desk: Stage, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    bot: Client = desk.env.bot
    await bot.deps.store.execute("DELETE FROM state")
    await bot.deps.store.execute(broken)
    with caplog.at_level(logging.WARNING, "bot"):
        assert await bot.sync(only_changed=True)
    assert re.findall(r"could not be noted \((lost|no such table: state)\)", caplog.text)


async def test_what_is_taken_is_taken_once(desk: Stage) -> None:
    deps: Deps = desk.env.bot.deps
    version = history.Version("terms/x.yaml", 1, 0, "", "editor", "", None, "x", True, True)
    deps.noted.append(version)
    assert work.taken(desk.env.bot) == [version]
    assert work.taken(desk.env.bot) == []
