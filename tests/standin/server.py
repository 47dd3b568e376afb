"""The stand-in as tests use it: commands, presses, forms and keystrokes are sent to the bot, and its answers come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web

from .endpoint import Caller
from .payloads import (
    APPLICATION_ID,
    CHANNEL_ID,
    GUILD_ID,
    MEMBER_MAY,
    MODERATOR_MAY,
    PATIENCE,
    TOKEN,
    USER_ID,
    Json,
    Place,
    message_data,
    place_data,
    snowflake,
    user_data,
)
from .rest import Asked


class Standin(Caller):
    """The server. The attributes that aren't private may be set while it runs."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(token)
        self.pace = 3.0
        """seconds from one question to the next, as their ids tell it: who asks too much in a minute has to wait"""
        self._paced = 0.0
        self._runner: web.AppRunner | None = None

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
        await self.hang_up()
        await self._runner.cleanup()

    def environment(self) -> dict[str, str]:
        """Return what points a bot at this server."""
        return {
            "IMMUNOBOT_DISCORD__TOKEN": self.token,
            "IMMUNOBOT_DISCORD__API_BASE": f"http://127.0.0.1:{self.port}/api/v10",
            "IMMUNOBOT_DISCORD__GATEWAY_URL": self._gateway_url,
        }

    async def ask(self, command: str, options: Mapping[str, str] | None = None, **who: Any) -> Json:
        """Use a slash command and return the body of the bot's callback. `who` is as in `send`."""
        return await self.answer(await self.send_command(command, options, **who))

    async def send_command(self, command: str, options: Mapping[str, str] | None = None, **who: Any) -> Asked:
        """Use a slash command without waiting for the answer."""
        return await self.send(2, self._command_data(command, options or {}), **who)

    async def use_on_message(self, command: str, content: str, *, more: Json | None = None, **who: Any) -> Json:
        """Use a message's menu, on a message that says this and has `more`, and return the body of the bot's callback."""
        message = (
            message_data(snowflake(), {"content": content}, CHANNEL_ID) | {"author": user_data(USER_ID + 1)} | (more or {})
        )
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
        return await self.send(3, data, message=message_data(snowflake(), on.get("data", on), CHANNEL_ID), **who)

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
        may_not: int = 0,
        roles: tuple[int, ...] = (),
        message: Json | None = None,
    ) -> Asked:
        """Send an interaction to the bot; waits for a session where there is none yet."""
        to = await self.until(lambda: self.endpoint or self._asked())
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
            **place_data(place, user_id, str(int(MODERATOR_MAY if moderator else MEMBER_MAY) & ~may_not)),
        }
        if roles:
            payload["member"]["roles"] = [str(role) for role in roles]
        if message is not None:
            payload["message"] = message
        if isinstance(to, str):
            await self.post(asked, payload)
        else:
            asked.sent = await to.dispatch("INTERACTION_CREATE", payload)
        return asked

    async def answer(self, asked: Asked) -> Json:
        """Return the body of the first callback that is accepted."""
        async with asyncio.timeout(PATIENCE):
            return await asked.answer

    def forget_sent(self, numbers: set[int]) -> None:
        """Let go of these questions, and of all requests that came in: in a long run they would be much."""
        for number in numbers:
            del self._by_token[self.asked.pop(number).token]
        for kept in (self.requests, self.sent, self.frames):
            kept.clear()
        if self._session is not None:
            self._session.events[:-1000] = [""] * (len(self._session.events) - 1000)

    def _command_data(self, command: str, options: Mapping[str, str]) -> Json:
        number = next((c["id"] for c in self.commands if c["name"] == command), str(APPLICATION_ID + 1))
        return {
            "id": number,
            "name": command,
            "type": 1,
            "options": [{"name": name, "type": 3, "value": value} for name, value in options.items()],
        }
