"""What commands work with, reached through the interaction's client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

import discord

from bot.knowledge.library import Library
from bot.language import Language, language
from bot.replies.card import Where
from bot.settings import Config
from bot.store.history import Version
from bot.store.servers import Server, Servers
from bot.store.usage import Place, Store

Interaction: TypeAlias = discord.Interaction[Any]


@dataclass(slots=True)
class Deps:
    """The parts that commands need."""

    config: Config
    library: Library
    store: Store
    servers: Servers = field(init=False)
    noted: list[Version] = field(default_factory=list)
    """what editors changed that the moderators' channel is still to hear of"""

    def __post_init__(self) -> None:
        self.servers = Servers(self.store)


class HasDeps(Protocol):
    """A client that commands run on."""

    deps: Deps


def deps(interaction: Interaction) -> Deps:
    """Return the parts that this interaction's client works with."""
    return cast(HasDeps, interaction.client).deps


def server(interaction: Interaction) -> Server:
    """Return the settings that hold where this was asked; the same for one interaction from beginning to end."""
    if "server" not in interaction.extras:
        interaction.extras["server"] = deps(interaction).servers.of(interaction.guild_id)
    return cast(Server, interaction.extras["server"])


def spoken(interaction: Interaction) -> Language:
    """Return the language to answer in: the server's where it has one, else the asker's at Discord, else English."""
    return language(server(interaction).language or interaction.locale.value)


def place(interaction: Interaction) -> Place:
    """Return where this was asked."""
    if interaction.guild_id is None:
        return "direct message" if interaction.context.dm_channel else "user install"
    return "server" if interaction.is_guild_integration() or not interaction.is_user_integration() else "user install"


def _may_write(interaction: Interaction) -> bool:
    return interaction.permissions.send_messages or interaction.permissions.send_messages_in_threads


def for_all(interaction: Interaction) -> bool:
    """Say whether an answer that may be seen by everyone in the channel is, because the server's managers want that."""
    return server(interaction).visible and place(interaction) == "server" and _may_write(interaction)


def where(interaction: Interaction) -> Where:
    """Return what a private card depends on: where it will stand, and the operator's words on whom to call.

    Share makes sense in a server's channel that the asker may write in, where its managers leave it on; Keep wherever the
    answer would vanish.
    """
    share = interaction.guild_id is not None and _may_write(interaction) and server(interaction).sharing
    return Where(share=share, keep=True, emergency=deps(interaction).config.operator.emergency)
