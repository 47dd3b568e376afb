"""/search, /browse, /compare and Explain terms: to find what has no known name."""

from __future__ import annotations

from typing import Any

from discord import Message, app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken, where
from bot.commands.entries import suggest
from bot.commands.respond import answer, answer_card, edited, log_use
from bot.knowledge.index import MOST_NAMED
from bot.replies.answers import not_one, under_review, with_help_first
from bot.replies.card import card
from bot.replies.compare import compared
from bot.replies.lists import browse, explained, found
from bot.replies.reply import Reply
from bot.replies.text import texts_in
from bot.store.usage import Outcome


async def _answer(
    interaction: Interaction, reply: Reply, *texts: str, command: str, outcome: Outcome, visible: bool = False
) -> None:
    """Answer, led by whom to call where a text has words of danger: then to the asker alone in any case."""
    snapshot, lang = deps(interaction).library.current, spoken(interaction)
    if urgent := tuple(dict.fromkeys(i for text in texts for i in snapshot.index.danger(text))):
        reply = with_help_first(snapshot, urgent, reply, lang, where(interaction))
    entry = urgent[0] if urgent else None
    await answer(interaction, reply, command=command, outcome=outcome, entry=entry, visible=visible and not urgent)


@app_commands.command(name=locale_str("search"), description=locale_str("Look through everything, in your own words"))
@app_commands.rename(text=locale_str("words"))
@app_commands.describe(text=locale_str("For example: side effects of Keytruda"))
async def search(interaction: Interaction, text: str) -> None:
    """Show what a text is about, five entries a page."""
    reply, any_found = _found(interaction, text, 0)
    outcome: Outcome = "offered" if any_found else "nothing"
    await _answer(interaction, reply, text, command="search", outcome=outcome)


def _found(interaction: Interaction, text: str, page: int) -> tuple[Reply, bool]:
    """Return a page of what a search found, and whether it found anything; of a name under review, that it is."""
    snapshot, lang = deps(interaction).library.current, spoken(interaction)
    reply, any_found = found(snapshot, text, page, lang)
    if not any_found and (review := snapshot.under_review(text)):
        reply = under_review(review, (), text, lang)
    return reply, any_found


async def turn_search(interaction: Interaction, text: str, page: int) -> None:
    """Show a page of a search: in place of the page before, or new where the press asked for a search."""
    snapshot, lang = deps(interaction).library.current, spoken(interaction)
    reply, any_found = _found(interaction, text, page)
    if urgent := snapshot.index.danger(text):
        reply = with_help_first(snapshot, urgent, reply, lang, where(interaction))
    await _turn(interaction, reply, "search", "offered" if any_found else "nothing")


async def turn_browse(interaction: Interaction, group: str, page: int) -> None:
    """Show a page to browse."""
    reply = browse(deps(interaction).library.current, group, page, spoken(interaction))
    await _turn(interaction, reply, "browse", "offered")


async def _turn(interaction: Interaction, reply: Reply, command: str, outcome: Outcome) -> None:
    """Show a list in place of the one before; never in place of help, or of an answer with text of its own."""
    message = interaction.message
    if message is not None and message.flags.ephemeral and not message.content and len(message.embeds) == 1:
        await log_use(interaction, command, outcome)
        await interaction.response.edit_message(**edited(reply))
    else:
        await answer(interaction, reply, command=command, outcome=outcome)


@app_commands.command(name=locale_str("browse"), description=locale_str("Look around, by kind and topic"))
async def browse_(interaction: Interaction) -> None:
    """Show what there is, by kind and topic."""
    reply = browse(deps(interaction).library.current, "", 0, spoken(interaction))
    await answer(interaction, reply, command="browse", outcome="offered", visible=True)


@app_commands.command(name=locale_str("compare"), description=locale_str("Two entries side by side"))
@app_commands.rename(first=locale_str("first"), second=locale_str("second"))
@app_commands.describe(
    first=locale_str("Type three letters and pick, for example Keytruda"),
    second=locale_str("Type three letters and pick, for example Opdivo"),
)
async def compare(interaction: Interaction, first: str, second: str) -> None:
    """Show two entries field by field; where a name isn't exact, offer what it may be, as /define does."""
    snapshot, lang = deps(interaction).library.current, spoken(interaction)
    outcome: Outcome = "served"
    reply: Reply | None = None
    ids: list[str] = []
    for text in (first, second):
        found_ids = snapshot.index.exact(text)
        if len(found_ids) == 1 and not snapshot.under_review(text):
            ids.append(found_ids[0])
        elif reply is None:
            reply, outcome = not_one(snapshot, found_ids, text, lang)
    if reply is None and ids[0] == ids[1] and not any(snapshot.index.danger(text) for text in (first, second)):
        await answer_card(interaction, ids[0], command="compare", visible=True)
        return
    if reply is None and ids[0] == ids[1]:
        reply = card(snapshot, ids[0], lang, where(interaction))
    if reply is None:
        one, other = (snapshot.entry(i, lang.code) for i in ids)
        assert one is not None
        assert other is not None
        reply = compared(snapshot, one, other, lang)
    await _answer(interaction, reply, first, second, command="compare", outcome=outcome, visible=outcome == "served")


@compare.autocomplete("first")
@compare.autocomplete("second")
async def _complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    return await suggest(interaction, current, None)


async def explain(interaction: Interaction, message: Message) -> None:
    """Show the terms of a message, to the one who asks alone."""
    # discord.py's Message lacks what a forwarded message embeds: what Discord sent has it.
    data: dict[str, Any] = dict(interaction.data or {})
    sent = data.get("resolved", {}).get("messages", {}).get(str(message.id), {})
    text = "\n".join(filter(None, texts_in(sent)))
    snapshot = deps(interaction).library.current
    names = snapshot.index.named_in(text, MOST_NAMED)
    outcome: Outcome = "offered" if names else "nothing"
    await _answer(interaction, explained(snapshot, names, spoken(interaction)), text, command="explain", outcome=outcome)


def commands() -> list[app_commands.Command[Any, ..., None] | app_commands.ContextMenu]:
    """Return the three commands and the message menu."""
    menu = app_commands.ContextMenu(name=locale_str("Explain terms"), callback=explain)
    return [search, browse_, compare, menu]
