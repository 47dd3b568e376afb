"""The bot as it runs is backed up by itself and from outside, while it answers, and restored once it is stopped."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import zipfile

from ..conftest import SHIPPED
from ..standin import Bot, Standin
from .helpers import Start, text_of, usage


async def immunobot(bot: Bot, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SHIPPED.parent), "IMMUNOBOT_DATABASE__URL": f"sqlite:///{bot.database}"}
    return await asyncio.to_thread(
        subprocess.run, command, cwd=bot.folder, env=environment, capture_output=True, text=True, check=False
    )


async def test_it_is_backed_up_while_it_answers_and_restored_when_it_is_stopped(discord: Standin, start: Start) -> None:
    bot = await start(IMMUNOBOT_BACKUP__EVERY="1d", IMMUNOBOT_BACKUP__KEEP="2")
    line = await bot.said("A backup was made: ")
    with zipfile.ZipFile(bot.folder / line.partition("made: ")[2].rstrip(".")) as packed:
        assert packed.testzip() is None
    await discord.ask("define", {"term": "IL2"})
    making = asyncio.create_task(immunobot(bot, "backup", "a.zip"))
    for _ in range(10):
        assert "interleukin" in text_of(await discord.ask("define", {"term": "IL2"})).lower()
    made = await making
    assert (made.returncode, made.stderr) == (0, "")
    refused = await immunobot(bot, "restore", "a.zip", "--force")
    assert f"The bot, or another program, has the database {bot.database} open; stop it first." in refused.stderr
    await discord.ask("define", {"term": "T cell"})
    await bot.stop()
    after = usage(bot)
    done = await immunobot(bot, "restore", "a.zip", "--force")
    assert (done.returncode, done.stderr) == (0, "")
    assert 1 <= len(usage(bot)) < len(after)
