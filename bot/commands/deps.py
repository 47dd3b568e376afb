"""What commands work with, reached through the interaction's client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import discord

from bot.config import Config
from bot.knowledge.library import Library
from bot.language import Language, language
from bot.replies.card import Where
from bot.store.usage import Place, Store

Interaction: TypeAlias = discord.Interaction[Any]


@dataclass(slots=True)
class Deps:
    """The parts that commands need."""

    config: Config
    library: Library
    store: Store


class HasDeps(Protocol):
    """A client that commands run on."""

    deps: Deps


def deps(interaction: Interaction) -> Deps:
    """Return the parts that this interaction's client works with."""
    return cast(HasDeps, interaction.client).deps


def spoken(interaction: Interaction) -> Language:
    """Return the language to answer in: the asker's Discord language, else English."""
    return language(interaction.locale.value)


def place(interaction: Interaction) -> Place:
    """Return where this was asked."""
    if interaction.guild_id is None:
        return "direct message" if interaction.context.dm_channel else "user install"
    return "server" if interaction.is_guild_integration() or not interaction.is_user_integration() else "user install"


def where(interaction: Interaction) -> Where:
    """Return what a private card depends on: where it will stand, and the operator's words on whom to call.

    Share makes sense in a server's channel that the asker may write in; Keep wherever the answer would vanish.
    """
    in_server = interaction.guild_id is not None
    may_write = interaction.permissions.send_messages or interaction.permissions.send_messages_in_threads
    return Where(share=in_server and may_write, keep=True, emergency=deps(interaction).config.operator.emergency)
