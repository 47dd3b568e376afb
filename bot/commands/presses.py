"""What happens when a button is pressed or an entry is picked; nothing is remembered from when it was sent."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import discord

from bot.commands import knowledge, privacy, reports, settings
from bot.commands.deps import Interaction, deps, server, spoken, where
from bot.commands.respond import answer, answer_card, card_message, copy, edited, log_use, message, seal
from bot.commands.searching import turn_browse, turn_search
from bot.knowledge.names import normalise
from bot.replies.answers import ask_to_share, plain, shared, under_review
from bot.replies.buttons import Press, uncarried
from bot.replies.card import OVERVIEW, PAGES
from bot.replies.text import cleaned
from bot.store import privacy as privacy_store
from bot.store.errors import StoreUnavailable
from bot.store.gaps import tell_missing

log = logging.getLogger(__name__)

MODERATORS = "mod"
"""Actions of moderators begin so; who presses is checked before anything else."""


async def pressed(interaction: Interaction) -> None:
    """Answer a press: open an entry, turn a card's page, share, keep, remove; else say that the button has expired."""
    data: dict[str, Any] = dict(interaction.data or {})
    press = Press.read(str(data.get("custom_id", "")))
    match press:
        case Press("open", entry_id):
            await _open(interaction, entry_id)
        case Press("pick"):
            values = data.get("values") or [""]
            await _open(interaction, str(values[0]))
        case Press("tab", entry_id, tab):
            await _turn(interaction, entry_id, tab)
        case Press("share", entry_id, tab):
            await _ask_to_share(interaction, entry_id, tab)
        case Press("sharenow", entry_id, tab):
            await _share(interaction, entry_id, tab)
        case Press("search", page, carried_text):
            await turn_search(interaction, uncarried(carried_text), int(page or 0))
        case Press("group"):
            values = data.get("values") or [""]
            await turn_browse(interaction, str(values[0]), 0)
        case Press("browse", page, group):
            await turn_browse(interaction, group, int(page or 0))
        case Press("export"):
            await privacy.export(interaction)
        case Press("delete"):
            await privacy.ask_to_delete(interaction)
        case Press("deletenow"):
            await privacy.delete(interaction)
        case Press("kept"):
            await privacy.keep(interaction)
        case Press("optout" | "optin" as action):
            await privacy.opt(interaction, out=action == "optout")
        case Press("set", setting, word) if await settings.change(interaction, setting, word):
            pass
        case Press(action) if action.startswith(MODERATORS):
            await knowledge.pressed(interaction, press)
        case Press("report", entry_id):
            if not await reports.report(interaction, entry_id):
                await _gone(interaction, "report", entry_id)
        case Press("missing", _, carried_text):
            await _missing(interaction, uncarried(carried_text))
        case Press("unshared"):
            _ = spoken(interaction).gettext
            await log_use(interaction, "share", "offered")
            await interaction.response.edit_message(**edited(plain(_("Nothing was shared."))))
        case Press("keep", entry_id, tab):
            await _keep(interaction, entry_id, tab)
        case Press("remove", sealed):
            await _remove(interaction, sealed)
        case _:
            await _expired(interaction)


async def submitted(interaction: Interaction) -> None:
    """Answer a form that was sent."""
    data: dict[str, Any] = dict(interaction.data or {})
    press = Press.read(str(data.get("custom_id", "")))
    match press:
        case Press(action) if action.startswith(MODERATORS):
            await knowledge.submitted(interaction, press)
        case Press("report", entry_id):
            await reports.reported(interaction, entry_id)
        case Press("suggest"):
            await reports.suggested(interaction)
        case _:
            await _expired(interaction)


async def _expired(interaction: Interaction) -> None:
    _ = spoken(interaction).gettext
    text = _("This button has expired. Ask again with a command; `/help` shows them.")
    await answer(interaction, plain(text), command="press", outcome="nothing")


async def _gone(interaction: Interaction, command: str, entry_id: str) -> None:
    lang = spoken(interaction)
    _ = lang.gettext
    if entry := deps(interaction).library.current.withdrawn.get(entry_id):
        await answer(interaction, under_review((entry,), (), entry.name, lang), command=command, outcome="nothing")
        return
    text = _("That entry is no longer here. It may have been renamed or taken down; `/define` finds what there is.")
    await answer(interaction, plain(text), command=command, outcome="nothing")


async def _open(interaction: Interaction, entry_id: str) -> None:
    if not await answer_card(interaction, entry_id, command="open"):
        await _gone(interaction, "open", entry_id)


async def _turn(interaction: Interaction, entry_id: str, tab: str) -> None:
    """Turn a card's page in place where only its asker sees it; beside it where others do."""
    sendable = card_message(interaction, entry_id, tab)
    if sendable is None:
        await _gone(interaction, "page", entry_id)
    elif interaction.message is not None and interaction.message.flags.ephemeral:
        await log_use(interaction, "page", "served", entry_id)
        await interaction.response.edit_message(**({"view": None} | sendable))
    else:
        await answer_card(interaction, entry_id, command="page", tab=tab)


async def _ask_to_share(interaction: Interaction, entry_id: str, tab: str) -> None:
    lang = spoken(interaction)
    entry = deps(interaction).library.current.entry(entry_id, lang.code)
    if entry is None:
        await _gone(interaction, "share", entry_id)
    elif not where(interaction).share:
        _ = lang.gettext
        text = _("You can't write in this channel, so there is nothing to share it with.")
        if not server(interaction).sharing:
            text = _("Those who manage this server have turned sharing off.")
        await answer(interaction, plain(text), command="share", outcome="nothing")
    else:
        await answer(interaction, ask_to_share(entry, tab, lang), command="share", outcome="offered")


async def _share(interaction: Interaction, entry_id: str, tab: str) -> None:
    """Post the card in the channel, where whoever shared it can remove it."""
    lang = spoken(interaction)
    # Sources alone would tell the channel nothing of what they are for.
    reply = copy(interaction, entry_id, OVERVIEW if tab == PAGES else tab)
    if reply is None or not where(interaction).share:
        await _ask_to_share(interaction, entry_id, tab)
        return
    _ = lang.gettext
    await log_use(interaction, "share", "served", entry_id)
    await interaction.response.edit_message(**edited(plain(_("Shared. You can remove it with its Remove button."))))
    await interaction.followup.send(**message(shared(reply, seal(interaction), lang)), ephemeral=False)


async def _keep(interaction: Interaction, entry_id: str, tab: str) -> None:
    """Send a copy by direct message."""
    lang = spoken(interaction)
    _ = lang.gettext
    reply = copy(interaction, entry_id, tab)
    if reply is None:
        await _gone(interaction, "keep", entry_id)
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        await interaction.user.send(**message(reply))
    except discord.Forbidden:
        text = _("Discord does not let me write to you. Allow direct messages from this server's members, then press again.")
        await log_use(interaction, "keep", "nothing", entry_id)
    else:
        text = _("A copy is in your direct messages.")
        await log_use(interaction, "keep", "served", entry_id)
    await interaction.followup.send(**message(plain(text)), ephemeral=True)


async def _missing(interaction: Interaction, text: str) -> None:
    """Thank for telling that an entry is missing; its name is known to nobody until three people told of it."""
    _ = spoken(interaction).gettext
    if await _does_not_count(interaction):
        text = _(
            "You asked not to be counted, so this is not counted either. `/suggest` tells the moderators of a name at once."
        )
        await answer(interaction, plain(text), command="missing", outcome="nothing")
        return
    thanks = _("Thank you. Once three people have told me that a name is missing, the moderators see it, without who asked.")
    await answer(interaction, plain(thanks), command="missing")
    if name := normalise(text):
        try:
            await tell_missing(deps(interaction).store, name, cleaned(text), interaction.user.id)
        except StoreUnavailable as error:
            log.warning("A missing name was not counted (%s).", error.reason)


async def _does_not_count(interaction: Interaction) -> bool:
    """Say whether the asker does not want to be counted; False where the database can't be asked, which then keeps to it."""
    try:
        return await privacy_store.opted_out(deps(interaction).store, interaction.user.id)
    except StoreUnavailable:
        return False


async def _remove(interaction: Interaction, sealed: str) -> None:
    """Take a shared card away, for whoever shared it and for those who may delete messages there."""
    _ = spoken(interaction).gettext
    if sealed != seal(interaction) and not interaction.permissions.manage_messages:
        text = _("Only the person who shared this, or a moderator, can remove it.")
        await answer(interaction, plain(text), command="remove", outcome="nothing")
        return
    await log_use(interaction, "remove", "served")
    await interaction.response.defer()
    with contextlib.suppress(discord.NotFound):
        await interaction.delete_original_response()
