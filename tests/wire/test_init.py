"""`immunobot init` asks for what the bot needs, takes nothing that Discord doesn't know, and leaves a bot that can run."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import web

from ..conftest import SHIPPED
from ..standin import CHANNEL_ID, GUILD_ID, PATIENCE, TOKEN, Standin
from .helpers import Start

ROOT = Path(__file__).parents[2]


async def init(discord: Standin, folder: Path, *answers: str, **more: str) -> tuple[int, str]:
    """Run it with these lines typed, and return its exit status and what it printed."""
    there = {key: value for key, value in discord.environment().items() if "TOKEN" not in key}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "init", cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **there, **more},
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        printed, _ = await process.communicate("".join(f"{each}\n" for each in answers).encode())
    assert process.returncode is not None
    assert TOKEN not in printed.decode()
    return process.returncode, printed.decode()


GOOD = (TOKEN, "1", "moderators", "library@example.org", "de")


async def test_five_answers_make_a_bot_that_runs(discord: Standin, start: Start, tmp_path: Path) -> None:
    status, printed = await init(discord, tmp_path, *GOOD)
    assert status == 0, printed
    assert (tmp_path / "token.txt").read_text() == f"{TOKEN}\n"
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.*")} == {0o600}
    assert (tmp_path / "config.yaml").read_text(encoding="utf-8").splitlines()[1:] == [
        "discord:", '  token_file: "token.txt"',
        "moderation:", f'  guild_id: "{GUILD_ID}"', f'  channel_id: "{CHANNEL_ID}"',
        "operator:", '  contact: "library@example.org"', '  emergency: "Call 112 (Germany)."',
    ]  # fmt: skip
    assert f"&scope=bot+applications.commands&permissions=52224&guild_id={GUILD_ID}" in printed
    assert "Of what stops the bot or what it keeps: 0." in printed
    assert printed.splitlines()[-1] == "`immunobot run` starts it."

    await start(SHIPPED, IMMUNOBOT_DISCORD__TOKEN="", IMMUNOBOT_DATABASE__URL="")
    answer = await discord.ask("define", {"term": "i want to kill myself"})
    assert "112" in str(answer)
    assert "Germany" in str(answer), "the country's helplines, as if it had been chosen in /settings"


async def test_over_http_it_is_said_which_address_to_enter(discord: Standin, tmp_path: Path) -> None:
    status, printed = await init(discord, tmp_path, *GOOD, IMMUNOBOT_DISCORD__MODE="http", IMMUNOBOT_HTTP__PORT="0")
    assert status == 0, printed
    assert 'discord:\n  token_file: "token.txt"\n  mode: "http"\n' in (tmp_path / "config.yaml").read_text(encoding="utf-8")
    assert "as Interactions Endpoint URL https://YOUR.DOMAIN/interactions, which your web server passes on to" in printed


async def test_what_is_wrong_is_asked_again(discord: Standin, tmp_path: Path) -> None:
    wrong = (
        TOKEN[:-2],
        "two words",
        "",
        *GOOD[:1],
        "7",
        "1",
        "no such channel",
        "moderators",
        "call me",
        "",
        *GOOD[3:4],
        "xx",
        "",
    )
    status, printed = await init(discord, tmp_path, *wrong)
    assert status == 0, printed
    for said in ("Discord refused the token.", "That is no token", "That is none of them", "That is neither; without it"):
        assert said in printed
    assert "emergency" not in (tmp_path / "config.yaml").read_text()


async def test_a_bot_without_a_server_is_given_the_link_and_may_go_on_without(discord: Standin, tmp_path: Path) -> None:
    discord.invited = False
    status, printed = await init(discord, tmp_path, TOKEN, "", "none", "https://example.org", "")
    assert status == 0, printed
    assert (
        printed.count("The bot is in no server yet. Open this link and add it:\nhttps://discord.com/oauth2/authorize") == 2
    )
    assert "moderation" not in (tmp_path / "config.yaml").read_text()
    assert "permissions" not in printed, "it needs none"


async def test_rights_that_lack_in_the_channel_are_said(discord: Standin, tmp_path: Path) -> None:
    discord.denied = 1 << 15
    status, printed = await init(discord, tmp_path, *GOOD)
    assert status == 0
    assert "The bot lacks there: attach files. Allow it in the channel's settings, under Permissions." in printed


async def test_nothing_is_written_over_nor_before_all_is_answered(discord: Standin, tmp_path: Path) -> None:
    status, printed = await init(discord, tmp_path, *GOOD[:3])
    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert printed.endswith("Nothing was written: not all was answered. Start `immunobot init` in a terminal.\n")
    (tmp_path / "config.yaml").write_text("operator: {name: Ada}\n")
    status, printed = await init(discord, tmp_path, *GOOD)
    assert status == 2
    assert printed == "immunobot: config.yaml is there already; move it away, or name another file after --config.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


async def test_no_network_is_said_at_the_first_answer(discord: Standin, tmp_path: Path) -> None:
    async def page(_: object) -> web.Response:
        return web.Response(text="<html>Welcome to our hotel</html>", content_type="text/html")

    discord.instead["GET /users/@me"] = page
    status, printed = await init(discord, tmp_path, *GOOD)
    assert status == 69
    assert printed.endswith("What answers is not Discord. Check the network (a login page?) and discord.api_base.\n")
    assert list(tmp_path.iterdir()) == []
