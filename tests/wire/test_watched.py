"""Who runs the bot sees from outside how it is, and nothing about people."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest_asyncio
from aiohttp import web

from bot.knowledge.kinds import Kind
from bot.service.health import Watched
from bot.settings import Service
from bot.strict_yaml import read

from ..conftest import SHIPPED
from ..standin import GUILD_ID, PATIENCE, TOKEN, USER_ID, Bot, Standin, error
from .helpers import Start, use_everything

ALERTS, DOCKERFILE = Path(__file__).parents[2] / "deploy/alerts.yaml", Path(__file__).parents[2] / "Dockerfile"


@dataclass
class Watcher:
    """Asks a bot's own pages."""

    session: aiohttp.ClientSession

    async def ask(self, bot: Bot, page: str) -> tuple[int, str]:
        """Return a page's status and text."""
        found = re.search(r"http://[\d.]+:\d+", await bot.said("How the bot is can be seen"))
        assert found
        async with self.session.get(f"{found[0]}/{page}") as response:
            return response.status, await response.text()

    async def until(self, bot: Bot, page: str, what: str) -> tuple[int, str]:
        """Ask until the page says this."""
        async with asyncio.timeout(PATIENCE):
            while what not in (told := await self.ask(bot, page))[1]:  # noqa: ASYNC110 (from outside, as supervisors do)
                await asyncio.sleep(0.05)
        return told

    async def figures(self, bot: Bot) -> dict[str, float]:
        """Return what /metrics has, by name and labels."""
        lines = (await self.ask(bot, "metrics"))[1].splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


async def unknown(_: object) -> web.Response:
    """Refuse a callback as one that came too late."""
    return error(404, 10062, "Unknown interaction")


@pytest_asyncio.fixture
async def watcher() -> AsyncIterator[Watcher]:
    async with aiohttp.ClientSession() as session:
        yield Watcher(session)


async def test_a_bot_is_ready_once_it_is_connected_and_no_longer_when_the_connection_is_lost(
    discord: Standin, start: Start, watcher: Watcher
) -> None:
    discord.gateway_down = True
    bot = await start(IMMUNOBOT_SERVICE__PORT="0")
    status, text = await watcher.until(bot, "readyz", "not made yet")
    assert (status, text.splitlines()[0]) == (503, "Discord: the connection is lost or not made yet.")
    assert await watcher.ask(bot, "healthz") == (200, "alive\n"), "it is not started again because of that"
    discord.gateway_down = False
    status, text = await watcher.until(bot, "readyz", "Discord: connected.")
    assert status == 200
    assert re.search(r"\nKnowledge: \d+ entries, version \w+\.\nDatabase: open\.\n$", text)
    discord.gateway_down = True
    discord.cut()
    assert (await watcher.until(bot, "readyz", "is lost"))[0] == 503
    discord.gateway_down = False
    assert (await watcher.until(bot, "readyz", "Discord: connected."))[0] == 200
    assert (await watcher.figures(bot))["immunobot_gateway_connections_total"] == 2


async def test_without_a_port_nothing_is_served_and_nothing_of_it_imported(discord: Standin, start: Start) -> None:
    bot = await start(PYTHONVERBOSE="1")
    await discord.ask("disclaimer")
    assert await bot.stop() == 0
    assert [line for line in bot.lines if "prometheus_client" in line or "can be seen at" in line] == []


async def test_a_port_that_is_taken_ends_the_bot_with_one_sentence(discord: Standin, start: Start) -> None:
    bot = await start(IMMUNOBOT_SERVICE__PORT=str(discord.port))
    assert await bot.ended() == 78
    (line,) = bot.lines
    assert re.fullmatch(rf"immunobot: Port {discord.port} of service\.host can't be listened on .+ service\.port\.", line)


async def test_a_database_that_refuses_and_files_with_errors_are_said_and_stop_nothing(
    discord: Standin, start: Start, watcher: Watcher, folder: Path
) -> None:
    bot = await start(folder, IMMUNOBOT_SERVICE__PORT="0", IMMUNOBOT_KNOWLEDGE__CHANGES="none")
    await discord.ask("disclaimer")
    with contextlib.closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await discord.ask("define", {"term": "IL2"})
        status, text = await watcher.until(bot, "readyz", "Database: refused")
        assert status == 200, "members are answered"
        assert "Database: 1 rows wait, 0 are lost." in text
        assert (await watcher.figures(bot))["immunobot_database_open"] == 0
        other.execute("ROLLBACK")
    (folder / "terms/t-cell.yaml").write_text("colour: green\n", encoding="utf-8")
    status, text = await watcher.until(bot, "readyz", "errors in the files")
    assert status == 200
    assert "so the last good version stays up; run: immunobot check" in text
    figures = await watcher.figures(bot)
    assert figures["immunobot_knowledge_errors"] > 0
    assert figures["immunobot_knowledge_entries"] == len(list(folder.glob("*s/*.yaml")))


async def test_answers_and_refusals_are_counted(discord: Standin, start: Start, watcher: Watcher) -> None:
    bot = await start(IMMUNOBOT_SERVICE__PORT="0")
    for term in ("IL2", "zqxjkw"):
        await discord.ask("define", {"term": term})

    discord.steps.append(unknown)
    await discord.send_command("define", {"term": "IL2"})
    await bot.said("10062")
    figures = await watcher.figures(bot)
    assert figures['immunobot_answers_total{command="define",outcome="served"}'] == 2
    assert figures['immunobot_answers_total{command="define",outcome="nothing"}'] == 1
    assert figures["immunobot_answer_seconds_count"] == 3
    assert figures['immunobot_discord_refused_total{code="10062",status="404"}'] == 1
    assert figures["immunobot_gateway_ready"] == 1


async def test_a_bot_of_which_a_part_has_ended_is_to_be_started_again(watcher: Watcher, unused_tcp_port: int) -> None:
    going, ended = (asyncio.create_task(asyncio.sleep(seconds), name="a part") for seconds in (60, 0))
    await ended
    client: Any = SimpleNamespace(deps=SimpleNamespace(store=SimpleNamespace()))
    async with Watched(Service(port=unused_tcp_port)) as watched:
        for tasks, status in (((going,), 200), ((going, ended), 503)):
            watched.begin(client, tasks)
            async with watcher.session.get(f"http://127.0.0.1:{unused_tcp_port}/healthz") as response:
                assert response.status == status
                assert ("a part has ended" in await response.text()) is (status == 503)
            assert await health_check(unused_tcp_port) == (status != 200)
    assert await health_check(unused_tcp_port) == 1
    going.cancel()


async def health_check(port: int) -> int:
    """What the image's HEALTHCHECK ends with."""
    (line,) = re.findall(r"^HEALTHCHECK .*CMD (.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    _, *command = json.loads(line.replace("9464", str(port)))
    quiet = asyncio.subprocess.DEVNULL
    return await (await asyncio.create_subprocess_exec(sys.executable, *command, stderr=quiet)).wait()


async def test_nothing_there_names_a_user_a_server_or_an_entry(discord: Standin, start: Start, watcher: Watcher) -> None:
    bot = await start(IMMUNOBOT_SERVICE__PORT="0", IMMUNOBOT_MODERATION__GUILD_ID=str(GUILD_ID))
    await use_everything(discord)
    told = "".join([(await watcher.ask(bot, page))[1] for page in ("healthz", "readyz", "metrics")])
    ids = {path.stem for path in SHIPPED.glob("*s/*.yaml")} - {kind.value for kind in Kind}
    labels = set(re.findall(r'="([^"]*)"', told))
    assert labels & ids == set()
    assert [text for text in (str(USER_ID), str(GUILD_ID), TOKEN, "zqxjkw") if text in told] == []
    assert all(re.fullmatch(r"[a-z ]+|\d+(\.\d+)*|\+Inf|none", label) for label in labels), labels


async def test_every_alert_is_of_a_figure_that_there_is(discord: Standin, start: Start, watcher: Watcher) -> None:
    root, problems = read(ALERTS.read_bytes(), "alerts")
    assert (problems, root is None) == ([], False)
    bot = await start(IMMUNOBOT_SERVICE__PORT="0")

    await discord.ask("disclaimer")
    discord.steps.append(unknown)
    await discord.send_command("disclaimer")
    await bot.said("10062")
    there = {name.partition("{")[0] for name in await watcher.figures(bot)}
    named = set(re.findall(r"immunobot_\w+", " ".join(re.findall(r"expr: (.+)", ALERTS.read_text(encoding="utf-8")))))
    assert len(named) > 10
    assert named - there == set()


async def test_the_log_can_be_an_object_a_line(discord: Standin, start: Start) -> None:
    discord.starts_left = 0
    bot = await start(IMMUNOBOT_LOG__FORMAT="json")
    assert await bot.ended() == 69
    lines = [json.loads(line) for line in bot.lines]
    assert all(line.keys() == {"time", "level", "logger", "message"} for line in lines)
    assert lines[0]["level"] == "INFO"
    assert lines[-1]["level"] == "CRITICAL"
    assert lines[-1]["message"].startswith("Discord allows 0 more connections today")
