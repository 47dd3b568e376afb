"""Send to the moderators as members do, and read what they see."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from bot.service.tryout import Stage
from bot.store import gaps
from bot.store.usage import Store

from ..conftest import in_more


async def told(store: Store, name: str, times: int = 3) -> None:
    for person in range(times):
        await gaps.tell_missing(store, name.lower(), name, person)


async def form(world: Stage, person: Any = None, term: str = "T cell") -> Any:
    """Open the form to report a mistake."""
    person = person or world.member
    result = await person.slash(world.channel, "define", term=term)
    return await in_more(person, result.response, "Report a mistake")


async def send_report(world: Stage, text: str, source: str = "", person: Any = None) -> Any:
    person = person or world.member
    shown_form = await form(world, person)
    return await person.submit_modal(shown_form, {"text": text, "source": source})


def messages(world: Stage) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path())) as connection, connection:
        return connection.execute("SELECT kind, entry, text, source, state FROM messages ORDER BY number").fetchall()


def last_edit(world: Stage) -> dict[str, Any]:
    """Return what an answer was last changed to."""
    return next(r.json for r in reversed(world.env.http_requests) if r.method == "PATCH" and "/messages/@original" in r.path)


def read(world: Stage) -> str:
    """Return all that a person reads after a press that changed an answer."""
    body = last_edit(world)
    parts = [body.get("content") or ""]
    for embed in body.get("embeds") or ():
        parts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        parts += [f"{each['name']}\n{each['value']}" for each in embed.get("fields", ())]
    return "\n".join(parts)


def buttons(world: Stage) -> list[dict[str, Any]]:
    return [each for row in last_edit(world).get("components") or () for each in row["components"]]
