"""Drive the desk as moderators do, in a simulated server."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord

from bot.service.tryout import Stage

from ..conftest import SMALL, SOURCES

TODAY = datetime.now(UTC).date()
T_CELL = SMALL["terms/t-cell.yaml"] + SOURCES
SOURCE = "A page | NCI | https://www.cancer.gov/page | 2026-01-02"


def reads(message: Any) -> str:
    """Everything that is read in a message."""
    parts = [message.content or ""]
    for embed in message.embeds:
        parts += [embed.author.name or "", embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join(part for part in parts if part)


async def files_of(message: Any) -> dict[str, str]:
    """Name -> text of what is attached."""
    return {a.filename: (await a.read()).decode() for a in message.attachments}


async def unzipped(message: Any) -> dict[str, str]:
    (attached,) = message.attachments
    with zipfile.ZipFile(io.BytesIO(await attached.read())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def zipped(texts: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return data.getvalue()


async def run(desk: Stage, command: str, *, who: Any = None, **options: Any) -> Any:
    return (await (who or desk.moderator).slash(desk.channel, f"knowledge {command}", **options)).response


async def opened(desk: Stage, entry: str, *, who: Any = None, **options: Any) -> Any:
    """What can be changed in an entry."""
    return await run(desk, "edit", who=who, entry=entry, **options)


async def pick(desk: Stage, message: Any, key: str, *, who: Any = None) -> Any:
    """Pick a field from the lists of a message; its form."""
    items = [item for row in message.components for item in row["components"] if item["type"] == 3]
    found = next(i for i in items if key in [option["value"] for option in i["options"]])
    return await (who or desk.moderator).select(message, [key], custom_id=found["custom_id"])


async def form(desk: Stage, entry: str, key: str = "short", *, who: Any = None, **options: Any) -> Any:
    """Open the form of a field of an entry."""
    return await pick(desk, await opened(desk, entry, who=who, **options), key, who=who)


def filled(shown: Any) -> dict[str, str]:
    """What a form is filled with."""
    fields = [part["component"] for part in shown.modal["components"] if "component" in part]
    return {field["custom_id"]: field.get("value") or "" for field in fields}


async def send(desk: Stage, shown: Any, *, who: Any = None, **typed: str) -> Any:
    """Type into a form, and send it."""
    return await (who or desk.moderator).submit_modal(shown, {**filled(shown), **typed})


async def edit(desk: Stage, entry: str, *, who: Any = None, **typed: str) -> Any:
    """Type into the forms of an entry's fields, one after the other, and return the review."""
    message = await opened(desk, entry, who=who)
    for n, (key, text) in enumerate(typed.items()):
        if n:
            await press(desk, message, "Change more", who=who)
        await send(desk, await pick(desk, message, key, who=who), who=who, **{key: text})
    return message


async def upload(desk: Stage, name: str, text: str | bytes, **options: Any) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    return await run(desk, "upload", file=(name, data), **options)


async def publish(desk: Stage, review: Any, *, who: Any = None, why: str = "clearer", checked: str = "yes") -> Any:
    """Press Publish and send its form; return what came of it."""
    shown = await (who or desk.moderator).click(review, label="Publish")
    asked = [part["component"]["custom_id"] for part in shown.modal["components"]]
    typed = {"why": why, "checked": checked}
    return await (who or desk.moderator).submit_modal(shown, {key: typed[key] for key in asked})


async def changed(desk: Stage, entry: str = "t-cell", **typed: str) -> Any:
    """Change an entry, and return the message that says so."""
    review = await edit(desk, entry, **(typed or {"short": "A white blood cell that fights."}))
    return (await publish(desk, review)).response


async def press(desk: Stage, message: Any, label: str, *, who: Any = None) -> Any:
    return await (who or desk.moderator).click(message, label=label)


async def lines(desk: Stage, review: Any) -> str:
    """Which lines of the files change."""
    return reads((await press(desk, review, "The files' lines")).response)


async def define(desk: Stage, term: str) -> str:
    return reads((await desk.member.slash(desk.channel, "define", term=term)).response)


def noticed(desk: Stage) -> list[Any]:
    """What the moderators' channel was told, the latest first."""
    return list(desk.notices.history())[::-1]


def changes(desk: Stage) -> Path:
    found = desk.env.bot.deps.config.changes_path()
    assert found is not None
    return found


def written(desk: Stage) -> dict[str, str]:
    """What stands in the folder of changes."""
    base = changes(desk)
    return {str(path.relative_to(base)): path.read_text() for path in base.rglob("*.yaml")} if base.is_dir() else {}


def another(desk: Stage, *roles: str) -> Any:
    """A second person with these roles."""
    found = desk.env.guild.roles
    return desk.env.guild.add_member(desk.env.create_user("second"), roles=[found[name] for name in roles])


async def posted(desk: Stage, *presses: str, channel: Any = None) -> Any:
    """A message that everyone sees, with these presses: what someone makes by hand, or finds from long ago."""
    view = discord.ui.View(timeout=None)
    for each in presses:
        view.add_item(discord.ui.Button(label=each.split(":")[1], custom_id=each))
    view.stop()
    message = await desk.env.bot.get_partial_messageable((channel or desk.channel).id).send("old", view=view)
    await desk.env.settle()
    return message


NEW = {"name": "B cell", "topic": "cells", "short": "A cell that makes antibodies.", "more": "", "sources": SOURCE}


async def begun(desk: Stage, kind: str = "term", name: str = "B cell") -> Any:
    return await desk.moderator.slash(desk.channel, "knowledge new", kind=kind, name=name)
