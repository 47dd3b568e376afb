"""The stand-in's REST: callbacks of interactions, webhooks, commands, channels."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .gateway import Gateway
from .payloads import (
    CHANNEL_ID,
    GUILD_ID,
    Json,
    application_data,
    bot_user,
    channel_data,
    error,
    guild_data,
    json_response,
    member_data,
    message_data,
    registered,
    snowflake,
    user_data,
)


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request that came in; `path` is without the base, `body` None where there was none."""

    method: str
    path: str
    body: Any


Step = Callable[["Request"], Awaitable[web.Response | None]]


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
    sent: bool = False
    """whether a connection was there to send it over"""
    message_id: int = 0


class Rest(Gateway):
    """The REST; it keeps what came in and what was answered."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.steps: deque[Step] = deque()
        """what to do instead with the next callbacks, one each: return a response, or None to accept it after all"""
        self.breaks: deque[bool] = deque()
        """whether the next callbacks, one each, are taken before their connection breaks"""
        self.instead: dict[str, Step] = {}
        """what to do instead with other requests, by method and the beginning of their path: POST /webhooks"""
        self.requests: list[Request] = []
        self.sent: list[tuple[Request, int, Any]] = []
        """what was answered: request, status, body"""
        self.files: list[list[bytes]] = []
        """those of each request that had some"""
        self.asked: dict[int, Asked] = {}
        self.application: Json = {}
        """what is said of the application besides, or instead of, what is usual"""
        self.invited = True
        """whether the bot is in a server"""
        self.denied = 0
        """the rights that the bot lacks in the moderators' channel"""
        self.commands: list[Json] = []
        self.guild_commands: dict[int, list[Json]] = {}
        """those of one server alone, by its number"""
        self._by_token: dict[str, Asked] = {}

    def bodies(self, method: str, pattern: str) -> list[Any]:
        """Return the bodies of all requests of this method whose whole path matches."""
        return [r.body for r in self.requests if r.method == method and re.fullmatch(pattern, r.path)]

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        # With files, the body is one part of several.
        if request.content_type == "multipart/form-data":
            parts = await request.post()
            text = str(parts["payload_json"])
            self.files.append([part.file.read() for part in parts.values() if isinstance(part, web.FileField)])
        else:
            text = (await request.read()).decode()
        came = Request(request.method, "/" + request.match_info["path"], json.loads(text) if text else None)
        self.requests.append(came)
        if self.breaks and came.path.endswith("/callback"):
            if self.breaks.popleft():
                await self._answer_rest(came, request)
            assert request.transport is not None
            request.transport.abort()
        try:
            response = await self._answer_rest(came, request)
        except ConnectionError:  # of a step that breaks it
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        is_json = response.content_type == "application/json" and isinstance(response.body, bytes)
        body = json.loads(response.body) if is_json and response.body else None
        self.sent.append((came, response.status, body))
        self._came()
        return response

    async def _answer_rest(self, came: Request, request: web.Request) -> web.Response:
        for what, step in tuple(self.instead.items()):
            method, _, path = what.partition(" ")
            if came.method == method and came.path.startswith(path) and (scripted := await step(came)) is not None:
                return scripted
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
                return json_response(bot_user() | {"mfa_enabled": False, "locale": "en-US", "flags": 0})
            case "GET", ["oauth2" | "applications", *_, "@me"]:
                return json_response(application_data() | self.application)
            case "GET", ["users", "@me", "guilds"]:
                return json_response([guild_data()] if self.invited else [])
            case "GET", ["guilds", guild, "channels"] if int(guild) == GUILD_ID:
                return json_response([channel_data(self.denied)])
            case "GET", ["guilds", guild] if int(guild) == GUILD_ID:
                return json_response(guild_data())
            case "GET", ["guilds", guild, "members", _] if int(guild) == GUILD_ID:
                return json_response(member_data(bot_user()))
            case "GET", ["channels", channel] if int(channel) == CHANNEL_ID:
                return json_response(channel_data(self.denied))
            case "GET", ["applications", _, "commands"]:
                return json_response(self.commands)
            case "GET", ["applications", _, "guilds", guild, "commands"]:
                return json_response(self.guild_commands.get(int(guild), []))
            case "GET", ["gateway", "bot"]:
                limit = {
                    "total": 1000,
                    "remaining": self.starts_left,
                    "reset_after": 14_400_000,
                    "max_concurrency": self.max_concurrency,
                }
                return json_response(
                    {"url": self.named_gateway or self._gateway_url, "shards": 1, "session_start_limit": limit}
                )
            case "PUT", ["applications", _, "commands"]:
                self.commands = [registered(command) for command in came.body]
                return json_response(self.commands)
            case "PUT", ["applications", _, "guilds", guild, "commands"]:
                self.guild_commands[int(guild)] = [registered(command) | {"guild_id": guild} for command in came.body]
                return json_response(self.guild_commands[int(guild)])
            case "POST", ["users", "@me", "channels"]:
                user_id = int(came.body["recipient_id"])
                return json_response({"id": str(user_id + 1), "type": 1, "flags": 0, "last_message_id": None,
                              "recipients": [user_data(user_id)]})  # fmt: skip
            case "POST", ["channels", channel, "messages"]:
                return json_response(message_data(snowflake(), came.body, int(channel)))
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
            resource["message"] = message_data(asked.message_id, data, CHANNEL_ID)
        if not with_response:
            return web.Response(status=204)
        return json_response({"interaction": interaction, "resource": resource} if "message" in resource else
                     {"interaction": interaction})  # fmt: skip

    def _webhook(self, method: str, asked: Asked | None, rest: list[str], body: Any) -> web.Response:
        if asked is None:
            return error(404, 10015, "Unknown Webhook")
        if not asked.answer.done():
            return error(404, 10015, "Unknown Webhook")
        match method, rest:
            case "POST", []:
                return json_response(message_data(snowflake(), body, CHANNEL_ID))
            case "GET" | "PATCH", ["messages", _]:
                return json_response(message_data(asked.message_id, body or {}, CHANNEL_ID))
            case "DELETE", ["messages", _]:
                return web.Response(status=204)
        return error(405, 0, "405: Method Not Allowed")
