"""What an interaction asks: who, where, in which language, and the knowledge as it was when it came."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import discord

from bot.interactions.forms import typed_in
from bot.interactions.interaction import Interaction as Interaction
from bot.interactions.message import EPHEMERAL
from bot.knowledge.library import Library, Snapshot
from bot.language import language, speak
from bot.settings import Config
from bot.store.history import Version
from bot.store.servers import Server, Servers
from bot.store.usage import Place, Store

Attachment = discord.Attachment


@dataclass(slots=True)
class Deps:
    """The parts that features work with, held by the client."""

    config: Config
    library: Library
    store: Store
    servers: Servers = field(init=False)
    noted: list[Version] = field(default_factory=list)
    """what editors changed that the moderators' channel is still to hear of"""

    def __post_init__(self) -> None:
        self.servers = Servers(self.store)


class State(Enum):
    """What Discord has heard of an interaction."""

    NEW = auto()
    DEFERRED = auto()
    """that a message of its own will follow"""
    DEFERRED_IN_PLACE = auto()
    """that the pressed message will change, or something be said below it"""
    ANSWERED = auto()


@dataclass(slots=True)
class Request:
    """One interaction, from when it came to its answer."""

    interaction: Interaction
    deps: Deps
    server: Server
    """the settings that hold where this was asked"""
    snapshot: Snapshot
    command: str = ""
    """what its use is logged as"""
    state: State = State.NEW
    logged: bool = False
    """whether its use was logged: once, with how it went first"""
    started: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, interaction: discord.Interaction[Any], command: str = "") -> Request:
        """Return the request that an interaction makes, and speak the server's language, else the asker's."""
        assert isinstance(interaction, Interaction)
        deps: Deps = interaction.client.deps
        server = deps.servers.of(interaction.guild_id)
        speak(language(server.language or interaction.locale.value))
        return cls(interaction, deps, server, deps.library.current, command)

    @property
    def config(self) -> Config:
        """The settings of the bot."""
        return self.deps.config

    @property
    def store(self) -> Store:
        """The database."""
        return self.deps.store

    @property
    def user_id(self) -> int:
        """The asker's number at Discord; it goes into keyed hashes alone."""
        return self.interaction.asker

    @property
    def data(self) -> dict[str, Any]:
        """What Discord sent of the command, press or form."""
        return dict(self.interaction.data or {})

    @property
    def filled(self) -> dict[str, Any]:
        """What is filled in of a command so far, by the options' names."""
        return dict(iter(self.interaction.namespace))  # it has no keys(), and says None for it

    @property
    def picked(self) -> str:
        """What was picked from a select; empty where nothing was."""
        return "".join(self.ticked[:1])

    @property
    def ticked(self) -> list[str]:
        """All that was picked from a select, in the order of its list."""
        return [str(value) for value in self.data.get("values") or ()]

    @property
    def typed(self) -> Mapping[str, str]:
        """What was typed into a form, by key."""
        return typed_in(self.data)

    @property
    def place(self) -> Place:
        """Where this was asked."""
        asked = self.interaction
        if asked.guild_id is None:
            return "direct message" if asked.context.dm_channel else "user install"
        return "server" if asked.is_guild_integration() or not asked.is_user_integration() else "user install"

    @property
    def may_write(self) -> bool:
        """Whether the asker may write where this was asked; of an app that they brought along, Discord shows it to all."""
        may = self.interaction.permissions
        writes = may.send_messages_in_threads if self.interaction.in_thread else may.send_messages
        return writes and (self.place != "user install" or may.use_external_apps)

    @property
    def is_public(self) -> bool:
        """Whether an answer that everyone in the channel may see is shown to them, as the server's managers want it."""
        return self.server.visible and self.place == "server" and self.may_write

    @property
    def is_moderator(self) -> bool:
        """Whether the asker may keep the knowledge: in the moderators' server, by Manage Server or one of the roles."""
        moderation, asked = self.config.moderation, self.interaction
        if moderation.guild_id is None or asked.guild_id != moderation.guild_id:
            return False
        return asked.permissions.manage_guild or not asked.roles.isdisjoint(moderation.role_ids)

    @property
    def is_clinician(self) -> bool:
        """Whether the asker may sign entries: in the moderators' server, by one of the clinicians' roles alone."""
        moderation, asked = self.config.moderation, self.interaction
        inside = moderation.guild_id is not None and asked.guild_id == moderation.guild_id
        return inside and not asked.roles.isdisjoint(moderation.clinician_role_ids)

    @property
    def on_private_message(self) -> bool:
        """Whether this was pressed on a message that the asker alone sees."""
        return bool(self.interaction.pressed.get("flags", 0) & EPHEMERAL)
