"""An interaction as Discord sent it; the objects that discord.py makes of it are made where one is asked for.

Of each, discord.py builds the server, the channel, the member and the message, which hardly an answer needs. What is used of
its inside is held by tests/wire/test_interaction.py.
"""

from __future__ import annotations

from typing import Any

import discord
from discord.app_commands import AppCommandContext
from discord.enums import try_enum

from bot.interactions.message import Json

_THREADS = frozenset(kind.value for kind in discord.ChannelType if kind.name.endswith("_thread"))


class Interaction(discord.Interaction[Any]):
    """One of discord.py's, whose attributes beyond those set here are read once one of them is asked for."""

    __slots__ = ("_sent", "asker", "in_thread", "pressed", "roles")

    asker: int
    """the number of whoever asks"""
    roles: frozenset[int]
    """the roles they have in the server where they ask"""
    in_thread: bool
    pressed: Json
    """the message on which this was pressed; empty where it is no press, and no form that a press opened"""

    def _from_data(self, data: Any) -> None:
        """Read what every answer needs."""
        self._sent: Json = data
        self.id, self.application_id = int(data["id"]), int(data["application_id"])
        self.type, self.token, self.data = try_enum(discord.InteractionType, data["type"]), data["token"], data.get("data")
        self.locale = try_enum(discord.Locale, data.get("locale", "en-US"))
        self.guild_id = int(data["guild_id"]) if data.get("guild_id") else None
        self.context = AppCommandContext._from_value([data["context"]] if "context" in data else [])
        owners = data.get("authorizing_integration_owners", {})
        self._integration_owners = {int(where): int(whose) for where, whose in owners.items()}
        asking = data["member"] if self.guild_id else data
        self.asker, self.roles = int(asking["user"]["id"]), frozenset(map(int, asking.get("roles", ())))
        self._permissions = int(asking.get("permissions", 0))
        self.in_thread, self.pressed = data.get("channel", {}).get("type") in _THREADS, data.get("message") or {}

    def __getattr__(self, name: str) -> Any:
        """Read all of it, as discord.py does."""
        if name.startswith("_cs_"):  # what discord.py works out itself where it is missing
            raise AttributeError(name)
        super()._from_data(self._sent)  # type: ignore[arg-type]
        return object.__getattribute__(self, name)

    def is_user_integration(self) -> bool:
        """Say whether the asker brought the bot along."""
        return self._integration_owners.get(1) == self.asker

    @property
    def guild(self) -> discord.Guild | None:
        """The server: discord.py puts it into what is given with a command, such as a file, and asks for it in any case."""
        return super().guild if self.data and "resolved" in self.data else None
