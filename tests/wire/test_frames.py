"""Whatever comes over Discord's gateway, the bot goes on: what can't be read is dropped and said once, without a text."""

from __future__ import annotations

import inspect
import json
import logging
import re
import zlib
from typing import Any

import pytest
from discord import gateway, shard
from discord.app_commands import CommandTree

from bot.service import frames

from ..standin import APPLICATION_ID, USER_ID, Json, Standin, snowflake
from .helpers import Start, not_logged, title

SECRET = "what a person typed"
DROPPED = "could not be read and was dropped"


async def answers(discord: Standin) -> None:
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"


def event(data: Any, name: Any = "INTERACTION_CREATE", **more: Any) -> str:
    return json.dumps({"op": 0, "s": 3, "t": name, "d": data} | more)


def command(**changes: Any) -> Json:
    """A command as Discord sends it, with these of its values; `...` takes one away."""
    user = {"id": str(USER_ID), "username": SECRET, "discriminator": "0", "avatar": None, "global_name": SECRET}
    whole = {
        "id": str(snowflake()), "application_id": str(APPLICATION_ID), "type": 2, "token": SECRET, "version": 1,
        "data": {"id": "1", "name": "define", "type": 1, "options": [{"name": "term", "type": 3, "value": SECRET}]},
        "locale": "en-US", "app_permissions": "0", "entitlements": [], "user": user, "context": 1,
        "channel_id": "1", "channel": {"id": "1", "type": 1, "recipients": [user]},
        "authorizing_integration_owners": {"0": "0"}, "attachment_size_limit": 1,
    }  # fmt: skip
    return {key: value for key, value in (whole | changes).items() if value is not ...}


COMMAND = command()["data"]
PRESS = {"custom_id": SECRET, "component_type": 2}
BAD_FRAMES: dict[str, tuple[str | bytes, str]] = {
    "no JSON": (f"{{{SECRET}", "a frame"),
    "JSON, but no frame": (json.dumps([SECRET]), "a frame"),
    "no field but the operation": ('{"op": 0}', ""),
    "an unknown operation": (json.dumps({"op": 99, "d": SECRET, "s": None, "t": None}), ""),
    "an operation of another type": (json.dumps({"op": {SECRET: 1}, "d": None}), ""),
    "an operation that is a text": (json.dumps({"op": SECRET, "d": None}), ""),
    "a heartbeat's interval of another type": (json.dumps({"op": 10, "d": SECRET}), "a frame"),
    "an unknown event": (event({"content": SECRET}, SECRET), ""),
    "an event's name of another type": (event({}, [SECRET]), "a frame"),
    "no data": (event(None), "INTERACTION_CREATE"),
    "data of another type": (event(SECRET), "INTERACTION_CREATE"),
    "another event of another type": (event(SECRET, "GUILD_CREATE"), "GUILD_CREATE"),
    "a server's number that is empty": (event({"guild_id": ""}, "AUTO_MODERATION_RULE_CREATE"), "AUTO_MODERATION_RULE_CREATE"),
    "a server's number that is empty in a command": (event(command(data=COMMAND | {"guild_id": "x"})), "a command"),
    "nobody who asks": (event(command(user=...)), "INTERACTION_CREATE"),
    "nobody who presses": (event(command(user=..., type=3, data=PRESS)), "INTERACTION_CREATE"),
    "nothing that is typed into": (event(command(type=4)), "a command"),
    "a number that is none": (event(command(id=SECRET)), "INTERACTION_CREATE"),
    **{f"no {key}": (event(command(**{key: ...})), "INTERACTION_CREATE") for key in ("id", "type", "token", "application_id")},
    "no data of the command": (event(command(data=...)), "a command"),
    "no name of the command": (event(command(data={k: v for k, v in COMMAND.items() if k != "name"})), "a command"),
    "options of another type": (event(command(data=COMMAND | {"options": SECRET})), "INTERACTION_CREATE"),
    "a value of another type": (
        event(command(data=COMMAND | {"options": [{"name": "term", "type": 3, "value": [SECRET]}]})), "INTERACTION_CREATE"
    ),
    "a language of another type": (event(command(locale=[SECRET])), "INTERACTION_CREATE"),
    "a form's field of another type": (
        event(command(type=5, data={"custom_id": "im1:ask", "components": [{"type": 18, "component": {"type": 4, "custom_id": "text", "value": [SECRET]}}]})),
        "INTERACTION_CREATE",
    ),
    "a thread's state of another type": (
        event(command(channel={"id": "1", "type": 11, "parent_id": "1", "thread_metadata": 1})), "INTERACTION_CREATE"
    ),
    "a press without its id": (event(command(type=3, data={"component_type": 2})), "INTERACTION_CREATE"),
    "a form without its fields": (event(command(type=5, data={"custom_id": SECRET})), "INTERACTION_CREATE"),
    "a lone surrogate": (event(command(locale="\ud800" + SECRET)), "a frame"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_what_cant_be_read_is_dropped_and_the_next_question_is_answered(
    discord: Standin,
    start: Start,
    name: str,
) -> None:
    frame, said = BAD_FRAMES[name]
    bot = await start()
    await answers(discord)
    await discord.send_frame(frame)
    await answers(discord)
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (1, 0), "over the same connection"
    if said:  # the log is written by a thread of its own, and read from a pipe
        await bot.said(DROPPED)
    assert SECRET not in "\n".join(bot.lines)
    lines = not_logged(bot)
    assert len(lines) <= 1
    if said:
        assert re.search(rf"WARNING bot.service.frames: .* {DROPPED}: {said} \(\w+ in \w+\.py, line \d+\)\.$", lines[0])
    assert await bot.stop() == 0


FLUSH = b"\x00\x00\xff\xff"
BROKEN = {
    "garbage": b"garbage" + FLUSH,
    "not UTF-8": zlib.compress(b"\xff\xfe") + FLUSH,
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_cant_be_unpacked_makes_the_connection_anew_and_nothing_asked_is_lost(
    discord: Standin,
    start: Start,
    name: str,
) -> None:
    bot = await start()
    await answers(discord)
    await discord.send_frame(BROKEN[name])
    asked = await discord.send_command("define", {"term": "IL2"})
    assert title(await discord.answer(asked)) == "Interleukin-2"
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (1, 1), "the session goes on"
    await bot.said(DROPPED)
    (line,) = not_logged(bot)
    assert f"{DROPPED}: a compressed frame; the connection is made anew (" in line


async def test_a_compressed_frame_that_is_no_json_is_dropped_and_two_are_a_broken_stream(
    discord: Standin,
    start: Start,
) -> None:
    await start()
    await answers(discord)
    packer = zlib.compressobj()

    async def send_packed(text: str) -> None:
        await discord.send_frame(packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH))

    for _ in range(2):
        await send_packed("{" + SECRET)
        await send_packed(event(SECRET))
    await answers(discord)
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (1, 0)
    for _ in range(2):
        await send_packed("{" + SECRET)
    await discord.until(lambda: len(discord.frames_of(6)) == 1)
    await answers(discord)


@pytest.mark.parametrize("kept", [1, 20, 60, 100])
async def test_a_stream_of_compressed_frames_of_which_one_is_cut_off_is_made_anew(
    discord: Standin,
    start: Start,
    kept: int,
) -> None:
    await start()
    await answers(discord)
    packer = zlib.compressobj()
    packed = [packer.compress(event({"id": n}, "X").encode() * 9) + packer.flush(zlib.Z_FULL_FLUSH) for n in range(2)]
    for frame in (packed[0][: kept % len(packed[0])] + FLUSH, packed[1]):
        await discord.send_frame(frame)
    await discord.until(lambda: len(discord.frames_of(6)) == 1)
    await answers(discord)
    assert len(discord.frames_of(2)) == 1


async def test_a_frame_in_two_parts_is_read(discord: Standin, start: Start) -> None:
    await start()
    await answers(discord)
    packer = zlib.compressobj()
    whole = packer.compress(json.dumps({"op": 1, "d": None, "s": None, "t": None}).encode()) + packer.flush(
        zlib.Z_SYNC_FLUSH
    )
    before = len(discord.frames_of(1))
    for part in (whole[:5], whole[5:]):
        await discord.send_frame(part)
    await discord.until(lambda: len(discord.frames_of(1)) > before)


async def test_a_connection_that_is_given_up_before_it_began_is_made_again(
    discord: Standin,
    start: Start,
) -> None:
    bot = await start()
    await answers(discord)
    discord.frames_first.append(BROKEN["garbage"])
    await discord.invalidate()
    await answers(discord)
    assert not discord.frames_first
    assert "Traceback" not in "\n".join(bot.lines)


async def test_a_session_that_is_dropped_again_and_again_is_begun_anew_after_a_few_pauses(
    discord: Standin,
    start: Start,
) -> None:
    bot = await start()
    await answers(discord)
    discord.drop_resumes = 1000
    discord.cut()
    await discord.until(lambda: len(discord.frames_of(2)) == 2)
    await answers(discord)
    assert len(discord.frames_of(6)) < frames.RESUMES
    await bot.said("The connection to Discord was lost")
    (line,) = not_logged(bot)
    assert "The connection to Discord was lost 2 times in a row; trying again in" in line


async def test_the_gateway_of_the_settings_is_used_from_the_first_connection_on(
    discord: Standin,
    start: Start,
    unused_tcp_port: int,
) -> None:
    discord.named_gateway = f"ws://127.0.0.1:{unused_tcp_port}/"
    bot = await start()
    await answers(discord)
    assert not_logged(bot) == []


async def test_trouble_that_comes_a_thousand_times_is_said_once(discord: Standin, start: Start) -> None:
    bot = await start()
    await answers(discord)
    for _ in range(1000):
        await discord.send_frame(event(SECRET))
    await answers(discord)
    assert await bot.stop() == 0
    assert sum(DROPPED in line for line in not_logged(bot)) == 1


# What is used of discord.py's inside -------------------------------------------------------------------------------------------


def test_all_connections_and_waits_are_made_by_the_names_that_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DiscordWebSocket", "ExponentialBackoff"):
        monkeypatch.setattr(shard, name, getattr(shard, name))
    monkeypatch.setattr(frames.Socket, "given", None)
    monkeypatch.setattr(logging.Logger, "addFilter", lambda *_: None)
    source = inspect.getsource(shard)
    assert source.count("DiscordWebSocket.from_client(") == len(re.findall(r"from_client\(", source)) == 3
    assert source.count("ExponentialBackoff()") == 1
    frames.install("")
    one: Any = shard.Shard.__new__(shard.Shard)
    one.__init__(None, type("Client", (), {"dispatch": None, "_reconnect": True}), None)
    assert all(one._backoff.delay() <= 32 for _ in range(100))


def test_the_methods_that_are_overridden_are_called_as_they_were() -> None:
    def parameters(method: Any) -> list[str]:
        return list(inspect.signature(method).parameters)

    original = gateway.DiscordWebSocket
    assert parameters(original.received_message) == parameters(frames.Socket.received_message) == ["self", "msg"]
    assert {"client", "gateway", "shard_id", "session", "sequence", "resume"} <= set(parameters(original.from_client))
    assert "self._decompressor.decompress(msg)" in inspect.getsource(original.received_message)
    assert parameters(CommandTree._call) == ["self", "interaction"]
