"""What Discord, or a network before it, refuses or breaks: told apart, in one sentence, and gone on from where that can be."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from ..standin import GUILD_ID, Request, Standin, error, rate_limited
from ..standin.payloads import json_response
from .helpers import Start, not_logged, text_of

T_CELL = ("define", {"term": "T cell"})


def blocked(wait: str) -> web.Response:
    """What Cloudflare answers for Discord to an address that asked too much."""
    return web.Response(
        status=429, text="<html>error code: 1015</html>", content_type="text/html", headers={"Retry-After": wait}
    )


# While answering -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("was_taken", [False, True])
async def test_a_connection_that_breaks_once_costs_no_answer(
    discord: Standin, start: Start, folder: Path, was_taken: bool
) -> None:
    bot = await start(folder)
    await discord.ask("disclaimer")
    discord.breaks.append(was_taken)
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    assert await bot.stop() == 0
    assert not_logged(bot) == []


async def test_one_that_breaks_again_is_no_mistake_of_ours(discord: Standin, start: Start, folder: Path) -> None:
    bot = await start(folder)
    await discord.ask("disclaimer")
    discord.breaks.extend([False, False])
    await discord.send_command(*T_CELL)
    assert "An answer did not reach Discord (ServerDisconnectedError)" in await bot.said("WARNING")
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


@pytest.mark.parametrize("answer", [rate_limited(60), blocked("60"), error(503, 0, "no")], ids=["limited", "1015", "503"])
async def test_what_discord_has_no_time_for_is_said_once_and_the_next_answer_goes_out(
    discord: Standin, start: Start, folder: Path, answer: web.Response
) -> None:
    async def refused(_: Request) -> Any:
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    bot = await start(folder)
    await discord.ask("disclaimer")
    discord.instead["POST /interactions/"] = refused
    for _ in range(3):
        await discord.send_command(*T_CELL)
    await bot.said("An answer did not reach Discord")
    discord.instead.clear()
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))
    assert await bot.stop() == 0
    assert len([line for line in bot.lines if "did not reach" in line]) == 1
    assert [line for line in bot.lines if "Incident" in line or "Traceback" in line] == []


# At the start ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users/@me", "/gateway/bot"])
async def test_an_address_that_is_blocked_is_waited_with(discord: Standin, start: Start, folder: Path, path: str) -> None:
    async def once(_: Request) -> Any:
        del discord.instead[f"GET {path}"]
        return blocked("0")

    discord.instead[f"GET {path}"] = once
    bot = await start(folder)
    await bot.said("too much came from it")
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


async def test_a_token_that_is_refused_with_the_gateways_address_is_said(
    discord: Standin, start: Start, folder: Path
) -> None:
    async def refused(_: Request) -> Any:
        return error(401, 0, "401: Unauthorized")

    discord.instead["GET /gateway/bot"] = refused
    bot = await start(folder)
    assert await bot.ended() == 77
    assert bot.lines[-1].startswith("immunobot: Discord refused the token.")


@pytest.mark.parametrize(("status", "who"), [(401, "a proxy or a firewall"), (502, "Discord, or a proxy")])
async def test_a_gateway_that_refuses_the_connection_itself_is_said_with_its_status_and_tried_again(
    discord: Standin, start: Start, folder: Path, status: int, who: str
) -> None:
    discord.gateway_down = status
    bot = await start(folder)
    said = await bot.said("gateway")
    assert f"The gateway refused the connection with status {status} ({who}" in said
    discord.gateway_down = 0
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


async def test_a_moderators_server_that_the_bot_may_not_enter_is_named_with_the_way_in(
    discord: Standin, start: Start, folder: Path
) -> None:
    async def refused(_: Request) -> Any:
        return error(403, 50001, "Missing Access")

    discord.instead[f"PUT /applications/120000000000000001/guilds/{GUILD_ID}"] = refused
    bot = await start(folder, IMMUNOBOT_MODERATION__GUILD_ID=str(GUILD_ID))
    said = await bot.said("could not be registered")
    assert f"in the moderators' server, {GUILD_ID} (moderation.guild_id)" in said
    assert "scope=bot+applications.commands" in said
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


async def test_what_discord_says_of_registered_commands_may_be_anything(
    discord: Standin, start: Start, folder: Path
) -> None:
    async def without_description(came: Request) -> Any:
        return json_response([{"id": "1", "type": 3, "name": "Explain terms"}, {}])

    discord.instead["PUT /applications/"] = without_description
    await start(folder)
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


async def test_a_certificate_that_isnt_trusted_is_said(start: Start, folder: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        key,
        "-out",
        certificate,
    ]
    try:
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    except FileNotFoundError:
        if os.environ.get("CI"):
            pytest.fail("openssl is missing; .ci/run installs it")
        pytest.skip("there is no openssl to make a certificate with")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    bot = await start(folder, IMMUNOBOT_DISCORD__API_BASE=f"https://127.0.0.1:{runner.addresses[0][1]}/api/v10")
    assert await bot.ended() == 69
    await runner.cleanup()
    assert bot.lines[-1].startswith("immunobot: Discord's certificate isn't trusted on this machine (self")
    assert "SSL_CERT_FILE" in bot.lines[-1]


async def test_the_proxy_of_the_environment_is_used(discord: Standin, start: Start, folder: Path) -> None:
    there = {
        "IMMUNOBOT_DISCORD__API_BASE": "http://discord.invalid/api/v10",
        "IMMUNOBOT_DISCORD__GATEWAY_URL": "ws://discord.invalid/gateway",
    }
    await start(folder, http_proxy=f"127.0.0.1:{discord.port}", **there)
    assert "A white blood cell." in text_of(await discord.ask(*T_CELL))


async def test_a_proxy_that_cant_be_reached_is_said(
    discord: Standin, start: Start, folder: Path, unused_tcp_port: int
) -> None:
    bot = await start(folder, http_proxy=f"http://127.0.0.1:{unused_tcp_port}")
    assert await bot.ended() == 69
    assert bot.lines[-1].startswith("immunobot: The proxy that HTTPS_PROXY names can't be used (")
    left_out = await start(folder, http_proxy=f"http://127.0.0.1:{unused_tcp_port}", no_proxy="127.0.0.1")
    await left_out.ready()
