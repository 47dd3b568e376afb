"""/knowledge reports, suggestions, gaps and due: what waits for the moderators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken
from bot.commands.respond import answer, edited, in_time, log_use
from bot.knowledge.due import Due, due
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies import queues as shown
from bot.replies.buttons import Press
from bot.replies.reply import Reply
from bot.replies.text import typed
from bot.settings import Knowledge
from bot.store import gaps, queues
from bot.store.usage import Store

CHUNK = 100
"""Missing names read at once, until there are enough that no entry has."""


@app_commands.command(name=locale_str("reports"), description=locale_str("Mistakes that members reported"))
async def reports(interaction: Interaction) -> None:
    """Show the oldest open report."""
    await _messages(interaction, "report", 0)


@app_commands.command(name=locale_str("suggestions"), description=locale_str("What members suggested"))
async def suggestions(interaction: Interaction) -> None:
    """Show the oldest open suggestion."""
    await _messages(interaction, "suggestion", 0)


@app_commands.command(
    name=locale_str("gaps"), description=locale_str("Names that members asked for and nobody has an entry for")
)
async def gaps_(interaction: Interaction) -> None:
    """Show the names that are missed most."""
    await _gaps(interaction, None)


@app_commands.command(name=locale_str("due"), description=locale_str("Entries to check against their sources again"))
async def due_(interaction: Interaction) -> None:
    """Show the entries that have been due the longest."""
    await _due(interaction, 0)


async def pressed(interaction: Interaction, press: Press) -> bool:
    """Answer a moderator's press on a list; False where there is no such press."""
    match press:
        case Press("modqgaps", place):
            await _gaps(interaction, shown.placed(place))
        case Press("modqgapsback", place):
            await _gaps(interaction, shown.placed(place), before=True)
        case Press("modqdismiss", name, place):
            await _dismiss(interaction, name, place, dismissed=True)
        case Press("modqrestore", name, place):
            await _dismiss(interaction, name, place, dismissed=False)
        case Press("modqdue", page):
            await _due(interaction, int(page))
        case Press(action, "report" | "suggestion" as kind, second):
            return await _pressed_message(interaction, action, kind, second)
        case _:
            return False
    return True


async def _pressed_message(interaction: Interaction, action: str, kind: queues.Kind, second: str) -> bool:
    number, _, rest = second.partition("-")
    at = int(number)
    match action:
        case "modqat":
            await _messages(interaction, kind, at)
        case "modqnext":
            await _messages(interaction, kind, at, "next")
        case "modqback":
            await _messages(interaction, kind, at, "back")
        case "modqdone":
            await _settle(interaction, kind, at, "done")
        case "modqdecline":
            await _settle(interaction, kind, at, "declined")
        case "modqundo":
            await _settle(interaction, kind, at, "open")
        case "modqblock":
            await _messages(interaction, kind, at, asking=True)
        case "modqblocknow":
            await _block(interaction, kind, at)
        case "modqblocks":
            await _blocks(interaction, kind, at)
        case "modqunblock":
            await _unblock(interaction, kind, at, rest)
        case _:
            return False
    return True


def _is_new(interaction: Interaction) -> bool:
    """Say whether the answer is a message of its own: to a command, or to a press on a notice that everyone there sees."""
    return interaction.message is None or not interaction.message.flags.ephemeral


async def _show(interaction: Interaction, reply: Reply) -> None:
    await log_use(interaction, "knowledge", "served")
    await interaction.edit_original_response(**edited(reply))


async def _messages(
    interaction: Interaction, kind: queues.Kind, number: int, step: queues.Step = "at", *, asking: bool = False
) -> None:
    async with in_time(interaction, new=_is_new(interaction)):
        await _show(interaction, await _page(interaction, kind, number, step, asking=asking))


async def _page(
    interaction: Interaction, kind: queues.Kind, number: int, step: queues.Step = "at", *, note: str = "", undo: int = 0,
    asking: bool = False,
) -> Reply:  # fmt: skip
    """Return the open message that is meant, with what was just done."""
    store, lang, snapshot = deps(interaction).store, spoken(interaction), deps(interaction).library.current
    found = await queues.beside(store, kind, number, step)
    any_blocked = bool((await queues.blocks(store))[0])
    if found is None:
        return shown.none_open(kind, lang, note=note, undo=undo, any_blocked=any_blocked)
    if asking and found.number != number:
        asking, note = False, shown.settled_before(await queues.find(store, number), lang)
    elif asking and not await queues.is_recognized(store, number):
        asking, note = False, _unrecognized(lang)
    entry = snapshot.entry(found.entry, lang.code) or snapshot.withdrawn.get(found.entry)
    place = await queues.place(store, kind, found.number)
    return shown.open_message(
        found, place, entry, lang, note=note, undo=undo, any_blocked=any_blocked, asking=asking and not found.blocked
    )


async def _settle(interaction: Interaction, kind: queues.Kind, number: int, state: queues.State) -> None:
    """Mark a message and show the next one; of two who press at once, the second is told."""
    store, lang = deps(interaction).store, spoken(interaction)
    async with in_time(interaction, new=_is_new(interaction)):
        if await queues.settle(store, number, state):
            note, undo = shown.settled(state, lang), 0 if state == "open" else number
        else:
            note, undo = shown.settled_before(await queues.find(store, number), lang), 0
        await _show(interaction, await _page(interaction, kind, number, note=note, undo=undo))


async def _block(interaction: Interaction, kind: queues.Kind, number: int) -> None:
    store, lang = deps(interaction).store, spoken(interaction)
    _ = lang.gettext
    async with in_time(interaction, new=_is_new(interaction)):
        if not await queues.is_recognized(store, number):
            note = _unrecognized(lang)
        elif await queues.block(store, number):
            note = _("Blocked. Unblock takes it back.")
        else:
            note = shown.settled_before(None, lang)
        await _show(interaction, await _page(interaction, kind, number, note=note))


def _unrecognized(lang: Language) -> str:
    _ = lang.gettext
    return _(
        "This sender can't be recognized any more: the message is older than the change of the key that the hashes of "
        "senders are made with. Nobody was blocked."
    )


async def _blocks(interaction: Interaction, kind: queues.Kind, before: int) -> None:
    async with in_time(interaction, new=_is_new(interaction)):
        found, more = await queues.blocks(deps(interaction).store, before)
        await _show(interaction, shown.blocked_senders(found, kind, more, spoken(interaction)))


async def _unblock(interaction: Interaction, kind: queues.Kind, block: int, back_to: str) -> None:
    """Take messages from a sender again, and show what was shown before."""
    store, lang = deps(interaction).store, spoken(interaction)
    _ = lang.gettext
    async with in_time(interaction, new=_is_new(interaction)):
        undone = await queues.unblock(store, block)
        note = _("Unblocked: messages are taken from them again.") if undone else _("They are not blocked any more.")
        if back_to == "list":
            found, more = await queues.blocks(store)
            reply = shown.blocked_senders(found, kind, more, lang, note=note)
        else:
            reply = await _page(interaction, kind, int(back_to), note=note)
        await _show(interaction, reply)


async def _gaps(interaction: Interaction, place: tuple[int, str] | None, *, before: bool = False) -> None:
    async with in_time(interaction, new=_is_new(interaction)):
        await _show(interaction, await _gaps_page(interaction, place, before=before))


async def _gaps_page(
    interaction: Interaction,
    place: tuple[int, str] | None,
    *,
    before: bool = False,
    note: str = "",
    undo: Press | None = None,
) -> Reply:
    """Return the page of missing names that begins here, or the one that ends before."""
    store, snapshot = deps(interaction).store, deps(interaction).library.current
    if before and place is not None:
        earlier = await _missing(store, snapshot, place, shown.GAPS, before=True)
        place = (earlier[0].people, earlier[0].name) if earlier else None
    found = await _missing(store, snapshot, place, shown.GAPS + 1)
    if not found and place is not None:  # all that were here have gone
        earlier = await _missing(store, snapshot, place, shown.GAPS, before=True)
        found, place = earlier, (earlier[0].people, earlier[0].name) if earlier else None
    more_before = place is not None and bool(await _missing(store, snapshot, place, 1, before=True))
    after = found[shown.GAPS] if len(found) > shown.GAPS else None
    return shown.gaps(found[: shown.GAPS], spoken(interaction), before=more_before, after=after, note=note, undo=undo)


async def _missing(
    store: Store, snapshot: Snapshot, place: tuple[int, str] | None, most: int, *, before: bool = False
) -> list[gaps.Gap]:
    """Return so many names that are still missing: those that an entry has by now are passed over."""
    found: list[gaps.Gap] = []
    while True:
        rows = await gaps.missed(store, place, CHUNK, before=before)
        still = [gap for gap in rows if not snapshot.index.exact(gap.text) and not snapshot.under_review(gap.text)]
        found = still + found if before else found + still
        if len(rows) < CHUNK or len(found) >= most:
            return found[-most:] if before else found[:most]
        edge = rows[0] if before else rows[-1]
        # Onwards from the row after the last one: no hash is between its own and that with a sign more.
        place = (edge.people, edge.name if before else edge.name + "-")


async def _dismiss(interaction: Interaction, name: str, place: str, *, dismissed: bool) -> None:
    lang = spoken(interaction)
    _ = lang.gettext
    async with in_time(interaction, new=_is_new(interaction)):
        text = await gaps.dismiss(deps(interaction).store, name, dismissed=dismissed)
        if text is None:
            note = _("Someone else was faster.")
        elif dismissed:
            note = _("“{name}” is dismissed for good.").format(name=typed(text))
        else:
            note = _("“{name}” is back in the list.").format(name=typed(text))
        undo = Press("modqrestore", name, place) if dismissed and text is not None else None
        await _show(interaction, await _gaps_page(interaction, shown.placed(place), note=note, undo=undo))


async def _due(interaction: Interaction, page: int) -> None:
    snapshot, lang = deps(interaction).library.current, spoken(interaction)
    found = _due_now(snapshot, deps(interaction).config.knowledge)
    reply = shown.due_list(snapshot, found, page, lang)
    if _is_new(interaction):
        await answer(interaction, reply, command="knowledge")
    else:
        await log_use(interaction, "knowledge", "served")
        await interaction.response.edit_message(**edited(reply))


def _due_now(snapshot: Snapshot, settings: Knowledge) -> list[Due]:
    """Return what is due today, worked out once for each version of the knowledge and day."""
    today = datetime.now(UTC).date()
    key = ("due", today)
    if key not in snapshot.memo:
        snapshot.memo[key] = due(
            snapshot.entries.values(),
            today,
            months=settings.due_months,
            months_medicines=settings.due_months_medicines,
            soon_days=settings.due_soon_days,
        )
    found: list[Due] = snapshot.memo[key]
    return found


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the subcommands."""
    return [reports, suggestions, gaps_, due_]
