"""Discord takes all that the bot sends."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.library import Snapshot

from .. import openapi
from ..standin import Json, Standin
from .helpers import Start, refused, use_everything

needs_description = pytest.mark.skipif(openapi.description_path() is None, reason=openapi.MISSING)


@needs_description
async def test_discord_takes_all_that_the_bot_sends(discord: Standin, start: Start, shipped: Snapshot) -> None:
    """Every entry in both languages, every page, button and command; and the stand-in answers as Discord does."""
    await start()
    await use_everything(discord)
    await use_everything(discord, place="user install", locale="es-419")
    kinds = {(came.method, re.sub(r"\d{5,}[^/]*(/[^/]{9,})?", "{}", came.path), status): (came, body, status)
             for came, status, body in discord.sent}  # fmt: skip
    answers = [openapi.described(came.method, came.path, body, status) for came, body, status in kinds.values()]
    assert [problem for problems in answers for problem in problems] == []

    room = asyncio.Semaphore(16)

    async def ask(entry: str, locale: str) -> None:
        async with room:
            assert (await discord.ask("define", {"term": f"#{entry}"}, locale=locale))["data"]["embeds"]

    await asyncio.gather(*(ask(entry, locale) for entry in shipped.entries for locale in ("en-US", "es-ES")))
    assert refused(discord) == []


def _bodies_that_discord_refuses() -> list[Any]:
    def said(**data: Any) -> Json:
        return {"type": 4, "data": data}

    def offered(**choice: Any) -> Json:
        return {"type": 8, "data": {"choices": [{"name": "a", "value": "a", **choice}]}}

    def pressed(count: int = 1, rows: int = 1, **item: Any) -> Json:
        items = [{"type": 2, "style": 2, "label": "a", "custom_id": f"{n}", **item} for n in range(count * rows)]
        cut = [{"type": 1, "components": items[n * count : (n + 1) * count]} for n in range(rows)]
        return said(content="a", components=cut)

    def picked(options: int) -> Json:
        select = {"type": 3, "custom_id": "a", "options": [{"label": "a", "value": f"{n}"} for n in range(options)]}
        return said(content="a", components=[{"type": 1, "components": [select]}])

    callback = "/interactions/1/token/callback"
    cases: list[tuple[str, Any]] = [
        (callback, said(content="a" * 2001)),
        (callback, said(content="💉" * 1001)),
        (callback, said()),
        (callback, said(embeds=[{}])),
        (callback, said(embeds=[{"title": "a" * 257}])),
        (callback, said(embeds=[{"description": "a" * 4097}])),
        (callback, said(embeds=[{"description": "💉" * 2049}])),
        (callback, said(embeds=[{"title": "a", "footer": {"text": "a" * 2049}}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": "a"}] * 26}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": "a" * 1025}]}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": " "}]}])),
        (callback, said(embeds=[{"description": "a" * 2001}] * 3)),
        (callback, said(embeds=[{"title": "a"}] * 11)),
        (callback, pressed(label="a" * 81)),
        (callback, pressed(custom_id="a" * 101)),
        (callback, pressed(count=2, custom_id="a")),
        (callback, pressed(count=6)),
        (callback, pressed(rows=6)),
        (callback, picked(26)),
        (callback, picked(0)),
        (callback, offered(name="a" * 101)),
        (callback, offered(name="")),
        (callback, offered(value="a" * 101)),
        (callback, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}] * 26}}),
        (callback, {"type": 99}),
        ("/webhooks/1/token", {"content": "a" * 2001}),
        ("/channels/1/messages", {"embeds": [{"title": "a" * 257}]}),
    ]
    commands = [
        [{"name": "Define", "description": "a"}],
        [{"name": "a b", "description": "a"}],
        [{"name": "a" * 33, "description": "a"}],
        [{"name": "a", "description": "a" * 101}],
        [{"name": "a", "description": ""}],
        [{"name": "a", "description": "a", "name_localizations": {"es-ES": "Definición"}}],
        [{"name": "a", "description": "a"}] * 2,
        [{"name": f"a{n}", "description": "a"} for n in range(101)],
        [{"name": f"a{n}", "description": "a", "name_localizations": {"es-ES": "a"}} for n in range(2)],
        [{"name": "a", "description": "a", "options": [{"type": 3, "name": "B", "description": "a"}]}],
    ]
    refused = [("POST", path, body) for path, body in cases]
    return refused + [("PUT", "/applications/1/commands", body) for body in commands]


@pytest.mark.parametrize(("method", "path", "body"), _bodies_that_discord_refuses())
def test_the_check_refuses_what_discord_refuses(
    method: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Our own rules alone are enough for these."""
    monkeypatch.setattr(openapi, "description_path", lambda: None)
    assert openapi.problems(method, path, body)


@needs_description
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "a", "flags": "64"}}),
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "a", "embeds": [{"url": "no address"}]}}),
        ("POST", "/users/@me/channels", {"recipient_id": "me"}),
        ("POST", "/no/such/request", {}),
    ],
)
def test_the_description_refuses_what_discord_refuses(method: str, path: str, body: Any) -> None:
    assert openapi.described(method, path, body)
