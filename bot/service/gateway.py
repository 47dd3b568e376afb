"""Run the bot, on Discord's gateway or over HTTP, until it is told to stop."""

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import urllib.parse
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.errors import REFUSED, UNREACHABLE, PlainError
from bot.publishing import backup
from bot.service.client import Client, load, use_other_server
from bot.service.live import Live
from bot.settings import Config
from bot.store.errors import StoreUnavailable
from bot.store.privacy import expire
from bot.store.usage import Store

log = logging.getLogger(__name__)

MINUTES_A_DAY, A_DAY = 24 * 60, 24 * 60 * 60

LOOK_SECONDS, AGAIN_SECONDS = 20, 5
"""How often it is looked whether the database is still there, and whether one that can't be opened can be by now."""

PEOPLE_EVERY = 60
"""Minutes until the people who came meanwhile are counted: in a whole hour, nobody's question stands out."""


TOO_MANY, UNAUTHORIZED = 429, 401

BLOCKED_SECONDS = 600
"""How long it is waited where Cloudflare doesn't say for how long it blocks."""

_NOT_LOGGED_IN = (
    "Discord refused the token. Copy it anew from the developer portal (Bot, Reset Token) into discord.token, or into the "
    "file that discord.token_file names."
)

_FATAL_CLOSES = {
    4004: "Discord refused the token while connecting. Copy a new one from the developer portal into discord.token.",
    4010: "Discord refused this shard. Check discord.shards.",
    4011: "This bot is in too many servers for its shards. Raise discord.shards.count, or leave discord.shards out.",
    4013: "Discord refused the intents. This bot needs none; report this as a mistake.",
    4014: "Discord refused the intents. This bot needs none; report this as a mistake.",
}


async def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT, then let answers go out and close everything in order.

    The knowledge is reloaded when a file is saved, and on SIGHUP. Raises PlainError with the status REFUSED or
    UNREACHABLE; KnowledgeError and StoreUnavailable from the parts.
    """
    use_other_server(config)
    connect = _connect
    if config.discord.mode == "http":
        from bot.service.http import serve as connect
    async with contextlib.AsyncExitStack() as stack:
        watched = None
        if config.service.port is not None:
            from bot.service.health import Watched

            watched = await stack.enter_async_context(Watched(config.service))
        client = await _put_together(config, stack, note_key=True, trace=watched.metrics.trace() if watched else None)
        live = Live(client)
        stop = stop_on_signals(live.reload_soon)
        kept = asyncio.create_task(_keep_up(client, config.privacy.retention_days), name="usage-keeper")
        opened = asyncio.create_task(keep_open(client, live), name="database-keeper")
        for task in (kept, opened):
            stack.callback(task.cancel)
        if watched:
            watched.begin(client, (kept, opened))
        await stack.enter_async_context(live.watching())
        connected = asyncio.create_task(_take_all(client, connect))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({connected, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if connected.done():
            with plainly():
                await connected
        else:
            log.info("Stopping: answers under way go out first.")
            connected.cancel()  # so that no connection is made anew
            await asyncio.gather(connected, return_exceptions=True)
            await client.close()
    log.info("Stopped.")


async def _keep_up(client: Client, days: int) -> None:
    """Try refused rows again each minute, count people each hour; delete rows older than so many days at start and daily.

    Nothing is deleted by a clock that is far ahead: with one there is no login, as no certificate is valid any more, and
    where it goes wrong later, what Discord sends tells.
    """
    store = client.deps.store
    await client.logged_in.wait()
    for minute in itertools.count():
        await store.retry()
        if minute % PEOPLE_EVERY == 0:
            await store.count_people()
            await back_up(client)
        await store.cut_log()
        if minute % MINUTES_A_DAY == 0:
            try:
                if client.intake.ahead > A_DAY:
                    raise StoreUnavailable("", "this machine's clock is ahead of Discord's; set it")
                async with store.database.locked("expire"):
                    gone = await expire(store, days)
                if gone:
                    log.info("%d rows older than %d days were deleted.", gone, days)
            except StoreUnavailable as error:
                log.warning("Old rows could not be deleted (%s); tomorrow again.", error.reason)
        await asyncio.sleep(60)


async def back_up(client: Client) -> None:
    """Make a backup where one is due, unless a clock that is far ahead would delete the others."""
    try:
        if client.intake.ahead <= A_DAY and (made := await backup.keep(client.deps.config, datetime.now(UTC))):
            log.info("A backup was made: %s.", made.file)
            for file in made.left_out:
                log.warning("%s is no text, so it is not in the backup; save it as UTF-8.", file)
    except StoreUnavailable as error:
        log.error("No backup was made: %s In an hour it is tried again.", error)


async def keep_open(client: Client, live: Live) -> None:
    """Open the database where it isn't open, or was deleted, replaced or damaged; what is kept there is then read anew."""
    store = client.deps.store

    def changed(table: str) -> None:
        """Heed at once what another process changed."""
        live.hear_soon() if table == "history" else client.deps.servers.refresh_soon()

    store.database.on_change = changed
    while True:
        if await store.look():
            log.info("The database was opened.")
            await client.deps.servers.refresh()
            await store.retry()
            live.reload_soon()
            if client.logged_in.is_set():
                await client.sync_changed()
        rests = store.database.refused is None and not store.database.shared
        await asyncio.sleep(LOOK_SECONDS if rests else AGAIN_SECONDS)


async def _take_all(client: Client, connect: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    """Log in, and take what is asked until this is cancelled or the client is closed."""
    await _patiently(lambda: login(client, client.deps.config.discord.token.get_secret_value()))
    await connect(client)


async def _connect(client: Client) -> None:
    """Stay connected to the gateway."""
    await _patiently(lambda: _check_starts_left(client))
    await client.connect()


async def _patiently(ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Ask Discord again and again while the network before it blocks this address: who goes on is blocked for longer."""
    while True:
        try:
            return await ask()
        except discord.HTTPException as error:
            if error.status != TOO_MANY:
                raise
            given = error.response.headers.get("Retry-After", "")
            wait = int(given) if given.isdecimal() else BLOCKED_SECONDS
            what = "Discord's network takes nothing from this address for now: too much came from it (Cloudflare's 1015). "
            log.warning(what + "Trying again in %d s.", wait)
            await asyncio.sleep(wait)


async def login(client: Client, token: str) -> None:
    """Log in. Raises PlainError too where something else than Discord answers, such as a hotel's login page."""
    if client.http.connector is not discord.utils.MISSING:  # of a try before
        await client.http.close()
        client.http.connector = discord.utils.MISSING
    try:
        await client.login(token)
    except aiohttp.ClientError:  # a certificate that isn't trusted is a ValueError, too
        raise
    except (TypeError, KeyError, ValueError):
        if client.logged_in.is_set():
            raise
        what = "What answers is not Discord. Check the network (a login page?) and discord.api_base."
        raise PlainError(what, UNREACHABLE) from None


def _reason(error: Exception) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    status = getattr(error, "status", None)
    return f"status {status}" if status else getattr(cause, "verify_message", "") or type(cause).__name__


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Turn what discord.py raises at start into a plain sentence."""
    try:
        yield
    except discord.LoginFailure:
        raise PlainError(_NOT_LOGGED_IN, REFUSED) from None
    except discord.PrivilegedIntentsRequired:
        raise PlainError(_FATAL_CLOSES[4014], REFUSED) from None
    except discord.ConnectionClosed as error:
        if sentence := _FATAL_CLOSES.get(error.code):
            raise PlainError(sentence, REFUSED) from None
        what = f"Discord closed the connection (code {error.code}). Start the bot again later."
        raise PlainError(what, UNREACHABLE) from None
    except aiohttp.ClientSSLError as error:
        what = f"Discord's certificate isn't trusted on this machine ({_reason(error)}). Set the clock, install "
        what += "ca-certificates, or name your network's own certificates in SSL_CERT_FILE."
        raise PlainError(what, UNREACHABLE) from None
    except (aiohttp.ClientHttpProxyError, aiohttp.ClientProxyConnectionError, aiohttp.InvalidURL) as error:
        what = f"The proxy that HTTPS_PROXY names can't be used ({_reason(error)}). Correct it, or unset it."
        raise PlainError(what, UNREACHABLE) from None
    except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:
        if isinstance(error, discord.HTTPException) and error.status == UNAUTHORIZED:
            raise PlainError(_NOT_LOGGED_IN, REFUSED) from None
        status = getattr(error, "status", None)
        number = getattr(getattr(error, "os_error", error), "errno", None) or 0
        reason = f"status {status}" if status else os.strerror(number) if number > 0 else type(error).__name__
        what = f"Discord can't be reached ({reason}). Check the network, and start the bot again later."
        raise PlainError(what, UNREACHABLE) from None


async def _check_starts_left(client: Client) -> None:
    """Refuse to connect when Discord has no starts left for today: it would reset the token of a bot that insists."""
    try:
        shards, _, limit = await client.http.get_bot_gateway()
    except discord.GatewayNotFound as error:
        raise error.__cause__ or error from None
    client.max_concurrency = max(1, limit.get("max_concurrency", 1))
    wanted = len(client.shard_ids or ()) or client.shard_count or shards
    if limit["remaining"] < wanted:
        wait = timedelta(milliseconds=limit["reset_after"])
        raise PlainError(
            f"Discord allows {limit['remaining']} more connections today and {wanted} are needed. "
            f"Start the bot again in {wait}, and find out why it was started so often.",
            UNREACHABLE,
        )


async def _put_together(
    config: Config, stack: contextlib.AsyncExitStack, *, note_key: bool = False, trace: aiohttp.TraceConfig | None = None
) -> Client:
    """Return the client with its parts; the stack closes them, the last opened first."""
    secret = config.privacy.secret.get_secret_value()
    store = await stack.enter_async_context(await Store.open(config.database_at(), secret, note_key=note_key))
    library = await load(config, store)
    return await stack.enter_async_context(Client(config, library, store, proxy=proxy_of(config), http_trace=trace))


def proxy_of(config: Config) -> str | None:
    """Return the proxy that the environment names for Discord (HTTPS_PROXY, NO_PROXY), as other programs read it."""
    parts = urllib.parse.urlsplit(config.discord.api_base or "https://discord.com")
    found = urllib.request.getproxies_environment().get(parts.scheme)
    if not found or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxy = found if "://" in found else f"http://{found}"
    if not proxy.startswith(("http://", "https://")):
        log.warning("The proxy of the environment is left out: it is none of HTTP.")
        return None
    return proxy


def stop_on_signals(reload: Callable[[], None] | None = None) -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set, and let SIGHUP reload the knowledge where that is asked for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on the loop
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        loop.add_signal_handler(signal.SIGINT, stop.set)
        if reload:
            loop.add_signal_handler(signal.SIGHUP, reload)
    return stop


async def sync(config: Config) -> int:
    """Register the commands once, whether they changed or not, and return how many there are. Raises as `run` does."""
    use_other_server(config)
    config = replace(config, discord=replace(config.discord, sync="never"))  # done below, once
    async with contextlib.AsyncExitStack() as stack:
        client = await _put_together(config, stack)
        with plainly():
            await login(client, config.discord.token.get_secret_value())
            await client.sync()
        return len(client.tree.get_commands())
