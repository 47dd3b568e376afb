"""/disclaimer, /about and /help: what the bot is, what it is not, and how to ask it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot import __version__
from bot.commands.deps import Interaction, deps, for_all, spoken
from bot.commands.respond import answer
from bot.knowledge.kinds import Kind
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies.buttons import open_buttons
from bot.replies.card import masked_link
from bot.replies.reply import Reply

_COLOUR = 0x3B7DD8
_FIRST_STEPS = ("immunotherapy", "checkpoint-inhibitor", "car-t-cell-therapy", "side-effects-of-checkpoint-inhibitors")


def _first_steps(snapshot: Snapshot, lang: Language) -> Reply:
    entries = [e for i in _FIRST_STEPS if (e := snapshot.entry(i, lang.code))]
    return Reply(rows=(open_buttons(entries),))


@app_commands.command(name=locale_str("disclaimer"), description=locale_str("What this bot can't do for you"))
async def disclaimer(interaction: Interaction) -> None:
    """Show the disclaimers."""
    lang, snapshot = spoken(interaction), deps(interaction).library.current
    _ = lang.gettext
    embed = discord.Embed(title=_("Please read this"), colour=_COLOUR)
    embed.description = snapshot.disclaimer("general", lang.code)
    for key, name in (
        ("therapy", _("About therapies")),
        ("medicine", _("About medicines")),
        ("condition", _("About conditions")),
        ("urgent", _("In an emergency")),
    ):
        embed.add_field(name=name, value=snapshot.disclaimer(key, lang.code), inline=False)
    if emergency := deps(interaction).config.operator.emergency:
        embed.add_field(name=_("Whom to call"), value=emergency, inline=False)
    await answer(interaction, Reply(embeds=(embed,)), command="disclaimer", visible=True)


@app_commands.command(name=locale_str("about"), description=locale_str("What this bot is, who runs it, and what it keeps"))
async def about(interaction: Interaction) -> None:
    """Show what the bot is, what it knows, who runs it and what it keeps."""
    lang, config, snapshot = spoken(interaction), deps(interaction).config, deps(interaction).library.current
    _ = lang.gettext
    entries = snapshot.entries.values()
    embed = discord.Embed(title="immunobot", colour=_COLOUR)
    embed.description = _(
        "I explain immunotherapy in plain words. Everything I say stands in a file that names its sources and the day it "
        "was checked against them. I make nothing up, and I never guess which medicine you mean."
    )
    counts = snapshot.counts()
    embed.add_field(
        name=_("What I know"),
        value=_("{terms} terms, {therapies} therapies, {medicines} medicines, {conditions} conditions.").format(
            terms=counts[Kind.TERM],
            therapies=counts[Kind.THERAPY],
            medicines=counts[Kind.MEDICINE],
            conditions=counts[Kind.CONDITION],
        ),
        inline=False,
    )
    oldest, newest = min(e.checked for e in entries), max(e.checked for e in entries)
    reviewed = sum(bool(e.reviewed_by) for e in entries)
    embed.add_field(
        name=_("How it was checked"),
        value=(
            _("Checked against the sources on {day}.").format(day=lang.day(newest))
            if oldest == newest
            else _("Checked against the sources between {oldest} and {newest}.").format(
                oldest=lang.day(oldest), newest=lang.day(newest)
            )
        )
        + " "
        + _("Reviewed by a clinician: {reviewed} of {all} entries.").format(reviewed=reviewed, all=len(entries)),
        inline=False,
    )
    embed.add_field(
        name=_("What I keep"),
        value=_(
            "I keep which entry was asked for, without who asked. I count people with a scrambled code for the day, kept "
            "apart from what they asked. I don't keep what you type. In this server everyone in the channel sees the "
            "entries that a command asks for, and who asked. What you send to the moderators in a form is kept, without "
            "your name."
        )
        if for_all(interaction)
        else _(
            "I keep which entry was asked for, without who asked. I count people with a scrambled code for the day, kept "
            "apart from what they asked. I don't keep what you type. Only you see my answers, until you share one. What you "
            "send to the moderators in a form is kept, without your name."
        ),
        inline=False,
    )
    operator = config.operator
    lines = [
        _("Run by {name}").format(name=operator.name) if operator.name else "",
        _("Contact: {contact}").format(contact=operator.contact) if operator.contact else "",
        masked_link(_("Privacy policy"), operator.privacy_url) if operator.privacy_url else "",
        masked_link(_("Terms"), operator.terms_url) if operator.terms_url else "",
    ]
    if any(lines):
        embed.add_field(name=_("Who runs this bot"), value="\n".join(filter(None, lines)), inline=False)
    embed.set_footer(
        text=_("immunobot {version}, knowledge {knowledge}.").format(version=__version__, knowledge=snapshot.version)
        + "\n"
        + snapshot.disclaimer("general", lang.code)
    )
    await answer(interaction, Reply(embeds=(embed,)), command="about", visible=True)


@app_commands.command(name=locale_str("help"), description=locale_str("How to ask, with examples"))
async def help_(interaction: Interaction) -> None:
    """Show how to ask."""
    lang, snapshot = spoken(interaction), deps(interaction).library.current
    _ = lang.gettext
    embed = discord.Embed(title=_("How to ask"), colour=_COLOUR)
    lines = [
        snapshot.disclaimer("urgent", lang.code),
        "",
        _(
            "Type a command, then the first three letters of a name, and pick from the list. In this server everyone in the "
            "channel sees that entry, and who asked; words of danger are answered to you alone."
        )
        if for_all(interaction)
        else _("Type a command, then the first three letters of a name, and pick from the list. Only you see the answer."),
        "",
    ]
    lines += [
        f"**{example}**: {what}"
        for example, what in (
            (_("/define interleukin"), _("any word: cells, side effects, tests, treatments")),
            (_("/therapy CAR T"), _("how a treatment works, how it is given, what to ask")),
            (_("/medicine Keytruda"), _("a medicine, by generic or brand name")),
            (_("/condition melanoma"), _("an illness and the immunotherapies used for it")),
            (_("/search skin cancer drugs"), _("anything, in your own words")),
            (_("/browse"), _("look around, by kind and topic")),
            (_("/compare Keytruda Opdivo"), _("two entries side by side")),
            (_("Message menu, Apps, Explain terms"), _("the words of a message, explained")),
            (_("/suggest"), _("tell the moderators what is missing, or anything else")),
            (_("/disclaimer"), _("what I can't do for you")),
            (_("/privacy"), _("what is kept about you; show it, delete it")),
            (_("/about"), _("who runs this bot, and what it keeps")),
        )
    ]
    embed.description = "\n".join(lines)
    embed.set_footer(text=snapshot.disclaimer("general", lang.code))
    await answer(interaction, Reply(embeds=(embed,), rows=_first_steps(snapshot, lang).rows), command="help", visible=True)


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the three commands."""
    return [disclaimer, about, help_]
