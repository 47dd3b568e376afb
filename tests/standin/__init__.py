"""A stand-in for Discord on this machine: its gateway and REST over real sockets, as far as the bot uses them.

Payloads have the form that Discord's documentation gives them. Nothing here knows what the bot should answer.
"""

from .payloads import (
    APPLICATION_ID,
    CHANNEL_ID,
    GUILD_ID,
    NICK,
    PATIENCE,
    TOKEN,
    USER_ID,
    USER_NAME,
    Json,
    error,
    rate_limited,
    snowflake,
)
from .process import Bot
from .rest import Request
from .server import Standin

__all__ = [
    "APPLICATION_ID",
    "CHANNEL_ID",
    "GUILD_ID",
    "NICK",
    "PATIENCE",
    "TOKEN",
    "USER_ID",
    "USER_NAME",
    "Bot",
    "Json",
    "Request",
    "Standin",
    "error",
    "rate_limited",
    "snowflake",
]
