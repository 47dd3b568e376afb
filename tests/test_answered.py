"""Who reads a card can say whether it answered them; moderators see counts, and nobody sees who said what."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from bot.features.figures.stats import report
from bot.language import language
from bot.service.tryout import Stage
from bot.settings import Config
from bot.store.statistics import FEWEST_SAID, read, say_whether
from bot.store.usage import Store

from .conftest import ANSWERED, MORE, in_more, spoken_in, text_of
from .test_settings import sent_as
from .test_store import rows


async def tell(world: Stage, label: str, term: str = "T cell") -> str:
    shown = await world.member.slash(world.channel, "define", term=term)
    told = await in_more(world.member, shown.response, label)
    assert told.response.ephemeral
    return str(told.response.content)


async def figures_said(world: Stage, code: str = "en") -> str:
    """What /stats says, without its picture."""
    figures = await read(world.env.bot.deps.store, 1, urgent=lambda _: False)
    return str(spoken_in(language(code), report, figures, world.env.bot.deps.library.current).embeds[0].fields)


async def test_it_is_counted_by_entry_and_without_who(world: Stage) -> None:
    assert await tell(world, ANSWERED[0]) == "Thank you. It is counted without you."
    assert "Ask in other words" in await tell(world, ANSWERED[2])
    await world.env.bot.deps.store.count_people()
    path = world.env.bot.deps.store.database.path
    today = datetime.now(UTC).date().isoformat()
    assert rows(path, "SELECT * FROM said_by_day") == [(today, "t-cell", "no", 1), (today, "t-cell", "yes", 1)]
    said = rows(path, "SELECT entry, outcome FROM usage WHERE command = 'answered'")
    assert said == [(None, "offered")] * 2, "its row tells no entry, and counts nothing as shown"
    assert str(world.member.id) not in str([rows(path, f"SELECT * FROM {t}") for t in ("usage", "said_by_day", "people")])


async def test_who_was_not_answered_is_shown_where_else_to_ask(world: Stage) -> None:
    shown = await world.member.slash(world.channel, "define", term="T cell")
    told = await in_more(world.member, shown.response, ANSWERED[1])
    for label in ("Ask", "Tell the moderators"):
        assert (await world.member.click(told.response, label=label)).modal is not None
    assert "Look around" in text_of(await world.member.click(told.response, label="Browse"))


async def test_moderators_see_what_did_not_answer_once_it_was_said_often_enough(world: Stage) -> None:
    store = world.env.bot.deps.store
    for _ in range(FEWEST_SAID - 1):
        await say_whether(store, "tnf", "no")
    assert "Did it answer?" not in await figures_said(world), "of few it could be guessed who said so"
    for said in ("yes", "yes", "yes", "partly", "no"):
        await say_whether(store, "t-cell", said)
    await say_whether(store, "tnf", "partly")
    assert r"• TNF-α: 0 yes, 1 partly, 4 no\n• T cell: 3 yes, 1 partly, 1 no" in await figures_said(world)
    assert "• Linfocito T: 3 sí, 1 en parte, 1 no" in await figures_said(world, "es")


async def test_the_operator_sees_it_too(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                        capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    async with await Store.open(tmp_path / "data/immunobot.db") as store:
        for _ in range(FEWEST_SAID):
            await say_whether(store, "t-cell", "no")
    assert await asyncio.to_thread(main, ["stats", "--days", "1"]) == 0
    assert "did it answer (yes, partly, no):\n     0/0/5  t-cell" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["1"]["answered"] == {"t-cell": [0, 0, 5]}


async def test_an_entry_that_is_gone_and_a_word_that_is_none_are_told_so(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await world.member.slash(world.channel, "define", term="T cell")
    for custom_id, told in (
        ("im1:answered:no-such-entry:yes", "That entry is no longer here."),
        ("im1:answered:t-cell:perhaps", "This button has expired."),
    ):
        sent_as(monkeypatch, lambda payload, i=custom_id: payload["data"].update(custom_id=i))
        assert (await world.member.click(shown.response, label=MORE)).response.content.startswith(told)
        monkeypatch.undo()
    assert rows(world.env.bot.deps.store.database.path, "SELECT * FROM said_by_day") == []


async def test_a_database_that_refuses_is_no_reason_not_to_thank(world: Stage) -> None:
    await world.env.bot.deps.store.database.close()
    assert await tell(world, ANSWERED[0]) == "Thank you. I can't count that right now."
