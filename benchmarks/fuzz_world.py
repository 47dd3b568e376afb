"""The bot without a network: frames of the gateway go in, answers come out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import aiohttp
import discord
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from benchmarks.fuzz_inputs import SHIPPED
from bot.interactions import custom_id, routes
from bot.knowledge.checks import check_folder
from bot.knowledge.files import read_folder
from bot.knowledge.library import Library, build
from bot.publishing import unpack
from bot.service import frames, http
from bot.service.client import Client
from bot.settings import Config, Database, Http, Knowledge, Moderation
from bot.store.usage import Store
from tests.standin import APPLICATION_ID, CHANNEL_ID, GUILD_ID, USER_ID
from tests.standin.payloads import KEY, MEMBER_MAY, MODERATOR_MAY, bot_user, message_data, place_data

Json = dict[str, Any]

_numbers = itertools.count(1)

EXPIRED = ("This button has expired.", "Este botón ha caducado.")


def on(pressed: str, values: list[str] | None = None) -> str:
    """Return the frame of a press of a button with this id, or of what was picked from a select, on any card."""
    data: Json = {"custom_id": pressed, "component_type": 2 if values is None else 3, "id": 1}
    if values is not None:
        data["values"] = values
    card = message_data(next(_numbers), {"content": "a card", "flags": 64}, CHANNEL_ID)
    return _frame(interaction(3, data, message=card))


def _frame(data: Json) -> str:
    return json.dumps({"op": 0, "s": 3, "t": "INTERACTION_CREATE", "d": data})


def interaction(kind: int, data: Json, place: Any = "server", may: str = MEMBER_MAY, **more: Any) -> Json:
    """Return an interaction as Discord sends it."""
    number = (1_500_000_000_000 + next(_numbers) << 22) + 1
    return {
        "id": str(number), "application_id": str(APPLICATION_ID), "type": kind, "token": f"token{number}", "version": 1, "data": data,
        "locale": "en-US", "app_permissions": MEMBER_MAY, "entitlements": [], "attachment_size_limit": 10485760,
        **place_data(place, USER_ID + number % 10_000_000, may), **more,
    }  # fmt: skip


def is_none(pressed: str) -> bool:
    """Say whether an id is none of a press here, as its routes say."""
    found = custom_id.split(pressed)
    if found is None or found[0] not in routes._presses:
        return True
    try:
        routes._presses[found[0]].read(found[1])
    except ValueError:
        return True
    return False


class _Adapter:
    """What stands in for Discord's network: takes everything."""

    def __init__(self) -> None:
        self.bodies: list[Json] = []

    async def request(
        self, route: Any, *_: object, payload: Json | None = None, multipart: Any = None, **__: object
    ) -> Json:
        if multipart:
            payload = json.loads(multipart[0]["value"])
        json.dumps(payload).encode("utf-8")  # what can't be sent fails here
        self.bodies.append(payload or {})
        return {"id": str(next(_numbers)), "flags": 64}


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.said.append(f"{record.getMessage():.200} ({type(error).__name__}: {error!s:.300})")


class World:
    """The bot: its client, its knowledge and its database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._complaints, self._adapter = _Complaints(), _Adapter()
        self._snapshot = build([SHIPPED])
        self.names = sorted({name for entry in self._snapshot.entries.values() for name in (entry.name, *entry.also)})
        (folder / "few").mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def __enter__(self) -> Self:
        logger = logging.getLogger()
        logger.addHandler(self._complaints)
        self._level = logger.level
        logger.setLevel(logging.ERROR)
        self._without = async_context.set(self._adapter)  # type: ignore[arg-type]
        self._by_rest, self._seconds = AsyncWebhookAdapter.request, http.SECONDS
        AsyncWebhookAdapter.request = lambda _, *given, **named: self._adapter.request(*given, **named)  # type: ignore[method-assign]
        self._listening = contextlib.AsyncExitStack()
        self._run(self._open())
        self.actions = sorted(routes._presses)
        self.ids, self.corpus = self._run(self._gather())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._listening.aclose())
        self._run(self._store.close())
        AsyncWebhookAdapter.request, http.SECONDS = self._by_rest, self._seconds  # type: ignore[method-assign]
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        async_context.reset(self._without)
        logging.getLogger().removeHandler(self._complaints)
        logging.getLogger().setLevel(self._level)

    def _run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def _open(self) -> None:
        config = Config(
            knowledge=replace(Knowledge(), path=str(SHIPPED), changes=str(self._folder / "changes")),
            database=Database(f"sqlite:///{self._folder}/fuzz.db"),
            moderation=Moderation(guild_id=GUILD_ID),
            http=Http(port=self._port),
        )
        self._store = await Store.open(config.database_path(), "k" * 40)
        self._client = Client(config, Library(config.knowledge_paths()), self._store)
        await self._client._async_setup_hook()
        state = self._client._connection
        state.application_id = APPLICATION_ID
        state.user = discord.ClientUser(state=state, data=bot_user())  # type: ignore[arg-type]

        async def unreachable(*_: object, **__: object) -> None:
            raise aiohttp.ClientConnectionError("there is no network")

        http.SECONDS = 0.2  # so long is waited for the rest of a request
        self._endpoint = http.Endpoint(self._client, KEY.verify_key.encode().hex())
        await self._listening.enter_async_context(self._endpoint.listening())
        for name in ("request", "get_from_cdn"):
            setattr(self._client.http, name, unreachable)
        self._socket = frames.Socket(None, loop=self._loop)  # type: ignore[arg-type]
        self._socket._connection, self._socket._discord_parsers = state, state.parsers
        self._socket.shard_id, self._socket._dispatch = 0, lambda *_: None

    def complaints(self) -> list[str]:
        """Return what was logged as a mistake since this was asked last."""
        said, self._complaints.said = self._complaints.said, []
        return said

    def answers(self, frame: str) -> list[str]:
        """Give the client a frame, and return what was said, as JSON."""
        self._adapter.bodies = []
        self._store._recent.clear()
        self._client.rate_limit._people.clear()
        self._run(self._take(frame))
        return [json.dumps(body, ensure_ascii=False) for body in self._adapter.bodies]

    def responds(self, request: tuple[bytes, bool | None]) -> str:
        """Send a request, and return what is wrong with the status."""
        for kept in (self._endpoint._came, self._store._recent, self._client.rate_limit._people):
            kept.clear()
        raw, own = request
        status = self._run(self._status(raw, 0.1 if own is None else 3))
        if status >= 500 or (own is False and 0 < status < 400) or (own and status in (0, 401, 404, 405)):
            return f"status {status}"
        return ""

    async def _status(self, raw: bytes, seconds: float) -> int:
        """Send bytes, and return the status of the response; 0 where there is none within so many seconds."""
        before = asyncio.all_tasks()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        line = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                writer.write(raw)
                line = await reader.readline()
        writer.close()
        await self._until_over(before)
        return int(line.split()[1]) if line else 0

    async def _take(self, frame: str) -> None:
        before = asyncio.all_tasks()
        await self._socket.received_message(frame)
        await self._until_over(before)

    async def _until_over(self, before: set[asyncio.Task[Any]]) -> None:
        while tasks := {task for task in asyncio.all_tasks() - before if task.get_name() != "usage-writer"}:
            await asyncio.wait(tasks, timeout=5)

    async def _gather(self) -> tuple[list[str], list[str]]:
        """Return ids of buttons that the bot makes, and interactions as Discord sends them: of all commands, and what they show."""
        found: list[Json] = []
        for guild in (None, discord.Object(GUILD_ID)):
            for command in self._client.tree.get_commands(guild=guild, type=None):  # type: ignore[call-overload]
                found += _uses(command.to_dict(self._client.tree), guild is not None)
        pressed: set[str] = set()
        for each in found[:]:
            await self._take(_frame(each))
            for body in self._bodies():
                for part in _parts(body):
                    made = str(part.get("custom_id", ""))
                    if made.startswith("im1") and made not in pressed and len(pressed) < 150:
                        pressed.add(made)
                        values = [option["value"] for option in part.get("options", ())][:1] or None
                        found.append(json.loads(on(made, values))["d"])
                        await self._take(_frame(found[-1]))
                        found += (_sent(inner) for inner in self._bodies() if "title" in inner.get("data", {}))
        self._complaints.said.clear()
        return sorted(pressed), sorted(map(json.dumps, found))

    def _bodies(self) -> list[Json]:
        bodies, self._adapter.bodies = self._adapter.bodies, []
        return bodies

    # What needs no client.

    def reads(self, file: tuple[str, bytes]) -> str:
        """Read a file as one that was changed, and check it."""
        name, data = file
        folder = read_folder(self._folder / "few", self._folder, instead={name: data})
        for problem in check_folder(folder):
            if problem.line < 1 or not str(problem).isprintable():
                return f"said of it: {str(problem)!r}"
        return ""

    def looks_up(self, typed: str) -> str:
        """Do all that is done with what somebody types."""
        index, search = self._snapshot.index, self._snapshot.search
        for kind in (None, next(iter(self._snapshot.entries.values())).kind):
            index.exact(typed, kind)
            index.suggest(typed, kind)
            index.close(typed, kind)
        index.named_in(typed)
        index.named_in(typed, any_case=True)
        index.heard(typed)
        found = search.find(typed)
        for entry_id in found[:1]:
            search.sentence(typed, self._snapshot.entries[entry_id])
        search.has_all(typed)
        return ""

    def unpacks(self, upload: tuple[str, bytes]) -> str:
        """Read an upload, as the process does that is made for it."""
        files, problems = unpack._read(upload[1], upload[0])
        json.dumps(files).encode()
        if not files and not problems:
            return "neither files nor problems"
        return next((f"said of it: {str(each)!r}" for each in problems if not str(each).isprintable()), "")


def _uses(command: Json, of_moderators: bool) -> list[Json]:
    """Return uses of a command, by its JSON: what it asks for is typed, and typed into."""
    guild = {"guild_id": str(GUILD_ID)} if of_moderators else {}
    may = MODERATOR_MAY if of_moderators else MEMBER_MAY
    start: Json = {"id": str(next(_numbers)), "name": command["name"], "type": command.get("type", 1), **guild}
    if start["type"] == 3:
        message = message_data(
            next(_numbers), {"content": "my chest hurts on Keytruda", "embeds": [{"title": "IL-2"}]}, CHANNEL_ID
        )
        resolved = {"messages": {message["id"]: message}}
        return [interaction(2, start | {"target_id": message["id"], "resolved": resolved}, may=may)]
    inner = [option for option in command.get("options", ()) if option["type"] == 1]
    found = []
    for each in inner or [command]:
        options = [_filled(option) for option in each.get("options", ())]
        resolved = {"resolved": {"attachments": {"1": _ATTACHMENT}}} if any(o["type"] == 11 for o in options) else {}

        def used(options: list[Json], each: Json = each, resolved: Json = resolved) -> Json:
            given = [{"name": each["name"], "type": 1, "options": options}] if inner else options
            return start | {"options": given} | resolved

        places = ("server", "dm", "user install", "group", "thread")
        found += [interaction(2, used(options), place, may) for place in places]
        for number in range(len(options)):
            if options[number]["type"] == 3:
                typing = [option | ({"focused": True} if n == number else {}) for n, option in enumerate(options)]
                found.append(interaction(4, used(typing), may=may))
    return found


_ATTACHMENT = {
    "id": "1",
    "filename": "t-cell.yaml",
    "size": 10,
    "url": "https://cdn.discordapp.com/x",
    "proxy_url": "https://x.y/z",
}


def _filled(option: Json) -> Json:
    values: Json = {3: "interleukin-2", 4: 1, 5: True, 11: "1"}
    value = option["choices"][0]["value"] if option.get("choices") else values.get(option["type"], "1")
    return {"name": option["name"], "type": option["type"], "value": value}


def _parts(value: Any) -> list[Json]:
    """Return all components of a body."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) and "custom_id" in value else []
    return own + [part for each in inner for part in _parts(each)]


def _sent(form: Json) -> Json:
    """Return a form that was filled in and sent, by the body that showed it."""
    parts = []
    for number, part in enumerate(form["data"]["components"]):
        inner = part.get("component")
        if inner:
            field = {"type": inner["type"], "id": 2 * number + 2, "custom_id": inner["custom_id"]}
            given: Json = {"values": ["x"]} if inner["type"] == 3 else {"value": "Keytruda, and my chest hurts"}
            parts.append({"type": part["type"], "id": 2 * number + 1, "component": field | given})
    return interaction(5, {"custom_id": form["data"]["custom_id"], "components": parts})
