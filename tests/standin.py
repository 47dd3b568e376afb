"""A stand-in for Discord on this machine: its gateway and REST over real sockets, as far as the bot uses them.

Payloads have the form that Discord's documentation gives them. Nothing here knows what the bot should answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from aiohttp import WSMsgType, web

T = TypeVar("T")
Json = dict[str, Any]
Place = Literal["server", "dm", "user install", "group"]
Step = Callable[["Request"], Awaitable[web.Response | None]]

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAw.stand-in.thisIsTheTokenOfNobody"
APPLICATION_ID = 120000000000000001
GUILD_ID = 120000000000000002
GUILD_WITHOUT_BOT_ID = 120000000000000003
CHANNEL_ID = 120000000000000004
USER_ID = 120000000000000777
USER_NAME = "zoe.vandermeer"
NICK = "Zoë in room 12"

MEMBER_MAY = "2248473465835073"
MODERATOR_MAY = str(int(MEMBER_MAY) | 1 << 5 | 1 << 13)
"""Permissions as Discord sends them; a moderator may also manage the server and its messages."""

PATIENCE = 60.0
"""Seconds after which a wait is given up, so that a broken bot ends a test instead of hanging it."""

_EPOCH_MS = 1420070400000
_numbers = itertools.count()


def snowflake(later: float = 0) -> int:
    """Return a new id; it says when it was made, as Discord's do, or that it was made so many seconds later."""
    return (int((time.time() + later) * 1000) - _EPOCH_MS) << 22 | next(_numbers) & 0x3FFFFF


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request that came in; `path` is without the base, `body` None where there was none."""

    method: str
    path: str
    body: Any


@dataclass(slots=True)
class Asked:
    """An interaction that was sent to the bot, and what came back."""

    id: int
    kind: int
    token: str
    answer: asyncio.Future[Json]
    """the body of the first callback that was accepted"""
    sent_at: float
    answered_at: float | None = None
    message_id: int = 0


@dataclass(slots=True)
class Session:
    """A gateway session: it outlives its connection, and its events are sent again when it is resumed."""

    id: str
    events: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    async def dispatch(self, event: str, data: Any) -> None:
        """Send an event, or keep it for when the bot resumes."""
        self.events.append(json.dumps({"op": 0, "s": len(self.events) + 1, "t": event, "d": data}))
        if self.socket is not None and not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(self.events[-1])


class Standin:
    """The server. The attributes that aren't private may be set while it runs."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        """the only token that is accepted"""
        self.starts_left = 1000
        """gateway sessions that may still be started today"""
        self.close_identify_with: int | None = None
        """the code that closes the connection of whoever identifies"""
        self.gateway_down = False
        """the gateway takes no connection, as in an outage"""
        self.steps: deque[Step] = deque()
        """what to do instead with the next callbacks, one each: return a response, or None to accept it after all"""
        self.requests: list[Request] = []
        self.sent: list[tuple[Request, int, Any]] = []
        """what was answered: request, status, body"""
        self.frames: list[tuple[int, Any]] = []
        """(op, d) of every gateway frame that came in"""
        self.pace = 3.0
        """seconds from one question to the next, as their ids tell it: who asks too much in a minute has to wait"""
        self._paced = 0.0
        self.asked: dict[int, Asked] = {}
        self.commands: list[Json] = []
        self.guild_commands: dict[int, list[Json]] = {}
        """those of one server alone, by its number"""
        self.ready_at = 0.0
        """when READY was last sent (`time.perf_counter`)"""
        self._by_token: dict[str, Asked] = {}
        self._sessions: dict[str, Session] = {}
        self._session: Session | None = None
        self._connections: list[asyncio.Transport] = []
        self._watching: list[asyncio.Future[None]] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self.cut()
        await self._runner.cleanup()

    def environment(self) -> dict[str, str]:
        """Return what points a bot at this server."""
        return {
            "IMMUNOBOT_DISCORD__TOKEN": self.token,
            "IMMUNOBOT_DISCORD__API_BASE": f"http://127.0.0.1:{self.port}/api/v10",
            "IMMUNOBOT_DISCORD__GATEWAY_URL": self._gateway_url,
        }

    # What tests do.

    async def until(self, found: Callable[[], T | None]) -> T:
        """Return what `found` returns as soon as that is true; it is called again whenever anything came in."""
        async with asyncio.timeout(PATIENCE):
            while not (result := found()):
                self._watching.append(future := asyncio.get_running_loop().create_future())
                await future
        return result

    def bodies(self, method: str, pattern: str) -> list[Any]:
        """Return the bodies of all requests of this method whose whole path matches."""
        return [r.body for r in self.requests if r.method == method and re.fullmatch(pattern, r.path)]

    def frames_of(self, op: int) -> list[Any]:
        """Return the data of all gateway frames of this kind that came in."""
        return [data for number, data in self.frames if number == op]

    async def ask(self, command: str, options: Mapping[str, str] | None = None, **who: Any) -> Json:
        """Use a slash command and return the body of the bot's callback. `who` is as in `send`."""
        return await self.answer(await self.send_command(command, options, **who))

    async def send_command(self, command: str, options: Mapping[str, str] | None = None, **who: Any) -> Asked:
        """Use a slash command without waiting for the answer."""
        return await self.send(2, self._command_data(command, options or {}), **who)

    async def use_on_message(self, command: str, content: str, *, more: Json | None = None, **who: Any) -> Json:
        """Use a message's menu, on a message that says this and has `more`, and return the body of the bot's callback."""
        message = _message(snowflake(), {"content": content}, CHANNEL_ID) | {"author": _user(USER_ID + 1)} | (more or {})
        data = self._command_data(command, {}) | {
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self.answer(await self.send(2, data, **who))

    async def autocomplete(self, command: str, option: str, text: str, **who: Any) -> list[Json]:
        """Type into an option and return the choices that the bot offers."""
        return list((await self.answer(await self.send_typing(command, option, text, **who)))["data"]["choices"])

    async def send_typing(self, command: str, option: str, text: str, **who: Any) -> Asked:
        """Type into an option without waiting for the choices."""
        data = self._command_data(command, {option: text})
        data["options"][0]["focused"] = True
        return await self.send(4, data, **who)

    async def press(self, custom_id: str, on: Json, *, values: list[str] | None = None, **who: Any) -> Json:
        """Press a button of a message, given by the body that made it, and return the body of the bot's callback.

        With `values`, what is picked from a select.
        """
        return await self.answer(await self.send_press(custom_id, on, values=values, **who))

    async def send_press(self, custom_id: str, on: Json, *, values: list[str] | None = None, **who: Any) -> Asked:
        """Press a button without waiting for the answer."""
        data: Json = {"custom_id": custom_id, "component_type": 2 if values is None else 3, "id": 1}
        if values is not None:
            data["values"] = values
        return await self.send(3, data, message=_message(snowflake(), on.get("data", on), CHANNEL_ID), **who)

    async def submit(self, form: Json, values: Mapping[str, str], **who: Any) -> Json:
        """Send a form, given by the body that showed it, and return the body of the bot's callback."""
        components: list[Json] = []
        for number, part in enumerate(form["data"]["components"]):
            inner = part.get("component")
            if inner is not None and inner["custom_id"] in values:
                field = {"type": inner["type"], "id": 2 * number + 2, "custom_id": inner["custom_id"]}
                components.append({"type": part["type"], "id": 2 * number + 1,
                                   "component": field | {"value": values[inner["custom_id"]]}})  # fmt: skip
        data = {"custom_id": form["data"]["custom_id"], "components": components}
        return await self.answer(await self.send(5, data, **who))

    async def use_in_group(self, command: str, options: Mapping[str, str], **who: Any) -> Json:
        """Use a command of a group, as in `knowledge status`, in the server that it is registered in."""
        group, _, name = command.partition(" ")
        number = next(c["id"] for c in self.guild_commands[GUILD_ID] if c["name"] == group)
        inner = {"name": name, "type": 1, "options": self._command_data(name, options)["options"]}
        data = {"id": number, "name": group, "type": 1, "guild_id": str(GUILD_ID), "options": [inner]}
        return await self.answer(await self.send(2, data, **who))

    async def send(
        self,
        kind: int,
        data: Json,
        *,
        locale: str = "en-US",
        place: Place = "server",
        user_id: int = USER_ID,
        moderator: bool = False,
        roles: tuple[int, ...] = (),
        message: Json | None = None,
    ) -> Asked:
        """Send an interaction to the bot; waits for a session where there is none yet."""
        session = await self.until(lambda: self._session)
        answer = asyncio.get_running_loop().create_future()
        self._paced += self.pace
        asked = Asked(snowflake(self._paced), kind, f"aW50ZXJhY3Rpb24{snowflake():x}", answer, time.perf_counter())
        self.asked[asked.id] = self._by_token[asked.token] = asked
        payload = {
            "id": str(asked.id),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "token": asked.token,
            "version": 1,
            "data": data,
            "locale": locale,
            "app_permissions": MEMBER_MAY,
            "entitlements": [],
            "attachment_size_limit": 10485760,
            **_place(place, user_id, MODERATOR_MAY if moderator else MEMBER_MAY),
        }
        if roles:
            payload["member"]["roles"] = [str(role) for role in roles]
        if message is not None:
            payload["message"] = message
        await session.dispatch("INTERACTION_CREATE", payload)
        return asked

    async def answer(self, asked: Asked) -> Json:
        """Return the body of the first callback that is accepted."""
        async with asyncio.timeout(PATIENCE):
            return await asked.answer

    def forget(self) -> None:
        """Let no question go to a session that a bot began before now."""
        self._session = None

    def cut(self) -> None:
        """Break every gateway connection without a word, as a pulled cable does."""
        if self._session is not None:
            self._session.socket = None
        for transport in self._connections:
            transport.abort()

    async def invalidate(self) -> None:
        """Tell the bot that its session is gone and can't be resumed."""
        session, self._session = self._session, None
        assert session is not None
        assert session.socket is not None
        del self._sessions[session.id]
        await session.socket.send_json({"op": 9, "d": False, "s": None, "t": None})

    # The gateway.

    @property
    def _gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        if self.gateway_down:
            raise web.HTTPBadGateway
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        assert request.transport is not None
        self._connections.append(transport := request.transport)
        session: Session | None = None
        try:
            await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                content = json.loads(frame.data)
                op, data = content["op"], content["d"]
                if op == 1:
                    await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
                elif op == 2:
                    session = await self._identify(socket, data)
                elif op == 6:
                    session = await self._resume(socket, data)
                self.frames.append((op, data))
                self._came()
        finally:
            self._connections.remove(transport)
            if session is not None and session.socket is socket:
                session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        code = self.close_identify_with or (None if data["token"] == self.token else 4004)
        if code is not None:
            await socket.close(code=code, message=b"Authentication failed." if code == 4004 else b"")
            return None
        self.starts_left -= 1
        session = Session(f"{snowflake():x}", socket=socket)
        self._sessions[session.id] = self._session = session
        await session.dispatch(
            "READY",
            {
                "v": 10,
                "user": _bot_user(),
                "guilds": [],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self._gateway_url,
                "shard": data.get("shard", [0, 1]),
                "application": {"id": str(APPLICATION_ID), "flags": 0},
            },
        )
        self.ready_at = time.perf_counter()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self._sessions.get(data["session_id"])
        if session is None or data["token"] != self.token:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        sent = data["seq"] or 0
        while sent < len(session.events):
            await socket.send_str(session.events[sent])
            sent += 1
        session.socket = socket
        await session.dispatch("RESUMED", {})
        return session

    # REST.

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        # With files, the body is one part of several; the files themselves are not kept.
        if request.content_type == "multipart/form-data":
            text = str((await request.post())["payload_json"])
        else:
            text = (await request.read()).decode()
        came = Request(request.method, "/" + request.match_info["path"], json.loads(text) if text else None)
        self.requests.append(came)
        response = await self._answer_rest(came, request)
        body = json.loads(response.body) if isinstance(response.body, bytes) and response.body else None
        self.sent.append((came, response.status, body))
        self._came()
        return response

    async def _answer_rest(self, came: Request, request: web.Request) -> web.Response:
        match came.method, came.path.strip("/").split("/"):
            case "POST", ["interactions", number, token, "callback"]:
                if self.steps and (scripted := await self.steps.popleft()(came)) is not None:
                    return scripted
                return self._callback(self.asked.get(int(number)), token, came.body, "with_response" in request.query)
            case method, ["webhooks", _, token, *rest]:
                return self._webhook(method, self._by_token.get(token), rest, came.body)
        if request.headers.get("Authorization") != f"Bot {self.token}":
            return error(401, 0, "401: Unauthorized")
        match came.method, came.path.strip("/").split("/"):
            case "GET", ["users", "@me"]:
                return _json(_bot_user() | {"mfa_enabled": False, "locale": "en-US", "flags": 0})
            case "GET", ["oauth2" | "applications", *_]:
                return _json(_application())
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": self.starts_left, "reset_after": 14_400_000, "max_concurrency": 1}
                return _json({"url": self._gateway_url, "shards": 1, "session_start_limit": limit})
            case "PUT", ["applications", _, "commands"]:
                self.commands = [_registered(command) for command in came.body]
                return _json(self.commands)
            case "PUT", ["applications", _, "guilds", guild, "commands"]:
                self.guild_commands[int(guild)] = [_registered(command) | {"guild_id": guild} for command in came.body]
                return _json(self.guild_commands[int(guild)])
            case "POST", ["users", "@me", "channels"]:
                user_id = int(came.body["recipient_id"])
                return _json({"id": str(user_id + 1), "type": 1, "flags": 0, "last_message_id": None,
                              "recipients": [_user(user_id)]})  # fmt: skip
            case "POST", ["channels", channel, "messages"]:
                return _json(_message(snowflake(), came.body, int(channel)))
        return error(404, 0, "404: Not Found")

    def _callback(self, asked: Asked | None, token: str, body: Json, with_response: bool) -> web.Response:
        if asked is None or asked.token != token:
            return error(404, 10062, "Unknown interaction")
        if asked.answer.done():
            return error(400, 40060, "Interaction has already been acknowledged.")
        asked.answered_at = time.perf_counter()
        asked.answer.set_result(body)
        interaction: Json = {"id": str(asked.id), "type": asked.kind}
        resource: Json = {"type": body["type"]}
        if body["type"] in (4, 5, 7):
            asked.message_id = snowflake()
            data = body.get("data") or {}
            interaction |= {
                "response_message_id": str(asked.message_id),
                "response_message_loading": body["type"] == 5,
                "response_message_ephemeral": bool((data.get("flags") or 0) & 64),
            }
            resource["message"] = _message(asked.message_id, data, CHANNEL_ID)
        if not with_response:
            return web.Response(status=204)
        return _json({"interaction": interaction, "resource": resource} if "message" in resource else
                     {"interaction": interaction})  # fmt: skip

    def _webhook(self, method: str, asked: Asked | None, rest: list[str], body: Any) -> web.Response:
        if asked is None:
            return error(404, 10015, "Unknown Webhook")
        if not asked.answer.done():
            return error(404, 10015, "Unknown Webhook")
        match method, rest:
            case "POST", []:
                return _json(_message(snowflake(), body, CHANNEL_ID))
            case "GET" | "PATCH", ["messages", _]:
                return _json(_message(asked.message_id, body or {}, CHANNEL_ID))
            case "DELETE", ["messages", _]:
                return web.Response(status=204)
        return error(405, 0, "405: Method Not Allowed")

    def _came(self) -> None:
        watching, self._watching = self._watching, []
        for future in watching:
            if not future.done():
                future.set_result(None)

    def _command_data(self, command: str, options: Mapping[str, str]) -> Json:
        number = next((c["id"] for c in self.commands if c["name"] == command), str(APPLICATION_ID + 1))
        return {
            "id": number,
            "name": command,
            "type": 1,
            "options": [{"name": name, "type": 3, "value": value} for name, value in options.items()],
        }


def error(status: int, code: int, text: str, **headers: str) -> web.Response:
    """Return an error as Discord sends it."""
    return _json({"message": text, "code": code}, status, **headers)


def rate_limited(seconds: float) -> web.Response:
    """Return what Discord answers to a request that it wants to have again later."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return _json(body, 429, Via="1.1 stand-in")


def _json(body: Any, status: int = 200, **headers: str) -> web.Response:
    # Without a charset: discord.py reads JSON only where the type is exactly this one.
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)


def _user(user_id: int) -> Json:
    return {
        "id": str(user_id),
        "username": USER_NAME,
        "global_name": "Zoë van der Meer",
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def _bot_user() -> Json:
    return _user(APPLICATION_ID) | {"username": "immunobot", "global_name": None, "bot": True}


def _application() -> Json:
    return {
        "id": str(APPLICATION_ID),
        "name": "immunobot",
        "icon": None,
        "description": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": _user(APPLICATION_ID + 9),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 1,
        "approximate_user_authorization_count": 1,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def _registered(command: Json) -> Json:
    return {
        "description": "",
        **{key: value for key, value in command.items() if value is not None},
        "id": str(snowflake()),
        "application_id": str(APPLICATION_ID),
        "version": str(snowflake()),
        "type": command.get("type") or 1,
        "default_member_permissions": None,
    }


def _place(place: Place, user_id: int, permissions: str) -> Json:
    """Return what an interaction says about where it was made, and by whom."""
    user = _user(user_id)
    if place in ("dm", "group"):
        channel: Json = {"id": str(CHANNEL_ID + 1), "type": 1, "flags": 0, "last_message_id": None, "recipients": [user]}
        if place == "group":
            channel |= {"type": 3, "name": None, "icon": None, "owner_id": str(user_id)}
        owners = {"0": "0"} if place == "dm" else {"1": str(user_id)}
        return {
            "channel": channel,
            "channel_id": channel["id"],
            "user": user,
            "context": 1 if place == "dm" else 2,
            "authorizing_integration_owners": owners,
        }
    guild = str(GUILD_ID if place == "server" else GUILD_WITHOUT_BOT_ID)
    return {
        "guild_id": guild,
        "guild": {"id": guild, "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "channel_id": str(CHANNEL_ID),
        "channel": {
            "id": str(CHANNEL_ID), "type": 0, "guild_id": guild, "name": "ask-here", "topic": None, "position": 1,
            "nsfw": False, "flags": 0, "rate_limit_per_user": 0, "parent_id": None, "last_message_id": None,
            "permissions": permissions,
        },
        "member": {
            "user": user, "nick": NICK, "avatar": None, "banner": None, "roles": [], "joined_at": "2026-01-02T03:04:05+00:00",
            "premium_since": None, "deaf": False, "mute": False, "flags": 0, "pending": False,
            "communication_disabled_until": None, "permissions": permissions,
        },
        "context": 0,
        "authorizing_integration_owners": {"0": guild} if place == "server" else {"1": str(user_id)},
    }  # fmt: skip


def _message(message_id: int, body: Json, channel_id: int) -> Json:
    """Return the message that a body makes."""
    return {
        "id": str(message_id),
        "type": 0,
        "channel_id": str(channel_id),
        "author": _bot_user(),
        "content": body.get("content") or "",
        "embeds": [{"type": "rich"} | embed for embed in body.get("embeds") or ()],
        "components": [_numbered(row, 6 * number + 1) for number, row in enumerate(body.get("components") or ())],
        "flags": body.get("flags") or 0,
        "attachments": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "application_id": str(APPLICATION_ID),
        "webhook_id": str(APPLICATION_ID),
    }


def _numbered(row: Json, first: int) -> Json:
    """Return a row of components with the numbers that Discord gives them."""
    inner = [item | {"id": number} for number, item in enumerate(row["components"], first + 1)]
    return row | {"id": first, "components": inner}


class Bot:
    """A real `immunobot run` in a process of its own, with nothing but environment variables to go by."""

    run: tuple[str, ...] = ("-m", "bot", "run")
    """what Python runs"""

    def __init__(self, standin: Standin, folder: Path, knowledge: Path, **environment: str) -> None:
        self.folder = folder
        self.started_at = 0.0
        self.database = folder / "immunobot.db"
        self.lines: list[str] = []
        """everything it printed"""
        self._standin = standin
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            **standin.environment(),
            "IMMUNOBOT_DATABASE__URL": f"sqlite:///{self.database}",
            "IMMUNOBOT_KNOWLEDGE__PATH": str(knowledge),
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reading: list[asyncio.Task[None]] = []
        self._said = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start it, without waiting for anything."""
        self._standin.forget()
        self.started_at = time.perf_counter()
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *self.run, cwd=self.folder, env=self._environment, stdout=pipe, stderr=pipe
        )
        streams = (self._process.stdout, self._process.stderr)
        self._reading = [asyncio.create_task(self._read(stream)) for stream in streams if stream is not None]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it at once where it still runs."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self.ended()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process is not None
        return self._process.pid

    async def said(self, pattern: str) -> str:
        """Return the first line printed that matches, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._said.clear()
                if line := next((line for line in self.lines if re.search(pattern, line)), None):
                    return line
                await self._said.wait()

    async def ready(self) -> float:
        """Wait until it has a session, and return the seconds from its start to READY."""
        await self._standin.until(lambda: self._standin.ready_at > self.started_at)
        return self._standin.ready_at - self.started_at

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait until it has ended, and return its exit status once all that it printed is read."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE):
            status = await self._process.wait()
            await asyncio.gather(*self._reading)
        return status

    async def stop(self) -> int:
        """End it as an operator does, with SIGTERM, and return its exit status."""
        self.tell(signal.SIGTERM)
        return await self.ended()

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.lines.append(line.decode(errors="replace").rstrip("\n"))
            self._said.set()
