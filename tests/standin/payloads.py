"""What Discord sends, in the form that its documentation gives it."""

from __future__ import annotations

import itertools
import json
import time
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from aiohttp import web
from nacl.signing import SigningKey

T = TypeVar("T")
Json = dict[str, Any]
Place = Literal["server", "thread", "dm", "user install", "group"]

KEY = SigningKey(b"a key of the stand-in, no secret".ljust(32))
"""What it signs what it sends over HTTP with."""

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAw.stand-in.thisIsTheTokenOfNobody"
APPLICATION_ID = 120000000000000001
GUILD_ID = 120000000000000002
GUILD_WITHOUT_BOT_ID = 120000000000000003
CHANNEL_ID = 120000000000000004
USER_ID = 120000000000000777
USER_NAME = "zoe.vandermeer"
NICK = "Zoë in room 12"

MEMBER_MAY = "2248473465835073"
MODERATOR_MAY = str(int(MEMBER_MAY) | 1 << 5 | 1 << 13)
"""Permissions as Discord sends them; a moderator may also manage the server and its messages."""

PATIENCE = 60.0
"""Seconds after which a wait is given up, so that a broken bot ends a test instead of hanging it."""

_EPOCH_MS = 1420070400000
_numbers = itertools.count()


def snowflake(later: float = 0) -> int:
    """Return a new id; it says when it was made, as Discord's do, or that it was made so many seconds later."""
    return (int((time.time() + later) * 1000) - _EPOCH_MS) << 22 | next(_numbers) & 0x3FFFFF


def error(status: int, code: int, text: str, **headers: str) -> web.Response:
    """Return an error as Discord sends it."""
    return json_response({"message": text, "code": code}, status, **headers)


def rate_limited(seconds: float) -> web.Response:
    """Return what Discord answers to a request that it wants to have again later."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return json_response(body, 429, Via="1.1 stand-in")


def json_response(body: Any, status: int = 200, **headers: str) -> web.Response:
    # Without a charset: discord.py reads JSON only where the type is exactly this one.
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)


def user_data(user_id: int) -> Json:
    return {
        "id": str(user_id),
        "username": USER_NAME,
        "global_name": "Zoë van der Meer",
        "avatar": None,
        "discriminator": "0",
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def bot_user() -> Json:
    return user_data(APPLICATION_ID) | {"username": "immunobot", "global_name": None, "bot": True}


def application_data() -> Json:
    return {
        "id": str(APPLICATION_ID),
        "name": "immunobot",
        "icon": None,
        "description": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": KEY.verify_key.encode().hex(),
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_data(APPLICATION_ID + 9),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 1,
        "approximate_user_authorization_count": 1,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }


def guild_data() -> Json:
    """A server, as the bot may see it."""
    everyone = {"id": str(GUILD_ID), "name": "@everyone", "permissions": MEMBER_MAY, "position": 0, "color": 0, "hoist": False,
                "managed": False, "mentionable": False, "flags": 0}  # fmt: skip
    return {
        "id": str(GUILD_ID), "name": "Patients' community", "icon": None, "splash": None, "discovery_splash": None,
        "owner_id": str(USER_ID + 9), "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0,
        "default_message_notifications": 0, "explicit_content_filter": 0, "roles": [everyone], "emojis": [], "features": [],
        "mfa_level": 0, "application_id": None, "system_channel_id": None, "system_channel_flags": 0, "rules_channel_id": None,
        "vanity_url_code": None, "description": None, "banner": None, "premium_tier": 0, "preferred_locale": "en-US",
        "public_updates_channel_id": None, "nsfw_level": 0, "premium_progress_bar_enabled": False, "stickers": [],
        "safety_alerts_channel_id": None,
    }  # fmt: skip


def member_data(user: Json) -> Json:
    """A member without any role."""
    return {"user": user, "roles": [], "nick": None, "avatar": None, "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False,
            "mute": False, "flags": 0, "premium_since": None, "communication_disabled_until": None}  # fmt: skip


def channel_data(denied: int) -> Json:
    """The moderators' channel, where the bot may not do this."""
    overwrite = {"id": str(APPLICATION_ID), "type": 1, "allow": "0", "deny": str(denied)}
    return {"id": str(CHANNEL_ID), "type": 0, "guild_id": str(GUILD_ID), "name": "moderators", "position": 1, "flags": 0,
            "parent_id": None, "topic": None, "nsfw": False, "last_message_id": None, "rate_limit_per_user": 0,
            "permission_overwrites": [overwrite] if denied else []}  # fmt: skip


def registered(command: Json) -> Json:
    return {
        "description": "",
        **{key: value for key, value in command.items() if value is not None},
        "id": str(snowflake()),
        "application_id": str(APPLICATION_ID),
        "version": str(snowflake()),
        "type": command.get("type") or 1,
        "default_member_permissions": None,
    }


def place_data(place: Place, user_id: int, permissions: str) -> Json:
    """Return what an interaction says about where it was made, and by whom."""
    user = user_data(user_id)
    if place in ("dm", "group"):
        channel: Json = {"id": str(CHANNEL_ID + 1), "type": 1, "flags": 0, "last_message_id": None, "recipients": [user]}
        if place == "group":
            channel |= {"type": 3, "name": None, "icon": None, "owner_id": str(user_id)}
        owners = {"0": "0"} if place == "dm" else {"1": str(user_id)}
        return {
            "channel": channel,
            "channel_id": channel["id"],
            "user": user,
            "context": 1 if place == "dm" else 2,
            "authorizing_integration_owners": owners,
        }
    guild = str(GUILD_WITHOUT_BOT_ID if place == "user install" else GUILD_ID)
    thread: Json = {
        "type": 11, "parent_id": str(CHANNEL_ID), "owner_id": str(USER_ID), "message_count": 1, "member_count": 1,
        "thread_metadata": {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-01-02T03:04:05+00:00"},
    }  # fmt: skip
    return {
        "guild_id": guild,
        "guild": {"id": guild, "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "channel_id": str(CHANNEL_ID),
        "channel": {
            "id": str(CHANNEL_ID), "type": 0, "guild_id": guild, "name": "ask-here", "topic": None, "position": 1,
            "nsfw": False, "flags": 0, "rate_limit_per_user": 0, "parent_id": None, "last_message_id": None,
            "permissions": permissions, **(thread if place == "thread" else {}),
        },
        "member": {
            "user": user, "nick": NICK, "avatar": None, "banner": None, "roles": [], "joined_at": "2026-01-02T03:04:05+00:00",
            "premium_since": None, "deaf": False, "mute": False, "flags": 0, "pending": False,
            "communication_disabled_until": None, "permissions": permissions,
        },
        "context": 0,
        "authorizing_integration_owners": {"1": str(user_id)} if place == "user install" else {"0": guild},
    }  # fmt: skip


def message_data(message_id: int, body: Json, channel_id: int) -> Json:
    """Return the message that a body makes."""
    return {
        "id": str(message_id),
        "type": 0,
        "channel_id": str(channel_id),
        "author": bot_user(),
        "content": body.get("content") or "",
        "embeds": [{"type": "rich"} | embed for embed in body.get("embeds") or ()],
        "components": [_numbered(row, 6 * number + 1) for number, row in enumerate(body.get("components") or ())],
        "flags": body.get("flags") or 0,
        "attachments": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "application_id": str(APPLICATION_ID),
        "webhook_id": str(APPLICATION_ID),
    }


def _numbered(row: Json, first: int) -> Json:
    """Return a row of components with the numbers that Discord gives them."""
    picks = {"min_values": 1, "max_values": 1}
    inner = [
        item | {"id": number} | (picks if item["type"] == 3 else {})
        for number, item in enumerate(row["components"], first + 1)
    ]
    return row | {"id": first, "components": inner}
