"""Several processes on one PostgreSQL are one bot: what one does all know, and one that is killed takes nothing along."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.keys import hashed

from ..conftest import SHIPPED
from ..databases import KEY, Server, on_postgres, remote, rows
from ..standin import CHANNEL_ID, GUILD_ID, PATIENCE, Bot, Standin
from .helpers import text_of

Replicas = Callable[..., Awaitable[list[Bot]]]

PATIENT = """
import sys
from bot.store import usage
usage.PATIENCE = 60.0
from bot.cli import main
sys.exit(main(["run"]))
"""
"""A bot whose answers wait for their rows as long as it takes, so that a slow machine proves nothing wrong."""

NEW_TEXT = "A messenger of the body that makes T cells grow."
WHO = {"moderator": True}


@pytest_asyncio.fixture
async def settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What all processes have in common, the database above all."""
    monkeypatch.setattr(Bot, "run", ("-c", PATIENT))
    return on_postgres(server.new()) | {
        "IMMUNOBOT_MODERATION__GUILD_ID": str(GUILD_ID),
        "IMMUNOBOT_MODERATION__CHANNEL_ID": str(CHANNEL_ID + 10),
    }


@pytest_asyncio.fixture
async def replicas(discord: Standin, settings: dict[str, str], tmp_path: Path) -> AsyncIterator[Replicas]:
    """Start processes with a shard and a folder each, on one database."""
    settings |= {"IMMUNOBOT_DISCORD__SHARDS__COUNT": "3"}
    url = settings["IMMUNOBOT_DATABASE__URL"]
    async with contextlib.AsyncExitStack() as stack:

        async def start(*shards: int) -> list[Bot]:
            bots = []
            for shard in shards:
                (tmp_path / str(shard)).mkdir()
                more = {"IMMUNOBOT_DISCORD__SHARDS__IDS": str(shard)}
                bot = await stack.enter_async_context(Bot(discord, tmp_path / str(shard), SHIPPED, **settings | more))
                bot.database = remote(url, tmp_path)
                bots.append(bot)
            await discord.until(lambda: set(shards) <= discord.by_shard.keys())
            return bots

        yield start


async def publish(discord: Standin, shard: int) -> None:
    """Change an entry in Discord, as a moderator whose server has this shard."""
    discord.shard = shard
    asked = await discord.use_in_group("knowledge edit", {"entry": "interleukin-2"}, **WHO)
    items = [item for row in asked["data"]["components"] for item in row["components"] if item["type"] == 3]
    fields = next(item for item in items if "short" in [option["value"] for option in item["options"]])
    discord.shard = shard
    form = await discord.press(fields["custom_id"], asked, values=["short"], **WHO)
    discord.shard = shard
    await discord.submit(form, {"short": NEW_TEXT}, **WHO)
    (shown,) = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/.*"))
    pressed = [item["custom_id"] for row in shown["components"] for item in row["components"]]
    discord.shard = shard
    why = await discord.press(next(each for each in pressed if "publish" in each), shown, **WHO)
    discord.shard = shard
    await discord.submit(why, {"why": "plainer", "checked": "yes"}, **WHO)


async def asked_of(discord: Standin, shard: int) -> str:
    discord.shard = shard
    return text_of(await discord.ask("define", {"term": "interleukin-2"}))


async def test_one_of_three_is_killed_under_load_while_a_moderator_publishes(discord: Standin, replicas: Replicas) -> None:
    discord.max_concurrency = 3
    bots = await replicas(0, 1, 2)
    assert len(discord.bodies("PUT", r"/applications/\d+/commands")) == 1, "the commands are registered once"
    sent, over = [], asyncio.Event()

    async def load(shard: int) -> None:
        while not over.is_set():
            discord.shard = shard
            sent.append(
                (shard, asked := await discord.send_command("define", {"term": "melanoma"}, user_id=10**17 + len(sent)))
            )
            await asyncio.wait({asked.answer, ended}, return_when=asyncio.FIRST_COMPLETED)

    ended = asyncio.create_task(over.wait())
    loads = [asyncio.create_task(load(shard)) for shard in (0, 1, 2) for _ in range(2)]
    await discord.until(lambda: {shard for shard, asked in sent if asked.answer.done()} == {0, 1, 2})
    bots[2].tell(signal.SIGKILL)
    killed_at = len(sent)
    await publish(discord, 0)
    async with asyncio.timeout(PATIENCE):
        while NEW_TEXT not in await asked_of(discord, 1):
            pass
    over.set()
    await asyncio.gather(*loads)
    answered = [asked for _, asked in sent if asked.answer.done()]
    without = [shard for shard, asked in sent if not asked.answer.done()]
    assert {shard for shard, asked in sent[killed_at:] if asked.answer.done()} >= {0, 1}, "the others go on"
    assert without.count(2) <= 2, "no more than what was in it"
    assert [await bot.stop() for bot in bots[:2]] == [0, 0]
    ((kept,),) = rows(bots[0].database, "SELECT COUNT(*) FROM usage WHERE entry = 'melanoma'")
    assert len(answered) <= kept <= len(sent), "no answer without its row"
    assert [line for bot in bots[:2] for line in bot.lines if " ERROR " in line] == []


async def test_a_new_one_has_what_was_changed_before_and_settings_reach_all(discord: Standin, replicas: Replicas) -> None:
    discord.max_concurrency = 3
    (first,) = await replicas(0)
    await publish(discord, 0)
    await discord.until(lambda: discord.bodies("POST", rf"/channels/{CHANNEL_ID + 10}/messages"))
    await replicas(1)
    assert NEW_TEXT in await asked_of(discord, 1)
    changed = first.folder.parent / "1/data/knowledge/terms/interleukin-2.yaml"
    text = changed.read_text()
    changed.unlink()  # its folder is a copy
    async with asyncio.timeout(PATIENCE):
        while not changed.exists():
            await asked_of(discord, 1)
    assert changed.read_text() == text
    assert len(discord.bodies("POST", rf"/channels/{CHANNEL_ID + 10}/messages")) == 1, "nobody changed anything"
    server = hashed(KEY.encode(), "server", GUILD_ID)
    rows(first.database, f"INSERT INTO servers VALUES ('{server}', FALSE, TRUE, 'es', '')")
    for shard in (0, 1):
        async with asyncio.timeout(PATIENCE):
            while "Fuentes" not in await asked_of(discord, shard):
                pass


async def test_shards_of_two_processes_begin_one_after_the_other(discord: Standin, replicas: Replicas) -> None:
    await replicas(0, 1)
    first, second = sorted(discord.began)
    assert second - first > 4.5, "Discord takes one in five seconds"


async def test_an_editor_may_go_back_and_a_file_that_is_behind_is_brought_up(discord: Standin, replicas: Replicas) -> None:
    discord.max_concurrency = 3
    one, other = await replicas(0, 1)
    files = [bot.folder / "data/knowledge/terms/interleukin-2.yaml" for bot in (one, other)]
    await publish(discord, 0)
    async with asyncio.timeout(PATIENCE):
        while NEW_TEXT not in await asked_of(discord, 1):
            pass
    first = files[1].read_text()
    for text in ("Changed by hand.", NEW_TEXT):
        files[1].write_text(first.replace(NEW_TEXT, text))
        async with asyncio.timeout(PATIENCE):
            while text not in await asked_of(discord, 0):
                pass
    assert files[0].read_text() == files[1].read_text() == first


async def test_one_of_three_over_http_is_killed_under_load_while_a_moderator_publishes(
    discord: Standin, settings: dict[str, str], tmp_path: Path
) -> None:
    """Behind a load balancer, no answer is lost but those that were being made in the one that is killed."""
    discord.balanced = []
    settings |= {"IMMUNOBOT_DISCORD__MODE": "http", "IMMUNOBOT_HTTP__PORT": "0"}
    async with contextlib.AsyncExitStack() as stack:
        bots = []
        for name in ("a", "b", "c"):
            (tmp_path / name).mkdir()
            bots.append(await stack.enter_async_context(Bot(discord, tmp_path / name, SHIPPED, **settings)))
            await bots[-1].ready()
        over, sent = asyncio.Event(), []

        async def load() -> None:
            while not over.is_set():
                sent.append(asked := await discord.send_command("define", {"term": "melanoma"}, user_id=10**17 + len(sent)))
                await discord.until(lambda: asked.answer.done() or not asked.sent)

        loads = [asyncio.create_task(load()) for _ in range(6)]
        await discord.until(lambda: len(discord.responses) > 30)
        bots[2].tell(signal.SIGKILL)
        await discord.until(lambda: len(discord.balanced or ()) == 2)
        await publish(discord, 0)
        current = 0
        async with asyncio.timeout(PATIENCE):
            while current < len(bots):  # so many in a row: each of those that are left was asked
                current = current + 1 if NEW_TEXT in await asked_of(discord, 0) else 0
        over.set()
        await asyncio.gather(*loads)
        unanswered = [asked for asked in sent if not asked.answer.done()]
        assert len(unanswered) <= len(loads), "no more than what was in it"
        answered = [asked for asked in sent if asked.answer.done()]
        assert [await bot.stop() for bot in bots[:2]] == [0, 0]
        ((kept,),) = rows(
            remote(settings["IMMUNOBOT_DATABASE__URL"], tmp_path), "SELECT COUNT(*) FROM usage WHERE entry = 'melanoma'"
        )
        assert len(answered) <= kept <= len(sent), "no answer without its row"
        assert [line for bot in bots[:2] for line in bot.lines if " ERROR " in line] == []
