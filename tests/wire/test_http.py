"""Over HTTP: what isn't Discord's is refused, and what is Discord's is answered in the response, or later by REST."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yarl
from nacl.signing import SigningKey

from ..standin import USER_ID, Request, Standin, snowflake
from ..standin.endpoint import signed
from .helpers import Start, not_logged, text_of, title, usage

PING = b'{"type": 1}'
HUGE = b'{"id": 1%s, "application_id": 1, "type": 2, "token": "t", "version": 1, "user": {"id": 1, "username": "a"}}' % (
    b"0" * 40
)
PATCHES = r"/webhooks/\d+/[^/]+/messages/@original"


@pytest.fixture
def mode() -> str:
    return "http"


@pytest.fixture
async def endpoint(discord: Standin, start: Start, folder: Path) -> Any:
    bot = await start(folder)
    await bot.ready()
    return bot


def patched(what: str) -> tuple[str, ...]:
    """Return how Python runs the bot after this."""
    return ("-c", f"import sys\n{what}\nfrom bot.cli import main\nsys.exit(main())", "run")


def without(name: str) -> Mapping[str, str]:
    return {key: value for key, value in signed(PING).items() if key != name}


SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
GOOD = signed(PING)[SIGNATURE]
BAD: dict[str, Mapping[str, str]] = {
    "none": {},
    "no signature": without(SIGNATURE),
    "no timestamp": without(TIMESTAMP),
    "an empty one": signed(PING) | {SIGNATURE: ""},
    "a short one": signed(PING) | {SIGNATURE: GOOD[:-2]},
    "half a byte": signed(PING) | {SIGNATURE: GOOD[:-1]},
    "a long one": signed(PING) | {SIGNATURE: GOOD + "00"},
    "no digits": signed(PING) | {SIGNATURE: "z" * 128},
    "other letters": signed(PING) | {SIGNATURE: "é" * 128},
    "with spaces": signed(PING) | {SIGNATURE: " ".join(re.findall("..", GOOD))},
    "zeros": signed(PING) | {SIGNATURE: "0" * 128},
    "of another body": signed(b'{"type":1}'),
    "of another time": signed(PING) | {TIMESTAMP: "1700000000"},
    "of another key": signed(PING, key=SigningKey.generate()),
}


async def test_discord_alone_is_answered(discord: Standin, endpoint: Any) -> None:
    said = await discord.call(PING)
    assert (said.status, said.type, json.loads(said.body)) == (200, "application/json", {"type": 1})
    for name, headers in BAD.items():
        assert ((await discord.call(PING, headers)).status, name) == (401, name)
    assert await endpoint.stop() == 0
    assert not_logged(endpoint) == []


async def test_anything_else_has_a_plain_status(discord: Standin, endpoint: Any) -> None:
    padded = b'{"type": 1, "x": "%s"}'
    largest = padded % (b"x" * (256 * 1024 - len(padded) + 2))
    assert (await discord.call(largest)).status == 200
    assert (await discord.call(largest + b" ")).status == 413
    assert (await discord.call(PING, method="GET")).status == 405
    assert (await discord.call(PING, method="DELETE")).status == 405
    assert (await discord.call(PING, path="/../metrics")).status == 404
    for body in (
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff",
        b"[" * 60_000,
        b"{}",
        b'{"type": 2}',
        b'{"type": "x", "id": 1}',
        HUGE,
        HUGE.replace(b"0" * 40, b"").replace(b'"type": 2', b'"type": [2]'),
    ):
        assert ((await discord.call(body)).status, body[:9]) == (400, body[:9])
    assert (await discord.call(PING)).status == 200
    assert [line for line in endpoint.lines if "Traceback" in line] == []


async def test_what_came_already_is_refused_and_counted_once(discord: Standin, endpoint: Any) -> None:
    asked = await discord.send_command("define", {"term": "T cell"})
    await discord.answer(asked)
    again = await discord.call(discord.posted[asked.id])
    assert (again.status, b"T cell" in again.body) == (409, False)
    assert len(usage(endpoint)) == 1


async def test_a_clock_that_is_wrong_is_said_and_no_reason_to_refuse(discord: Standin, endpoint: Any) -> None:
    for timestamp in (str(int(time.time()) - 3600), str(int(time.time()) + 3600), "9" * 400, "now"):
        assert (await discord.call(PING, signed(PING, timestamp))).status == 200
    assert "let it be set over the network" in await endpoint.said(r"clock is 36\d\d s ahead of Discord's")


async def test_nothing_goes_over_the_gateway_and_it_is_seen_to_be_ready(
    discord: Standin, start: Start, folder: Path
) -> None:
    bot = await start(folder, IMMUNOBOT_SERVICE__PORT="0")
    await discord.ask("define", {"term": "T cell"})
    await discord.call(PING, {})
    found = re.search(r"http://[\d.]+:\d+", await bot.said("How the bot is can be seen"))
    assert found
    discord.endpoint = found[0]
    ready, figures = [await discord.call(b"", {}, "GET", page) for page in ("/readyz", "/metrics")]
    assert (ready.status, ready.body.splitlines()[0]) == (200, b"Discord: connected.")
    assert b'immunobot_http_requests_total{status="401"} 1' in figures.body
    assert b"immunobot_gateway_ready 1" in figures.body
    assert await bot.stop() == 0
    assert discord.frames == []
    assert [r.path for r in discord.requests if "gateway" in r.path] == []


async def test_an_answer_that_is_late_goes_by_rest(discord: Standin, start: Start, folder: Path, run: Any) -> None:
    run(patched("from bot.service import http; http.PATIENCE = 0"))
    await start(folder)
    asked = await discord.send_command("define", {"term": "T cell"})
    assert title(await discord.answer(asked)) == "T cell"
    await discord.until(lambda: asked.id in discord.responses)
    assert discord.responses[asked.id].status == 202


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have Python run something else than the bot alone."""
    from ..standin import Bot

    return lambda command: monkeypatch.setattr(Bot, "run", command)


async def test_what_follows_waits_for_the_response_and_for_discord_to_read_it(discord: Standin, endpoint: Any) -> None:
    discord.late_to_read = True
    card = await discord.ask("settings", moderator=True)
    assert card["type"] == 5
    edited = await discord.until(lambda: [sent for sent in discord.sent if sent[0].method == "PATCH" and sent[1] == 200])
    assert "language" in json.dumps(edited[0][0].body)
    assert next(status for r, status, _ in discord.sent if r.method == "PATCH") == 404, "Discord had not read it yet"


async def test_a_file_that_is_said_again_is_whole(discord: Standin, endpoint: Any) -> None:
    discord.late_to_read = True
    await discord.press("im1:export", on={"content": "a card"})
    await discord.until(lambda: [sent for sent in discord.sent if sent[0].method == "PATCH" and sent[1] == 200])
    assert [len(files) for files in discord.files] == [1, 1]
    assert discord.files[0] == discord.files[1] != [b""]


async def test_a_file_stands_in_the_response(discord: Standin, start: Start, folder: Path, run: Any) -> None:
    run(patched("from bot.interactions import answer\nasync def defer(*_, **__): pass\nanswer.defer = defer"))
    await start(folder)
    asked = await discord.send_press("im1:export", on={"content": "a card"})
    assert "all that belongs to you" in text_of(await discord.answer(asked))
    said = discord.responses[asked.id]
    assert said.type.startswith("multipart/form-data")
    assert b'name="files[0]"; filename="immunobot-my-data.json"' in said.body


async def test_what_is_too_much_is_said_to_whoever_asked(discord: Standin, start: Start, folder: Path, run: Any) -> None:
    run(patched("from bot.service import intake; intake.AT_ONCE, intake.WAITING = 0, 1"))
    bot = await start(folder)
    first = await discord.send_command("disclaimer")
    await bot.ready()
    while not text_of(busy := await discord.ask("define", {"term": "T cell"})).startswith("Too much is being asked"):
        pass
    assert busy["data"]["flags"] == 64
    assert text_of(await discord.ask("disclaimer", locale="es-ES")).startswith("En este momento se pregunta más")
    assert await discord.autocomplete("define", "term", "T") == []
    assert not first.answer.done()


async def test_who_hangs_up_costs_nothing_but_that_answer(discord: Standin, endpoint: Any) -> None:
    asked = await discord.send_command("define", {"term": "T cell"})
    await discord.answer(asked)
    _, writer = await asyncio.open_connection("127.0.0.1", yarl.URL(discord.endpoint).port)
    body = json.dumps(json.loads(discord.posted[asked.id]) | {"id": str(snowflake(9)), "token": "another"}).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
    writer.write(f"POST /interactions HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    writer.transport.abort()
    assert title(await discord.ask("define", {"term": "T cell"})) == "T cell"
    assert await endpoint.stop() == 0
    assert [line for line in not_logged(endpoint) if "did not reach" not in line] == []


async def test_what_is_under_way_is_answered_when_the_bot_is_stopped(discord: Standin, endpoint: Any) -> None:
    came, stopping = asyncio.Event(), asyncio.Event()

    async def held(_: Request) -> Any:
        came.set()
        await stopping.wait()

    discord.instead["PATCH /webhooks"] = held
    asked = await discord.send_command("settings", moderator=True)
    await came.wait()
    endpoint.tell(signal.SIGTERM)
    await endpoint.said("Stopping")
    stopping.set()
    await discord.answer(asked)
    assert await endpoint.ended() == 0
    assert [status for r, status, _ in discord.sent if r.method == "PATCH"] == [200]


async def test_what_is_asked_meanwhile_is_answered_or_not_taken(discord: Standin, endpoint: Any) -> None:
    async def ask_on(person: int) -> None:
        while True:
            asked = await discord.send_command("define", {"term": "T cell"}, user_id=USER_ID + person)
            await discord.until(lambda asked=asked: asked.answer.done() or not asked.sent)

    people = [asyncio.create_task(ask_on(person)) for person in range(8)]
    await discord.until(lambda: sum(each.answered_at is not None for each in discord.asked.values()) > 100)
    assert await endpoint.stop() == 0
    for person in people:
        person.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    answered = [each for each in discord.asked.values() if each.answered_at is not None]
    assert len(answered) < len(discord.asked), "it was asked on"
    assert {said.status for said in discord.responses.values()} == {200}
    assert len(usage(endpoint)) == len(answered)


# At the start ---------------------------------------------------------------------------------------------------------------------


async def test_another_key_than_the_applications_is_refused(discord: Standin, start: Start, folder: Path) -> None:
    bot = await start(folder, IMMUNOBOT_DISCORD__PUBLIC_KEY="ab" * 32)
    assert await bot.ended() == 78
    assert bot.lines[-1].startswith("immunobot: discord.public_key is not the key of this bot's application; copy it")


async def test_a_port_that_is_taken_ends_the_bot_with_one_sentence(discord: Standin, start: Start, folder: Path) -> None:
    bot = await start(folder, IMMUNOBOT_HTTP__PORT=str(discord.port))
    assert await bot.ended() == 78
    assert re.fullmatch(rf"immunobot: Port {discord.port} of http\.host can't be listened on .+ http\.port\.", bot.lines[-1])


async def test_what_it_needs_is_said(discord: Standin, start: Start, folder: Path, run: Any) -> None:
    run(patched("sys.modules['nacl.exceptions'] = None"))
    bot = await start(folder)
    assert await bot.ended() == 78
    assert bot.lines == [
        "immunobot: discord.mode: http needs the extra `http`: run pip install '.[http]' in the project's folder, or install the "
        "wheel with [http]."
    ]


async def test_that_discord_was_not_told_the_address_is_said(discord: Standin, start: Start, folder: Path) -> None:
    discord.application["interactions_endpoint_url"] = None
    assert "enter this bot's Interactions Endpoint URL" in await (await start(folder)).said("Discord sends nothing yet")
