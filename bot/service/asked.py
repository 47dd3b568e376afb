"""What `immunobot doctor` asks Discord: the token, how the bot is set up there, its rights in the moderators' channel."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, cast

import aiohttp
import discord

from bot.errors import REFUSED, PlainError
from bot.service.client import NEEDED_IN_CHANNEL, Client, install_link, use_other_server
from bot.service.gateway import login, plainly, proxy_of
from bot.settings import Config
from bot.store.sqlite import Database
from bot.store.usage import Store

FEW_STARTS = 100
LATE_CLOCK = 10.0
"""Seconds that the clock may be wrong."""

_PRIVILEGED = ("gateway_presence", "gateway_guild_members", "gateway_message_content")


State = Literal["ok", "look", "stops"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check: all is well, somebody should look, or it stops the bot or what it keeps."""

    check: str
    state: State
    text: str

    def __str__(self) -> str:
        return f"{self.state.upper() if self.state == 'stops' else self.state:<5} {self.check}: {self.text}"


@contextlib.asynccontextmanager
async def logged_in(config: Config, dates: list[datetime] | None = None) -> AsyncIterator[Client]:
    """Log in with nothing but the settings; `dates` takes Discord's time. Raises PlainError."""
    use_other_server(config)
    config = replace(config, discord=replace(config.discord, sync="never"))
    trace = aiohttp.TraceConfig()

    async def ended(_session: object, _asked: object, given: aiohttp.TraceRequestEndParams) -> None:
        if dates is not None and (date := given.response.headers.get("Date")):
            dates.append(parsedate_to_datetime(date))

    trace.on_request_end.append(ended)
    store = Store(Database(config.database_path()))  # never opened
    async with Client(config, cast(Any, None), store, proxy=proxy_of(config), http_trace=trace) as client:
        with plainly():
            await login(client, config.discord.token.get_secret_value())
        yield client


async def asked(config: Config) -> AsyncIterator[Finding]:
    """Yield what Discord says; nothing more once it can't be asked."""
    if not config.discord.token:
        yield Finding("token", "stops", "there is none; set discord.token, or IMMUNOBOT_DISCORD__TOKEN_FILE")
        return
    dates: list[datetime] = []
    try:
        async with logged_in(config, dates) as client:
            yield Finding("network", "ok", "Discord is reached" + " through a proxy" * bool(client.http.proxy))
            yield Finding("token", "ok", f"Discord knows it as {client.user}")
            yield _clock(dates)
            with plainly():
                info: Any = await client.http.application_info()
                for each in _application(client, info):
                    yield each
                yield await _starts(client)
                yield await _commands(client, config)
            yield await _server(client)
    except PlainError as error:
        yield Finding("token" if error.status == REFUSED else "network", "stops", str(error))


def _clock(dates: list[datetime]) -> Finding:
    off = (datetime.now(UTC) - dates[0]).total_seconds() if dates else 0.0
    if abs(off) > LATE_CLOCK:
        late = f"this machine's is {abs(off):.0f} s {'ahead' if off > 0 else 'behind'}; let it be set over the network (NTP)"
        return Finding("clock", "look", late)
    return Finding("clock", "ok", "as Discord's")


def _application(client: Client, info: Any) -> Iterator[Finding]:
    on = [name for name in _PRIVILEGED if any(getattr(client.application_flags, f"{name}{end}") for end in ("", "_limited"))]
    what = "the bot needs none; turn off in the developer portal, under Bot: " + ", ".join(on)
    yield Finding("intents", "look" if on else "ok", what if on else "none that is privileged")
    if info.get("interactions_endpoint_url"):
        what = "an Interactions Endpoint URL is set, so nothing comes over the gateway; delete it in the developer portal"
        yield Finding("install settings", "stops", what)
        return
    ways = info.get("integration_types_config")
    if ways is not None and "0" not in ways:
        what = "it can't be added to servers; tick Guild Install in the developer portal, under Installation"
        yield Finding("install settings", "look", what)
    else:
        also = ", and people may take it along" if ways and "1" in ways else ""
        yield Finding("install settings", "ok", f"it can be added to servers{also}")


async def _starts(client: Client) -> Finding:
    shards, _, limit = await client.http.get_bot_gateway()
    left, needed = limit["remaining"], len(client.shard_ids or ()) or client.shard_count or shards
    more = "; look in the log why it was started so often, and start it later" if left < max(FEW_STARTS, needed) else ""
    state = "stops" if left < needed else "look" if more else "ok"
    return Finding("starts", cast(Any, state), f"{left} connections are left today, {needed} needed for a start{more}")


async def _commands(client: Client, config: Config) -> Finding:
    wanted, application = await client.commands(), client.application_id
    assert application is not None
    found: list[Any] = [*await client.http.get_global_commands(application)]
    if guild_id := config.moderation.guild_id:
        wanted += await client.commands(guild_id)
        with contextlib.suppress(discord.Forbidden, discord.NotFound):
            found += await client.http.get_guild_commands(application, guild_id)
    other = {each[1] for each in {*map(_shape, wanted)} ^ {*map(_shape, found)}}
    if not other:
        return Finding("commands", "ok", f"{len(found)} are registered as they are here")
    does = "the next start registers them" if config.discord.sync == "auto" else "run `immunobot sync`"
    return Finding("commands", "look", f"{len(other)} are not registered as they are here; {does}")


def _shape(command: Any) -> tuple[Any, ...]:
    """Return what is the same of a command here and at Discord."""
    options = tuple((_shape(each), bool(each.get("required"))) for each in command.get("options") or ())
    return command.get("type") or 1, command["name"], command.get("description") or "", options


async def _server(client: Client) -> Finding:
    check, moderation = "moderators' server", client.deps.config.moderation
    if moderation.guild_id is None:
        return Finding(check, "look", "none, so nobody can keep the knowledge in Discord; set moderation.guild_id")
    try:
        guild = await client.fetch_guild(moderation.guild_id)
    except (discord.Forbidden, discord.NotFound):
        link = install_link(client.application_id, moderation.guild_id, channel=moderation.channel_id is not None)
        return Finding(check, "look", f"the bot isn't there; correct moderation.guild_id, or invite it: {link}")
    if gone := [number for number in moderation.role_ids if guild.get_role(number) is None]:
        return Finding(check, "look", f"it has no role {gone[0]}; correct moderation.role_ids")
    if moderation.channel_id is None:
        return Finding(check, "look", "moderators are told of nothing; set moderation.channel_id")
    try:
        missing = await rights_missing(client, guild, moderation.channel_id)
    except (discord.Forbidden, discord.NotFound, discord.InvalidData):
        return Finding(check, "look", "the bot can't see moderation.channel_id there; correct it, or let the bot view it")
    if missing:
        return Finding(check, "look", f"in moderation.channel_id the bot lacks: {', '.join(missing)}; allow it there")
    return Finding(check, "ok", "the bot is there, and can write to the moderators' channel")


async def rights_missing(client: Client, guild: discord.Guild, channel_id: int) -> list[str]:
    """Return the rights that the bot lacks in a channel to tell moderators there. Raises as discord.py does."""
    assert client.user is not None
    channel, me = await guild.fetch_channel(channel_id), await guild.fetch_member(client.user.id)
    may = channel.permissions_for(me)
    return [name.replace("_", " ") for name in NEEDED_IN_CHANNEL if not getattr(may, name)]
