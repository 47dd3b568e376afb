"""The Discord client: puts the parts together, starts and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import InteractionType as Kind
from discord import app_commands

from bot import features
from bot.errors import REFUSED, PlainError
from bot.interactions import routes
from bot.interactions.commands import to_discord
from bot.interactions.errors import failed
from bot.interactions.rate_limit import RateLimit
from bot.interactions.request import Deps, Interaction, Request
from bot.knowledge.library import Library
from bot.language import language
from bot.publishing.folders import FolderError, Folders
from bot.publishing.recover import recover
from bot.service import frames
from bot.service.intake import Intake
from bot.settings import Config
from bot.store import history
from bot.store.errors import StoreUnavailable
from bot.store.usage import Store

if TYPE_CHECKING:
    from bot.service.http import Endpoint

log = logging.getLogger(__name__)

# discord.py would log the asker's id when an answer to a keystroke comes too late. Errors that matter end in errors.py.
logging.getLogger("discord.app_commands.tree").setLevel(logging.CRITICAL)
# Of a request that Discord wants later it would log the whole address, which names the channel of a direct message.
logging.getLogger("discord.http").setLevel(logging.ERROR)

MISSING_ACCESS, UNKNOWN_GUILD = 50001, 10004

NEEDED_IN_CHANNEL = ("view_channel", "send_messages", "embed_links", "attach_files")
"""The rights that telling the moderators takes; nothing else takes any."""

A_START, MOST_SHARDS = 5.0, 1000
"""Seconds between two shards of one bucket that begin; so many are waited for."""

END_SECONDS = 1.0
"""How long Discord's gateway has to take leave when the bot stops."""

DRAIN_SECONDS = 3.0
"""How long answers under way may take when the bot stops; Discord takes none that is later."""


class Translator(app_commands.Translator):
    """Gives Discord the names and descriptions of commands in the interface's languages."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return a text in this locale, or None where the English one stands."""
        translated = language(locale.value).catalogue.gettext(string.message)
        return translated if translated != string.message else None


class Tree(app_commands.CommandTree["Client"]):
    """The commands; what goes wrong before one is reached ends where every other error does."""

    async def answer(self, interaction: discord.Interaction[Client]) -> None:
        """Answer a command, or what is typed into one."""
        try:
            await self._call(interaction)
        except app_commands.AppCommandError as error:
            await self._dispatch_error(interaction, error)

    async def _call(self, interaction: discord.Interaction[Client]) -> None:
        try:
            await super()._call(interaction)
        except Exception as error:
            # A command's own errors are of a class below this one: all others are of what came from Discord.
            if isinstance(error, app_commands.AppCommandError) and type(error) is not app_commands.AppCommandError:
                raise
            frames.dropped(error, "a command")

    async def on_error(self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /) -> None:
        """End an error."""
        await failed(Request.of(interaction), error)


class Client(discord.AutoShardedClient):
    """The bot. Needs no intents: commands and presses carry all that an answer needs."""

    def __init__(self, config: Config, library: Library, store: Store, **options: Any) -> None:
        """Put the parts together; `options` go to discord.py, before the settings'."""
        if config.discord.shard_count is not None:
            options.setdefault("shard_count", config.discord.shard_count)
            options.setdefault("shard_ids", list(config.discord.shard_ids) or None)
        super().__init__(
            intents=discord.Intents.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0,
            allowed_mentions=discord.AllowedMentions.none(),
            **options,
        )
        self.deps = Deps(config, library, store)
        self.rate_limit = RateLimit()
        self.intake = Intake()
        self.sockets: dict[int | None, frames.Socket] = {}
        """shard -> its connection"""
        self.connections = 0
        """how many were made so far, the first ones among them"""
        self.endpoint: Endpoint | None = None
        """what listens to Discord where it sends its interactions over HTTP"""
        self.max_concurrency = 1
        """how many shards Discord lets begin in five seconds"""
        self._turns: set[asyncio.Task[None]] = set()
        self.logged_in = asyncio.Event()
        self.tree = Tree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        # discord.py would look for a view of its own, and call every listener in a task.
        self._connection.parsers["INTERACTION_CREATE"] = self._came
        self._answers = {
            Kind.application_command: self.tree.answer,
            Kind.autocomplete: self.tree.answer,
            Kind.component: self._answer_press_or_form,
            Kind.modal_submit: self._answer_press_or_form,
        }
        features.load()
        for command in to_discord(self.rate_limit, moderators=False):
            self.tree.add_command(command)
        if guild_id := config.moderation.guild_id:
            for command in to_discord(self.rate_limit, moderators=True):
                self.tree.add_command(command, guild=discord.Object(guild_id))

    @property
    def connected(self) -> bool:
        """Whether what is asked comes: over HTTP, or from Discord over all of this process's connections."""
        return self.endpoint is not None or (self.is_ready() and all(each.open for each in self.sockets.values()))

    async def setup_hook(self) -> None:
        """Register the commands where they changed; runs once, after the login and before the gateway."""
        await self.tree.set_translator(Translator())
        await self.deps.servers.refresh()
        self.logged_in.set()
        await self.sync_changed()

    async def on_ready(self) -> None:
        """Say that it answers; runs for each new session, once all of this process's shards have theirs."""
        log.info("Connected to Discord as %s: members are answered.", self.user)

    async def commands(self, guild_id: int | None = None) -> list[dict[str, Any]]:
        """Return the commands of everyone, or those of the moderators' server, as they are registered with Discord."""
        scope, translator = discord.Object(guild_id) if guild_id is not None else None, self.tree.translator
        assert translator is not None
        return [await each.get_translated_payload(self.tree, translator) for each in self.tree.get_commands(guild=scope)]

    async def sync_changed(self) -> None:
        """Register the commands where they changed, unless the settings leave that to the command line."""
        if self.deps.config.discord.sync == "auto":
            async with contextlib.AsyncExitStack() as stack:
                with contextlib.suppress(StoreUnavailable):  # then each process registers them
                    await stack.enter_async_context(self.deps.store.database.locked("commands"))
                await self.sync(only_changed=True)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for a shard's turn: Discord takes so many in five seconds, of all processes of this bot."""
        database, bucket = self.deps.store.database, (shard_id or 0) % self.max_concurrency
        turn = contextlib.AsyncExitStack()
        try:
            if not database.shared:
                raise StoreUnavailable("Other processes can't be asked.")
            await turn.enter_async_context(database.locked(f"identify {bucket}", patience=A_START * MOST_SHARDS))
        except StoreUnavailable:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        task = asyncio.create_task(_end_later(turn), name="turn-ender")
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    async def sync(self, *, only_changed: bool = False) -> bool:
        """Register the commands with Discord and return whether that was done.

        With `only_changed`, only where they differ from what this application was given last, and a failure is logged:
        the commands that were registered before go on working. Otherwise raises what discord.py raises.
        """
        store, guild_id = self.deps.store, self.deps.config.moderation.guild_id
        application_id = self.application_id
        assert application_id is not None
        of_all, of_moderators = [await self.commands(scope) for scope in (None, guild_id or 0)]
        payload = [guild_id, *of_all, *of_moderators]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()
        key, guild_key = f"commands:{application_id}", f"commands' server:{application_id}"
        former = None
        with contextlib.suppress(StoreUnavailable):  # where it isn't known what is registered, they are once more
            if only_changed and await store.get_state(key) == digest:
                return False
            former = await store.get_state(guild_key)
        try:
            await self.http.bulk_upsert_global_commands(application_id, of_all)
            if guild_id:
                await self._register_in(guild_id, of_moderators)
            if former and former != str(guild_id):
                with contextlib.suppress(discord.Forbidden, discord.NotFound):  # the bot may have left that server
                    await self.http.bulk_upsert_guild_commands(application_id, int(former), [])
        except (discord.HTTPException, aiohttp.ClientError, OSError, PlainError) as error:
            if not only_changed:
                raise
            log.error("The commands could not be registered (%s); `immunobot sync` tries again.", error)
            return False
        try:
            await store.set_state(key, digest)
            await store.set_state(guild_key, str(guild_id or ""))
        except StoreUnavailable as error:
            log.warning("That the commands were registered could not be noted (%s).", error.reason)
        log.info("%d commands were registered.", len(payload) - 1)
        return True

    async def _register_in(self, guild_id: int, commands: list[Any]) -> None:
        """Register the moderators' commands in their server. Raises PlainError where the bot may not."""
        assert self.application_id is not None
        try:
            await self.http.bulk_upsert_guild_commands(self.application_id, guild_id, commands)
        except (discord.Forbidden, discord.NotFound) as error:
            if error.code not in (MISSING_ACCESS, UNKNOWN_GUILD):
                raise
            what = (
                f"Discord lets the bot register no commands in the moderators' server, {guild_id} (moderation.guild_id). "
                f"Correct that number, or invite the bot there: {install_link(self.application_id, guild_id)}"
            )
            raise PlainError(what, REFUSED) from None

    def read(self, data: Any) -> Interaction:
        """Return an interaction that Discord sent. Raises what shows that it can't be read."""
        return Interaction(data=data, state=self._connection)

    def _came(self, data: Any) -> None:
        self.take(self.read(data))

    def take(self, interaction: Interaction) -> bool:
        """Have an interaction answered, and return whether it will be."""
        answer = self._answers.get(interaction.type)
        if answer is None or not frames.is_whole(interaction):
            return False
        self.intake.take(interaction, answer)
        return True

    async def _answer_press_or_form(self, interaction: Interaction) -> None:
        await routes.answer_press_or_form(interaction, self.rate_limit)

    async def close(self) -> None:
        """Ask Discord for no more, let the answers go out to what had come by then, and close the connections."""
        if not self.is_closed():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await asyncio.gather(*(each.end() for each in self.sockets.values()), return_exceptions=True)
            await self.intake.end(DRAIN_SECONDS)
        await super().close()


async def _end_later(turn: contextlib.AsyncExitStack) -> None:
    """Let the next shard begin after five seconds."""
    async with turn:
        await asyncio.sleep(A_START)


def install_link(application_id: int | None, guild_id: int | None = None, *, channel: bool = False) -> str:
    """Return what adds the bot to a server; with the rights to tell moderators in their channel, where it has one."""
    link = f"https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot+applications.commands"
    link += f"&permissions={discord.Permissions(**dict.fromkeys(NEEDED_IN_CHANNEL, True)).value}" if channel else ""
    return link + (f"&guild_id={guild_id}" if guild_id else "")


async def load(config: Config, store: Store) -> Library:
    """Return the knowledge, after what a killed process had begun to change in it is finished.

    Raises KnowledgeError, and StoreUnavailable where the database is good but for its history: what was withdrawn would be
    shown again.
    """
    if folders := Folders.of(config):
        try:
            if finished := await recover(folders, store):
                log.info("%d changes that were begun before the last stop were finished.", finished)
        except (FolderError, OSError, StoreUnavailable) as error:
            log.warning("Changes that were begun before the last stop could not be finished (%s).", error)
    return Library(config.knowledge_paths(), await store.asked(), await _remembered(store))


async def _remembered(store: Store) -> dict[str, bytes]:
    """Return what the history says stands in the folder of changes; nothing where the database can't be used as yet."""
    try:
        return await history.standing(store)
    except StoreUnavailable as error:
        if store.database.refused is None:
            raise
        what = "The history can't be read (%s): what was withdrawn is down as far as the folder of changes says so."
        log.warning(what, error.reason)
        return {}


def use_other_server(config: Config) -> None:
    """Point discord.py at another server than Discord, for tests over real sockets.

    These are class attributes: every client of this process is pointed there.
    """
    if config.discord.api_base:
        discord.http.Route.BASE = config.discord.api_base
    frames.install(config.discord.gateway_url)
