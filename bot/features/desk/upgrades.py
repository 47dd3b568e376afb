"""/knowledge upgrades: changed entries of which a newer version came with the bot; keep mine, or take theirs."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot.features.cards.parts import titled
from bot.features.desk.files import diff_block, from_press, in_press, shown_file
from bot.features.desk.versions import published
from bot.features.desk.work import publisher, tell_channel, working
from bot.interactions.answer import Answer
from bot.interactions.commands import knowledge, locale_str
from bot.interactions.message import Button, Embed, Message
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.language import _, ngettext
from bot.publishing.folders import digest
from bot.publishing.review import diff


@press("modupgrades", who=Who.MODERATORS, command="knowledge")
@knowledge(locale_str("upgrades"), locale_str("Changed entries whose shipped version is newer"))
async def show_upgrades(request: Request) -> Answer:
    """Show the first changed entry that is behind, with both diffs."""
    async with working(request):
        return Answer(await _behind(request))


async def _behind(request: Request, first: str = "") -> Message:
    """Return the first changed entry that is behind, below a sentence where there is one."""
    found = publisher(request)
    files = await asyncio.to_thread(found.outdated)
    rows = [
        (file, await found.shipped_before(file), found.folders.text(file), found.folders.shipped_text(file))
        for file in files
    ]
    message = upgrades(rows)
    return replace(message, content=f"{first}\n{message.content}") if first else message


@press("modchoose", who=Who.MODERATORS, command="knowledge")
async def choose(request: Request, name: str, shown: str, whose: Literal["mine", "theirs"]) -> Answer:
    """Choose between two texts, unless either is not what was shown; then show the next."""
    file = from_press(name)
    async with working(request, new=False):
        found = publisher(request)
        outdated = file in await asyncio.to_thread(found.outdated)
        if not outdated or shown != _both(found.folders.text(file), found.folders.shipped_text(file)):
            text = _("This was changed or settled since it was shown, so nothing was done.")
            return Answer(await _behind(request, text), "nothing")
        settle = found.keep_mine if whose == "mine" else found.take_theirs
        made = await settle(file, who=request.user_id)
        told = published(made, live=not request.deps.library.problems)
        return Answer(await _behind(request), below=(told, *await tell_channel(request, made)))


def upgrades(found: Sequence[tuple[str, str | None, str | None, str | None]]) -> Message:
    """Return the first changed file whose shipped version is newer, with both diffs: (file, based on, mine, theirs)."""
    if not found:
        return Message(_("No changed entry is behind what came with the bot."))
    file, based_on, mine, theirs = found[0]
    if based_on is None:
        text = titled(_("From yours to the one that came with the bot"), diff_block(diff(mine, theirs)))
    else:
        text = titled(_("What you changed"), diff_block(diff(based_on, mine), 900))
        text += "\n" + titled(_("What the newer one changed"), diff_block(diff(based_on, theirs), 900))
    first = ngettext(
        "{n} changed entry has a newer version that came with the bot. Members see yours until you choose.",
        "{n} changed entries have newer versions that came with the bot. Members see yours until you choose. The first:",
        len(found),
    )
    which = in_press(file), _both(mine, theirs)
    row = (Button(_("Keep mine"), choose.id(*which, "mine")), Button(_("Take theirs"), choose.id(*which, "theirs")))
    return Message(first, (Embed(shown_file(file), text),), (row,))


def _both(mine: str | None, theirs: str | None) -> str:
    """Return what tells the two texts that were chosen between from any others."""
    return digest(f"{mine}\0{theirs}")
