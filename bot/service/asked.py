"""What `immunobot doctor` asks Discord: the token, how the bot is set up there, its rights in the moderators' channel."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal, cast

import aiohttp
import discord

from bot.errors import REFUSED, PlainError
from bot.service.client import NEEDED_IN_CHANNEL, Client, install_link, use_other_server
from bot.service.gateway import login, plainly, proxy_of
from bot.settings import Config
from bot.store.database import database_at
from bot.store.usage import Store

FEW_STARTS = 100
LATE_CLOCK = 10.0
"""Seconds that the clock may be wrong."""

_PRIVILEGED = ("gateway_presence", "gateway_guild_members", "gateway_message_content")


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check: all is well, somebody should look, or it stops the bot or what it keeps."""

    check: str
    state: Literal["ok", "look", "stops"]
    text: str

    def __str__(self) -> str:
        return f"{self.state.upper() if self.state == 'stops' else self.state:<5} {self.check}: {self.text}"


class Look(PlainError):  # noqa: N818 (it is no error, but a hint)
    """What a check says that stops nothing; any other PlainError stops the bot or what it keeps."""


async def found(check: str, judge: Callable[[], str | Awaitable[str]]) -> Finding:
    """Return what comes of a check: it returns why all is well, or raises what isn't, with what to do."""
    try:
        text = judge()
        return Finding(check, "ok", text if isinstance(text, str) else await text)
    except PlainError as error:
        return Finding(check, "look" if isinstance(error, Look) else "stops", str(error))


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
    store = Store(database_at(config.database_at()))  # never opened
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
            yield await found("clock", lambda: _clock(dates))
            yield await found("intents", lambda: _intents(client.application_flags))
            yield await found("mode", partial(_mode, client, config))
            for check, judge in (("install settings", _install_settings), ("starts", _starts), ("commands", _commands),
                                 ("moderators' server", _server)):  # fmt: skip
                yield await found(check, partial(judge, client, config))
    except PlainError as error:
        yield Finding("token" if error.status == REFUSED else "network", "stops", str(error))


def _clock(dates: list[datetime]) -> str:
    off = (datetime.now(UTC) - dates[0]).total_seconds() if dates else 0.0
    if abs(off) > LATE_CLOCK:
        where = "ahead" if off > 0 else "behind"
        raise Look(f"this machine's is {abs(off):.0f} s {where}; let it be set over the network (NTP)")
    return "as Discord's"


def _intents(flags: discord.ApplicationFlags) -> str:
    on = [name for name in _PRIVILEGED if any(getattr(flags, f"{name}{end}") for end in ("", "_limited"))]
    if on:
        raise Look("the bot needs none; turn off in the developer portal, under Bot: " + ", ".join(on))
    return "none that is privileged"


def _mode(client: Client, config: Config) -> str:
    application = client.application
    assert application is not None
    url = application.interactions_endpoint_url
    if config.discord.mode == "gateway":
        if url:
            raise PlainError(
                "an Interactions Endpoint URL is set, so nothing comes over the gateway; delete it in the portal"
            )
        return "gateway"
    from bot.service import http  # raises where the extra isn't installed

    http.key_of(client)
    if not url:
        what = (
            f"start the bot, then enter in the developer portal as Interactions Endpoint URL https://YOUR.DOMAIN{http.PATH}"
        )
        raise Look(f"{what}, which your web server passes on to port {config.http.port}")
    return f"http; Discord sends what is asked to {url}, and names the same public key"


async def _install_settings(client: Client, _config: Config) -> str:
    with plainly():
        info: Any = await client.http.application_info()
    ways = info.get("integration_types_config", {"0": {}})
    if "0" not in ways:
        raise Look("it can't be added to servers; tick Guild Install in the developer portal, under Installation")
    return "it can be added to servers" + ", and people may take it along" * ("1" in ways)


async def _starts(client: Client, config: Config) -> str:
    if config.discord.mode == "http":
        return "none is needed over HTTP"
    with plainly():
        shards, _, limit = await client.http.get_bot_gateway()
    left, needed = limit["remaining"], len(client.shard_ids or ()) or client.shard_count or shards
    text = f"{left} connections are left today, {needed} needed for a start"
    if left < max(FEW_STARTS, needed):
        raise (PlainError if left < needed else Look)(f"{text}; look in the log why it was started so often, and wait")
    return text


async def _commands(client: Client, config: Config) -> str:
    wanted, application = await client.commands(), client.application_id
    assert application is not None
    with plainly():
        there: list[Any] = [*await client.http.get_global_commands(application)]
        if guild_id := config.moderation.guild_id:
            wanted += await client.commands(guild_id)
            with contextlib.suppress(discord.Forbidden, discord.NotFound):
                there += await client.http.get_guild_commands(application, guild_id)
    if other := {each[1] for each in {*map(_shape, wanted)} ^ {*map(_shape, there)}}:
        does = "the next start registers them" if config.discord.sync == "auto" else "run `immunobot sync`"
        raise Look(f"{len(other)} are not registered as they are here; {does}")
    return f"{len(there)} are registered as they are here"


def _shape(command: Any) -> tuple[Any, ...]:
    """Return what is the same of a command here and at Discord."""
    options = tuple((_shape(each), bool(each.get("required"))) for each in command.get("options") or ())
    return command.get("type") or 1, command["name"], command.get("description") or "", options


async def _server(client: Client, config: Config) -> str:
    guild_id, channel_id = config.moderation.guild_id, config.moderation.channel_id
    if guild_id is None:
        raise Look("none, so nobody can keep the knowledge in Discord; set moderation.guild_id")
    with plainly():
        try:
            guild = await client.fetch_guild(guild_id)
        except (discord.Forbidden, discord.NotFound):
            link = install_link(client.application_id, guild_id, channel=channel_id is not None)
            raise Look(f"the bot isn't there; correct moderation.guild_id, or invite it: {link}") from None
        if gone := [number for number in config.moderation.role_ids if guild.get_role(number) is None]:
            raise Look(f"it has no role {gone[0]}; correct moderation.role_ids")
        if channel_id is None:
            raise Look("moderators are told of nothing; set moderation.channel_id")
        try:
            missing = await rights_missing(client, guild, channel_id)
        except (discord.Forbidden, discord.NotFound, discord.InvalidData):
            raise Look("the bot can't see moderation.channel_id there; correct it, or let the bot view it") from None
    if missing:
        raise Look(f"in moderation.channel_id the bot lacks: {', '.join(missing)}; allow it there")
    return "the bot is there, and can write to the moderators' channel"


async def rights_missing(client: Client, guild: discord.Guild, channel_id: int) -> list[str]:
    """Return the rights that the bot lacks in a channel to tell moderators there. Raises as discord.py does."""
    assert client.user is not None
    channel, me = await guild.fetch_channel(channel_id), await guild.fetch_member(client.user.id)
    may = channel.permissions_for(me)
    return [name.replace("_", " ") for name in NEEDED_IN_CHANNEL if not getattr(may, name)]
