"""What members send to the moderators: Report a mistake, and /suggest. What they type is logged nowhere."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands import forms
from bot.commands.deps import Interaction, deps, spoken, where
from bot.commands.notices import notify, spoken_there
from bot.commands.respond import answer, edited, log_use
from bot.replies.answers import plain, with_help_first
from bot.replies.buttons import Press
from bot.replies.queues import nobody_reads, not_kept, not_taken, thanks, waits
from bot.replies.reply import Reply
from bot.store import queues
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds that a form waits to learn whether what it asks for would be taken; where that is unknown, it is shown."""


async def report(interaction: Interaction, entry_id: str) -> bool:
    """Show the form to report a mistake in an entry; False where there is no such entry."""
    lang = spoken(interaction)
    _ = lang.gettext
    entry = deps(interaction).library.current.entry(entry_id, lang.code)
    if entry is None:
        return False
    if await _would_be_taken(interaction, "report"):
        await forms.show(
            interaction,
            Press("report", entry_id),
            _("Report a mistake"),
            forms.note(_("In **{name}**.").format(name=entry.name) + " " + _not_about_you(interaction)),
            forms.text_input("text", _("What is wrong?"), most=queues.LETTERS, long=True),
            forms.text_input(
                "source",
                _("Where does it say so?"),
                hint=_("The address of a page, if you have one."),
                most=queues.SOURCE_LETTERS,
                required=False,
            ),
        )
    return True


@app_commands.command(name=locale_str("suggest"), description=locale_str("Tell the moderators what is missing, or anything"))
async def suggest(interaction: Interaction) -> None:
    """Show the form for a suggestion."""
    _ = spoken(interaction).gettext
    if await _would_be_taken(interaction, "suggestion"):
        await forms.show(
            interaction,
            Press("suggest"),
            _("Suggest something"),
            forms.note(_not_about_you(interaction)),
            forms.text_input(
                "text",
                _("What do you suggest?"),
                hint=_("A name that is missing, or anything that would help."),
                most=queues.LETTERS,
                long=True,
            ),
        )


async def reported(interaction: Interaction, entry_id: str) -> None:
    """Take a report."""
    await _take(interaction, "report", entry_id)


async def suggested(interaction: Interaction) -> None:
    """Take a suggestion."""
    await _take(interaction, "suggestion")


def _not_about_you(interaction: Interaction) -> str:
    _ = spoken(interaction).gettext
    return _("Please write nothing about your own health. The moderators read what you write, without your name.")


_COMMANDS: dict[queues.Kind, str] = {"report": "report", "suggestion": "suggest"}


async def _would_be_taken(interaction: Interaction, kind: queues.Kind) -> bool:
    """Say whether a message would be taken now, before anyone types it; where it would not be, tell them why.

    Nothing of this is logged with the entry: beside the message it would tell what its sender had asked before.
    """
    lang, config = spoken(interaction), deps(interaction).config
    refusal: Reply | None = None
    if config.moderation.guild_id is None:
        refusal = nobody_reads("", lang, config.operator.contact)
    else:
        # Waited for, not awaited: a read that a lock holds up ends by itself.
        asking = asyncio.create_task(_may_send(interaction, kind), name="may-send")
        await asyncio.wait({asking}, timeout=PATIENCE)
        if asking.done() and asking.result() != "taken":
            refusal = not_taken(asking.result(), "", lang, config.operator.contact)
    if refusal is None:
        await log_use(interaction, _COMMANDS[kind], "offered")
        return True
    await answer(interaction, refusal, command=_COMMANDS[kind], outcome="nothing")
    return False


async def _may_send(interaction: Interaction, kind: queues.Kind) -> queues.Taken:
    try:
        return await queues.may_send(deps(interaction).store, interaction.user.id, kind)
    except StoreUnavailable:
        return "taken"


async def _take(interaction: Interaction, kind: queues.Kind, entry_id: str = "") -> None:
    """Keep what a form holds, thank for it, and tell the moderators that it waits. Words of danger lead to help first."""
    lang, config, snapshot = spoken(interaction), deps(interaction).config, deps(interaction).library.current
    given = forms.sent(interaction)
    text, source = given.get("text", "").strip(), given.get("source", "").strip()
    await interaction.response.defer(ephemeral=True, thinking=True)
    urgent = snapshot.index.danger(f"{text}\n{source}")
    if urgent:  # whom to call never waits for the database
        await interaction.edit_original_response(**edited(with_help_first(snapshot, urgent, None, lang, where(interaction))))
    taken: queues.Taken | None = None
    number = 0
    if not text:
        reply = plain(lang.gettext("I could not read any words in that."))
    elif config.moderation.guild_id is None:
        reply = nobody_reads(text, lang, config.operator.contact)
    else:
        try:
            store = deps(interaction).store
            taken, number = await queues.send(store, interaction.user.id, kind, text, entry=entry_id, source=source)
            reply = thanks(lang) if taken == "taken" else not_taken(taken, text, lang, config.operator.contact)
        except StoreUnavailable as error:
            log.warning("A message to the moderators could not be kept (%s); its sender was told.", error.reason)
            reply = not_kept(text, lang)
    if urgent:
        reply = with_help_first(snapshot, urgent, reply, lang, where(interaction))
    await log_use(interaction, _COMMANDS[kind], "served" if taken == "taken" else "nothing")
    await interaction.edit_original_response(**edited(reply))
    if taken == "taken":
        entry = snapshot.entry(entry_id) or snapshot.withdrawn.get(entry_id)
        await notify(interaction.client, waits(kind, number, entry, spoken_there(interaction.client)))


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the command."""
    return [suggest]
