"""/knowledge, for moderators: its commands, and who takes a press or a form of theirs."""

from __future__ import annotations

from typing import Any

from discord import app_commands

from bot.commands import editing, queues, stats, status, uploading, versions
from bot.commands.deps import Interaction, spoken
from bot.commands.moderators import group, is_moderator, refuse
from bot.commands.respond import answer
from bot.replies.answers import plain
from bot.replies.buttons import Press


async def pressed(interaction: Interaction, press: Press) -> None:
    """Answer a moderator's press; refuse everyone else's."""
    if not is_moderator(interaction):
        await refuse(interaction)
        return
    match press:
        case Press(action) if action.startswith("modq") and await queues.pressed(interaction, press):
            pass
        case Press("modpublish", proposal):
            await uploading.ask_why(interaction, proposal)
        case Press("modagain", proposal):
            await editing.again(interaction, proposal)
        case Press("modfile", proposal):
            await uploading.as_files(interaction, proposal)
        case Press("moddrop", proposal):
            await uploading.drop(interaction, proposal)
        case Press("modpreview", proposal):
            await uploading.preview_one(interaction, proposal, picked(interaction))
        case Press("modnew", kind, name):
            await editing.begin_named(interaction, kind, name)
        case Press("modversion", entry_id, code):
            await versions.show_version(interaction, entry_id, code, picked(interaction))
        case Press("modolder", entry_id, code):
            await versions.older(interaction, entry_id, code)
        case Press("modback", entry_id, code):
            await versions.roll_back(interaction, entry_id, code)
        case Press("modundo", entry_id, code):
            await versions.undo(interaction, entry_id, code)
        case Press("modundoall", proposal):
            await versions.undo_all(interaction, proposal)
        case Press("modshow", entry_id, code):
            await versions.show_again(interaction, entry_id, code)
        case Press("modmine" | "modtheirs" as action, entry_id, code):
            await versions.settle(interaction, entry_id, code, mine=action == "modmine")
        case _:
            await _expired(interaction)


def picked(interaction: Interaction) -> str:
    """Return what was picked from a select."""
    data: dict[str, Any] = dict(interaction.data or {})
    return str((data.get("values") or [""])[0])


async def submitted(interaction: Interaction, press: Press) -> None:
    """Answer a moderator's form; refuse everyone else's."""
    if not is_moderator(interaction):
        await refuse(interaction)
        return
    match press:
        case Press("modpublish", proposal):
            await uploading.publish(interaction, proposal)
        case Press("modagain", proposal):
            await editing.typed_again(interaction, proposal)
        case Press("modedit", entry_id, code):
            await editing.edited_in_form(interaction, entry_id, code)
        case Press("modcreate", kind):
            await editing.created_in_form(interaction, kind, press.second)
        case _:
            await _expired(interaction)


async def _expired(interaction: Interaction) -> None:
    _ = spoken(interaction).gettext
    text = _("This button has expired. `/knowledge` begins anew.")
    await answer(interaction, plain(text), command="knowledge", outcome="nothing")


def commands() -> list[app_commands.Command[Any, ..., Any] | app_commands.Group]:
    """Return the commands of the moderators' server."""
    return [
        group(*status.commands(), *uploading.commands(), *editing.commands(), *versions.commands(), *queues.commands()),
        *stats.commands(),
    ]
