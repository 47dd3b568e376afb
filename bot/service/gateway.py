"""Run the bot on Discord's gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import discord

from bot.errors import REFUSED, UNREACHABLE, PlainError
from bot.service.client import Client, load, use_other_server
from bot.service.live import Live
from bot.settings import Config
from bot.store.errors import StoreUnavailable
from bot.store.privacy import expire
from bot.store.usage import Store

log = logging.getLogger(__name__)

MINUTES_A_DAY = 24 * 60

LOOK_SECONDS, AGAIN_SECONDS = 20, 5
"""How often it is looked whether the database is still there, and whether one that can't be opened can be by now."""

PEOPLE_EVERY = 60
"""Minutes until the people who came meanwhile are counted: in a whole hour, nobody's question stands out."""


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
    async with contextlib.AsyncExitStack() as stack:
        client = await _put_together(config, stack, note_key=True)
        live = Live(client)
        stop = stop_on_signals(live.reload_soon)
        stack.callback(asyncio.create_task(_keep_up(client.deps.store, config.privacy.retention_days)).cancel)
        stack.callback(asyncio.create_task(keep_open(client, live)).cancel)
        await stack.enter_async_context(live.watching())
        connected = asyncio.create_task(_connect(client, config.discord.token.get_secret_value()))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({connected, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if connected.done():
            with _plainly():
                await connected
        else:
            log.info("Stopping: answers under way go out first.")
            connected.cancel()  # so that no connection is made anew
            await asyncio.gather(connected, return_exceptions=True)
            await client.close()
    log.info("Stopped.")


async def _keep_up(store: Store, days: int) -> None:
    """Try refused rows again each minute, count people each hour; delete rows older than so many days at start and daily."""
    for minute in itertools.count():
        await store.retry()
        if minute % PEOPLE_EVERY == 0:
            await store.count_people()
        await store.cut_log()
        if minute % MINUTES_A_DAY == 0:
            try:
                if gone := await expire(store, days):
                    log.info("%d rows older than %d days were deleted.", gone, days)
            except StoreUnavailable as error:
                log.warning("Old rows could not be deleted (%s); tomorrow again.", error.reason)
        await asyncio.sleep(60)


async def keep_open(client: Client, live: Live) -> None:
    """Open the database where it isn't open, or was deleted, replaced or damaged; what is kept there is then read anew."""
    store = client.deps.store
    while True:
        if await store.look():
            log.info("The database was opened.")
            await client.deps.servers.refresh()
            await store.retry()
            live.reload_soon()
            if client.logged_in.is_set():
                await client.sync_changed()
        await asyncio.sleep(LOOK_SECONDS if store.database.refused is None else AGAIN_SECONDS)


async def _connect(client: Client, token: str) -> None:
    """Log in, and stay connected until the client is closed."""
    await _login(client, token)
    await _check_starts_left(client)
    await client.connect()


async def _login(client: Client, token: str) -> None:
    """Log in. Raises PlainError too where something else than Discord answers, such as a hotel's login page."""
    try:
        await client.login(token)
    except (TypeError, KeyError, ValueError):
        what = "What answers is not Discord. Check the network (a login page?) and discord.api_base."
        raise PlainError(what, UNREACHABLE) from None


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Turn what discord.py raises at start into a plain sentence."""
    try:
        yield
    except discord.LoginFailure:
        what = "Discord refused the token. Copy it anew from the developer portal (Bot, Reset Token) into discord.token."
        raise PlainError(what, REFUSED) from None
    except discord.PrivilegedIntentsRequired:
        raise PlainError(_FATAL_CLOSES[4014], REFUSED) from None
    except discord.ConnectionClosed as error:
        if sentence := _FATAL_CLOSES.get(error.code):
            raise PlainError(sentence, REFUSED) from None
        what = f"Discord closed the connection (code {error.code}). Start the bot again later."
        raise PlainError(what, UNREACHABLE) from None
    except (discord.HTTPException, discord.GatewayNotFound, aiohttp.ClientError, OSError) as error:
        status = getattr(error, "status", None)
        reason = f"status {status}" if status else type(error).__name__
        what = f"Discord can't be reached ({reason}). Check the network, and start the bot again later."
        raise PlainError(what, UNREACHABLE) from None


async def _check_starts_left(client: Client) -> None:
    """Refuse to connect when Discord has no starts left for today: it would reset the token of a bot that insists."""
    shards, _, limit = await client.http.get_bot_gateway()
    wanted = len(client.shard_ids or ()) or client.shard_count or shards
    if limit["remaining"] < wanted:
        wait = timedelta(milliseconds=limit["reset_after"])
        raise PlainError(
            f"Discord allows {limit['remaining']} more connections today and {wanted} are needed. "
            f"Start the bot again in {wait}, and find out why it was started so often.",
            UNREACHABLE,
        )


async def _put_together(config: Config, stack: contextlib.AsyncExitStack, *, note_key: bool = False) -> Client:
    """Return the client with its parts; the stack closes them, the last opened first."""
    secret = config.privacy.secret.get_secret_value()
    store = await stack.enter_async_context(await Store.open(config.database_path(), secret, note_key=note_key))
    library = await load(config, store)
    return await stack.enter_async_context(Client(config, library, store))


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
        with _plainly():
            await _login(client, config.discord.token.get_secret_value())
            await client.sync()
        return len(client.tree.get_commands())
