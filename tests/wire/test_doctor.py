"""`immunobot doctor` says in a line what is wrong with a set-up, and what to do; it changes nothing."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.store.backups import new_file

from ..standin import CHANNEL_ID, GUILD_ID, TOKEN, Bot, Standin, error
from .helpers import BOTH_MODES, Start

ATTACH_FILES = 1 << 15


@dataclass
class Place:
    """A set-up that is good, to be broken: the stand-in, the settings, the folder that the bot runs in."""

    discord: Standin
    tmp_path: Path
    knowledge: Path
    settings: dict[str, str]

    async def run(self, *command: str) -> tuple[int, list[str]]:
        """Run a command of the command line, and return its exit status and what it printed."""
        bot = Bot(self.discord, self.tmp_path, self.knowledge, **self.settings)
        bot.run = ("-m", "bot", *command)
        async with bot:
            return await bot.ended(), bot.lines

    def write(self, name: str, text: str, mode: int = 0o600) -> None:
        path = self.tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def database(self, *statements: str) -> None:
        with contextlib.closing(sqlite3.connect(self.tmp_path / "immunobot.db")) as connection:
            for each in statements:
                connection.execute(each)
        (self.tmp_path / "immunobot.db").chmod(0o600)
        self.write("immunobot.secret", "k" * 64)

    async def say(self, what: str, response: Callable[[], web.Response]) -> None:
        async def step(_: object) -> web.Response:
            return response()

        self.discord.instead[what] = step


@pytest_asyncio.fixture
async def place(discord: Standin, tmp_path: Path, folder: Path) -> AsyncIterator[Place]:
    yield Place(discord, tmp_path, folder, {
        "IMMUNOBOT_MODERATION__GUILD_ID": str(GUILD_ID),
        "IMMUNOBOT_MODERATION__CHANNEL_ID": str(CHANNEL_ID),
        "IMMUNOBOT_OPERATOR__CONTACT": "library@example.org",
        "IMMUNOBOT_OPERATOR__PRIVACY_URL": "https://example.org/privacy",
        "IMMUNOBOT_OPERATOR__EMERGENCY": "Call 112.",
        "IMMUNOBOT_KNOWLEDGE__CHANGES": "changes",
        "IMMUNOBOT_BACKUP__EVERY": "12h",
        "IMMUNOBOT_KNOWLEDGE__DUE_MONTHS": "999",
        "IMMUNOBOT_KNOWLEDGE__DUE_MONTHS_MEDICINES": "999",
    })  # fmt: skip


async def test_all_is_well_where_it_is_and_nothing_is_changed(place: Place, start: Start) -> None:
    bot = await start(place.knowledge, **place.settings)
    await place.discord.ask("disclaimer")
    assert await bot.stop() == 0
    before = {path.name: path.read_bytes() for path in place.tmp_path.glob("immunobot.*")}
    place.discord.requests.clear()
    status, lines = await place.run("doctor")
    assert [status, *(line for line in lines[:-1] if not line.startswith("ok "))] == [0]
    assert lines[-1] == f"{len(lines) - 1} checks. Of what stops the bot or what it keeps: 0. Worth a look: 0."
    assert len(lines) > 14
    assert {request.method for request in place.discord.requests} == {"GET"}
    assert {path.name: path.read_bytes() for path in place.tmp_path.glob("immunobot.*")} == before
    assert not (place.tmp_path / "changes").exists()
    assert TOKEN not in "".join(lines)


async def test_it_is_said_as_json_too(place: Place) -> None:
    place.discord.starts_left = 0
    status, lines = await place.run("doctor", "--json")
    told = json.loads("\n".join(lines))
    assert (status, told["ok"]) == (1, False)
    assert [each["check"] for each in told["checks"] if each["state"] == "stops"] == ["starts"]
    assert all(each.keys() == {"check", "state", "text"} for each in told["checks"])


Break = Callable[[Place], Any]


def set_(name: str, value: str) -> Break:
    return lambda place: place.settings.update({f"IMMUNOBOT_{name}": value})


def of_discord(name: str, value: object) -> Break:
    return lambda place: setattr(place.discord, name, value)


def no_page(place: Place) -> Any:
    return place.say(
        "GET /users/@me", lambda: web.Response(text="<html>Welcome to our hotel</html>", content_type="text/html")
    )


def no_server(place: Place) -> Any:
    return place.say("GET /guilds", lambda: error(404, 10004, "Unknown Guild"))


def no_channel(place: Place) -> Any:
    return place.say("GET /channels", lambda: error(403, 50001, "Missing Access"))


def old_clock(place: Place) -> Any:
    user = {"id": "1", "username": "x", "discriminator": "0", "avatar": None}
    body = json.dumps(user).encode()
    date = {"Date": "Mon, 01 Jan 2024 10:00:00 GMT"}
    return place.say("GET /users/@me", lambda: web.Response(body=body, content_type="application/json", headers=date))


def damaged(place: Place) -> None:
    place.database("CREATE TABLE a (b)", "INSERT INTO a SELECT zeroblob(100000)", "PRAGMA user_version = 1")
    path = place.tmp_path / "immunobot.db"
    data = bytearray(path.read_bytes())
    data[4096:12000] = b"x" * 7904
    path.write_bytes(data)


OVER_HTTP = {"IMMUNOBOT_DISCORD__MODE": "http", "IMMUNOBOT_HTTP__PORT": "0"}

STOPS: dict[str, tuple[Break, str]] = {
    "no token": (set_("DISCORD__TOKEN", ""), r"token: there is none; set discord\.token"),
    "a wrong token": (set_("DISCORD__TOKEN", "MTIz.wrong"), r"token: Discord refused the token\. Copy it anew"),
    "a misspelt setting": (
        set_("DISCORD__TOKN", "x"),
        r"settings: IMMUNOBOT_DISCORD__TOKN: there is no setting of this name; did you mean IMMUNOBOT_DISCORD__TOKEN\?",
    ),
    "no network": (
        set_("DISCORD__API_BASE", "http://127.0.0.1:9/api/v10"),
        r"network: Discord can't be reached \([^)]+\)\. Check the network",
    ),
    "a proxy that isn't there": (
        lambda place: place.settings.update(http_proxy="http://127.0.0.1:9"),
        r"network: The proxy that HTTPS_PROXY names can't be used",
    ),
    "a login page": (no_page, r"network: What answers is not Discord\. Check the network \(a login page\?\)"),
    "an endpoint in the portal": (
        of_discord("application", {"interactions_endpoint_url": "https://example.org"}),
        r"mode: an Interactions Endpoint URL is set, so nothing comes over the gateway; delete it",
    ),
    "another public key": (
        lambda place: place.settings.update(OVER_HTTP, IMMUNOBOT_DISCORD__PUBLIC_KEY="ab" * 32),
        r"mode: discord\.public_key is not the key of this bot's application; copy it from the developer portal",
    ),
    "a public key that is none": (
        set_("DISCORD__PUBLIC_KEY", "ab"),
        r"settings: IMMUNOBOT_DISCORD__PUBLIC_KEY: `discord.public_key` is no public key of 64 hexadecimal digits; copy it",
    ),
    "no starts left": (
        of_discord("starts_left", 0),
        r"starts: 0 connections are left today, 1 needed for a start; look in the log why",
    ),
    "no database": (
        lambda place: place.write("immunobot.db", "not a database at all" * 100),
        r"database: The database .+ can't be read: it is no SQLite database; move the file away",
    ),
    "a newer database": (
        lambda place: place.database("PRAGMA user_version = 99"),
        r"database: .+ was written by a newer immunobot; upgrade this one",
    ),
    "a damaged database": (damaged, r"database: .+ is damaged; stop the bot and put a backup in its place"),
    "a file with an error": (
        lambda place: (place.knowledge / "terms/t-cell.yaml").write_text("colour: green\n"),
        r"knowledge: of \d+ errors the first: .*t-cell\.yaml:1: .+; `immunobot check` lists them all",
    ),
    "an address of another machine": (
        lambda place: place.settings.update(IMMUNOBOT_SERVICE__HOST="192.0.2.1", IMMUNOBOT_SERVICE__PORT="9464"),
        r"port: 9464 of service\.host can't be listened on \(.+\); correct them",
    ),
}


@pytest.mark.parametrize("name", STOPS)
async def test_what_stops_the_bot_is_said_in_a_line_and_in_the_exit_status(place: Place, name: str) -> None:
    broken, said = STOPS[name]
    if hasattr(wait := broken(place), "__await__"):
        await wait
    status, lines = await place.run("doctor")
    stops = [line for line in lines if line.startswith("STOPS ")]
    assert status == 1
    assert len(stops) == 1, lines
    assert re.match(f"STOPS {said}", stops[0]), stops


LOOKS: dict[str, tuple[Break, str]] = {
    "no endpoint in the portal": (
        lambda place: place.settings.update(OVER_HTTP),
        r"mode: start the bot, then enter .+ https://YOUR\.DOMAIN/interactions, which your web server passes on to port \d+",
    ),
    "a port of another program over HTTP": (
        lambda place: (
            place.settings.update(OVER_HTTP, IMMUNOBOT_HTTP__PORT=str(place.discord.port)),
            place.discord.application.update(interactions_endpoint_url="https://example.org"),
        )[1],
        r"port over HTTP: \d+ is in use by another program; set another http\.port",
    ),
    "privileged intents": (
        of_discord("application", {"flags": 1 << 19}),
        r"intents: the bot needs none; turn off in the developer portal, under Bot: gateway_message_content",
    ),
    "not for servers": (
        of_discord("application", {"integration_types_config": {"1": {}}}),
        r"install settings: it can't be added to servers; tick Guild Install",
    ),
    "another server": (
        no_server,
        rf"moderators' server: the bot isn't there; .+ invite it: https://discord\.com/oauth2/authorize\?client_id=\d+"
        rf"&scope=bot\+applications\.commands&permissions=52224&guild_id={GUILD_ID}$",
    ),
    "a channel that it can't see": (no_channel, r"moderators' server: the bot can't see moderation\.channel_id there"),
    "a channel without rights": (
        of_discord("denied", ATTACH_FILES),
        r"moderators' server: in moderation\.channel_id the bot lacks: attach files; allow it there",
    ),
    "a role that is gone": (
        set_("MODERATION__ROLE_IDS", "123456789012345678"),
        r"moderators' server: it has no role 123456789012345678; correct moderation\.role_ids",
    ),
    "few starts left": (of_discord("starts_left", 5), r"starts: 5 connections are left today, 1 needed"),
    "a clock": (old_clock, r"clock: this machine's is \d+ s ahead; let it be set over the network \(NTP\)"),
    "a time zone": (lambda place: place.settings.update(TZ="Mars/Base"), r"time zone: TZ names no zone that is known here"),
    "commands of nobody": (
        lambda _: None,
        r"commands: \d\d are not registered as they are here; the next start registers them",
    ),
    "a token that all may read": (
        lambda place: (
            place.write("token.txt", TOKEN, 0o644),
            place.write("config.yaml", "discord: {token_file: token.txt}\n"),
            place.settings.update(IMMUNOBOT_DISCORD__TOKEN=""),
        )[0],
        r"modes of files: everyone on this machine may read token\.txt; run: chmod 600 token\.txt",
    ),
    "no backups": (
        set_("BACKUP__EVERY", "off"),
        r"backups: the bot makes none; set backup\.every: 1d, unless something else",
    ),
    "an old backup": (
        lambda place: (
            (place.tmp_path / "backups").mkdir(),
            place.write(f"backups/{new_file(place.tmp_path / 'x.db', datetime(2026, 1, 1, tzinfo=UTC)).name}", ""),
        )[0],
        r"backups: the last one is twice as old as backup\.every says; the log says why",
    ),
    "a key that is gone": (
        lambda place: (place.database("PRAGMA user_version = 1"), (place.tmp_path / "immunobot.secret").unlink())[0],
        r"database: its key .+ is gone; put a backup of it there",
    ),
    "changes that can't be written": (
        lambda place: (place.write("file", ""), place.settings.update(IMMUNOBOT_KNOWLEDGE__CHANGES="file/changes"))[0],
        r"(changes: user \d+ may not write to .+file, so moderators can change nothing; give the folder to that user"
        r"|knowledge: of 1 problems the first: file/changes)",
    ),
    "an entry that is due": (
        set_("KNOWLEDGE__DUE_MONTHS_MEDICINES", "1"),
        r"checks that are due: 2 entries, and the numbers of 0 countries; `immunobot check --due` lists them",
    ),
    "nobody to reach": (
        set_("OPERATOR__CONTACT", ""),
        r"settings: members would miss operator\.contact; write that into config\.yaml",
    ),
    "a port in use": (
        lambda place: place.settings.update(IMMUNOBOT_SERVICE__PORT=str(place.discord.port)),
        r"port: \d+ is in use by another program; set another service\.port",
    ),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_what_is_worth_a_look_is_said_and_stops_nothing(place: Place, name: str) -> None:
    broken, said = LOOKS[name]
    if hasattr(wait := broken(place), "__await__"):
        await wait
    status, lines = await place.run("doctor")
    looks = [line for line in lines if line.startswith("look ")]
    assert status == 0, lines
    of_all_set_ups = "look  commands: "  # which no bot has registered
    others = [line for line in looks if not re.match(f"look  {said}", line) and not line.startswith(of_all_set_ups)]
    assert others == []
    assert [line for line in looks if re.match(f"look  {said}", line)], looks


async def test_a_discord_that_has_trouble_hides_none_of_the_other_checks(place: Place) -> None:
    await place.say("GET /channels", lambda: error(400, 0, "400: Bad Request"))
    status, lines = await place.run("doctor")
    assert status == 1
    assert [line for line in lines if line.startswith("STOPS ")] == [
        "STOPS moderators' server: Discord can't be reached (status 400). Check the network, and start the bot again later."
    ]
    assert any(line.startswith("ok    port: ") for line in lines)


@BOTH_MODES
async def test_a_bot_that_runs_is_seen_to_run(
    place: Place, start: Start, unused_tcp_port_factory: Callable[[], int], mode: str
) -> None:
    unused_tcp_port, other = unused_tcp_port_factory(), unused_tcp_port_factory()
    set_("SERVICE__PORT", str(unused_tcp_port))(place)
    place.settings.update(IMMUNOBOT_DISCORD__MODE=mode, IMMUNOBOT_HTTP__PORT=str(other))
    await start(place.knowledge, **place.settings)
    await place.discord.ask("disclaimer")
    status, lines = await place.run("doctor")
    assert (status, [line for line in lines[:-1] if not line.startswith("ok ")]) == (0, [])
    assert f"ok    port: {unused_tcp_port} is that of the bot, which runs" in lines
    assert (f"ok    port over HTTP: {other} is that of the bot, which runs" in lines) is (mode == "http")
