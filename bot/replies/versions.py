"""What moderators read of versions: what was changed, by whom, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import discord

from bot.knowledge.rewrite import is_withdrawn
from bot.language import Language
from bot.moderation.folders import digest
from bot.moderation.publish import is_entry, stays_down
from bot.moderation.review import diff
from bot.replies.buttons import Press, button
from bot.replies.keeping import COLOUR, bold, diff_block, entry_id, file_code, shown_file
from bot.replies.reply import Item, Reply
from bot.replies.text import cleaned, typed_whole
from bot.store.history import Version

VERSIONS = 8
"""Versions shown at once."""


def action_name(version: Version, lang: Language) -> str:
    """Return what was done, as it is read after a name."""
    _ = lang.gettext
    return {
        "publish": _("published"),
        "roll back": _("rolled back"),
        "withdraw": _("withdrawn"),
        "keep mine": _("kept, although a newer one came with the bot"),
        "take theirs": _("given up for the one that came with the bot"),
        "editor": _("changed in an editor"),
    }[version.action]


def who_name(version: Version, lang: Language) -> str:
    """Return who changed a file: a mention that pings nobody."""
    _ = lang.gettext
    if version.who:
        return f"<@{version.who}>"
    return _("an editor") if version.action == "editor" else _("someone")


def published(versions: Sequence[Version], lang: Language, undo: str = "", *, live: bool = True) -> Reply:
    """Return what was just changed, with one press to undo it: of many files, by the proposal `undo`.

    `live` false says that other files have errors, so that members don't see it yet.
    """
    _ = lang.gettext
    done = versions[0]
    hidden = len(versions) == 1 and is_withdrawn(done.after)
    seen = _("Members see it now.")
    if hidden:
        seen = _("Whoever asks for it reads that it is under review.")
    elif len(versions) == 1 and done.after is None:
        seen = _("Members no longer find it.") if is_entry(done.file) else _("Members see it in English.")
    if not live and not hidden:
        seen = _("Other files have errors, so members see it once those are mended too: `/knowledge status`.")
    text = {
        "withdraw": _("Taken down: {names}."),
        "roll back": _("Rolled back: {names}."),
        "keep mine": _("Kept as it is: {names}."),
        "take theirs": _("Replaced by the one that came with the bot: {names}."),
    }.get(done.action, _("Published: {names}."))
    row: list[Item] = []
    if hidden:
        row.append(button(_("Put it back"), Press("modshow", entry_id(done.file), file_code(done.file))))
    if len(versions) == 1 and done.action != "withdraw":
        row.append(button(_("Undo this"), Press("modundo", entry_id(done.file), f"{file_code(done.file)}-{done.number}")))
    elif undo:
        row.append(button(_("Undo this"), Press("modundoall", undo)))
    return Reply(content=f"{text.format(names=named(versions, lang))} {seen}", rows=(tuple(row),) if row else ())


def named(versions: Sequence[Version], lang: Language) -> str:
    """Return the files of a change by name, the first few."""
    names = ", ".join(f"`{shown_file(version.file)}`" for version in versions[:10])
    if (more := len(versions) - 10) > 0:
        names += " " + lang.ngettext("and {n} more", "and {n} more", more).format(n=more)
    return names


def under_review_already(file: str, lang: Language) -> Reply:
    """Return that an entry is taken down already, with one press to put it back."""
    _ = lang.gettext
    row = (button(_("Put it back"), Press("modshow", entry_id(file), file_code(file))),)
    return Reply(content=_("It is under review already."), rows=(row,))


def rolling_back(file: str, number: int) -> Press:
    """Return the press that puts a version in force again."""
    return Press("modback", entry_id(file), f"{file_code(file)}-{number}")


def notice(versions: Sequence[Version], lang: Language) -> Reply:
    """Return what the moderators' channel reads of a change."""
    _ = lang.gettext
    done = versions[0]
    text = _("{names}: {action} by {who}.").format(
        names=named(versions, lang), action=action_name(done, lang), who=who_name(done, lang)
    )
    if why := reason(done, lang):
        text += " " + _("Why: {why}").format(why=why)
    if down := [version for version in versions if stays_down(version)]:
        kept = _("{names} stays under review although its file was deleted; `/knowledge rollback` puts it back.")
        text += " " + kept.format(names=named(down, lang))
    return Reply(content=text)


def reason(version: Version, lang: Language, most: int = 300) -> str:
    """Return why a file was changed, as it can be shown."""
    if version.action == "roll back":
        number = version.why.lstrip("#")
        text = lang.gettext("back to version {number}") if number != "0" else lang.gettext("back to what was there before")
        return text.format(number=number) if number else ""
    return typed_whole(version.why, most)


def _when(version: Version, lang: Language) -> str:
    return f"{lang.day(datetime.fromtimestamp(version.at, UTC).date())} (<t:{version.at}:R>)"


def history(file: str, versions: Sequence[Version], lang: Language, *, latest: bool = True) -> Reply:
    """Return the versions of a file, the latest first, each a pick away; `latest` says that none is newer than these."""
    _ = lang.gettext
    embed = discord.Embed(title=shown_file(file), colour=COLOUR)
    if not versions:
        embed.description = _("This was never changed: it stands as it came with the bot.")
        return Reply(embeds=(embed,))
    embed.description = "\n".join(_version_line(version, lang) for version in versions[:VERSIONS])
    options = [
        discord.SelectOption(label=_("Version {number}").format(number=v.number), value=str(v.number),
                             description=f"{action_name(v, lang)}: {cleaned(v.why)}" if v.why else action_name(v, lang))
        for v in versions[:VERSIONS]
    ]  # fmt: skip
    rows: list[tuple[Item, ...]] = []
    more = len(versions) > VERSIONS
    if not more:
        options.append(discord.SelectOption(label=_("Before all changes"), value="0"))
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=str(Press("modversion", entry_id(file), file_code(file))),
        placeholder=_("Look at a version"),
        options=options,
    )
    rows.append((select,))
    older = Press("modolder", entry_id(file), f"{file_code(file)}-{versions[VERSIONS - 1].number}") if more else None
    newest = None if latest else Press("modolder", entry_id(file), file_code(file))
    row = ((_("Latest"), newest), (_("Older"), older))
    rows.append(tuple(button(label, press) for label, press in row if press))
    return Reply(embeds=(embed,), rows=tuple(row for row in rows if row))


def _version_line(version: Version, lang: Language, *, with_file: bool = False) -> str:
    why = reason(version, lang, 160 if with_file else 300)
    head = f"`{shown_file(version.file)}` #{version.number}" if with_file else f"**#{version.number}**"
    who = who_name(version, lang)
    return f"{head} · {action_name(version, lang)} · {who} · {_when(version, lang)}" + (f"\n  {why}" if why else "")


def recent(versions: Sequence[Version], lang: Language) -> Reply:
    """Return the latest changes of all files."""
    _ = lang.gettext
    embed = discord.Embed(title=_("Latest changes"), colour=COLOUR)
    lines = [_version_line(version, lang, with_file=True) for version in versions]
    embed.description = "\n".join(lines) or _("Nothing was changed yet.")
    return Reply(embeds=(embed,))


def version_shown(version: Version, lang: Language) -> Reply:
    """Return what a version changed, and one press to put it in force again."""
    _ = lang.gettext
    embed = discord.Embed(title=f"{shown_file(version.file)} #{version.number}", colour=COLOUR)
    if version.number:
        embed.description = f"{_version_line(version, lang)}\n{diff_block(diff(version.before, version.after), lang)}"
    else:
        embed.description = _("What was there before all changes.") if version.after else _("There was no such entry then.")
    label = _("Roll back to this")
    row = (button(label, rolling_back(version.file, version.number), style=discord.ButtonStyle.danger),)
    return Reply(embeds=(embed,), rows=(row,))


def upgrades(found: Sequence[tuple[str, str | None, str | None, str | None]], lang: Language) -> Reply:
    """Return the first changed file whose shipped version is newer, with both diffs: (file, based on, mine, theirs)."""
    _ = lang.gettext
    if not found:
        return Reply(content=_("No changed entry is behind what came with the bot."))
    file, based_on, mine, theirs = found[0]
    embed = discord.Embed(title=shown_file(file), colour=COLOUR)
    if based_on is None:
        parts = [bold(_("From yours to the one that came with the bot")), diff_block(diff(mine, theirs), lang)]
    else:
        parts = [
            bold(_("What you changed")), diff_block(diff(based_on, mine), lang, 900),
            bold(_("What the newer one changed")), diff_block(diff(based_on, theirs), lang, 900),
        ]  # fmt: skip
    embed.description = "\n".join(parts)
    first = lang.ngettext(
        "{n} changed entry has a newer version that came with the bot. Members see yours until you choose.",
        "{n} changed entries have newer versions that came with the bot. Members see yours until you choose. The first:",
        len(found),
    ).format(n=len(found))
    second = f"{file_code(file)}-{both(mine, theirs)}"
    row = (
        button(_("Keep mine"), Press("modmine", entry_id(file), second)),
        button(_("Take theirs"), Press("modtheirs", entry_id(file), second)),
    )
    return Reply(content=first, embeds=(embed,), rows=(row,))


def both(mine: str | None, theirs: str | None) -> str:
    """Return what tells the two texts that were chosen between from any others."""
    return digest(f"{mine}\0{theirs}")


def before_and_after(versions: Iterable[Version]) -> dict[str, str]:
    """Return the texts before and after a change of one file, by the name of the file to attach."""
    found = {}
    for version in versions:
        name = version.file.replace("/", "-").removesuffix(".yaml")
        for when, text in (("before", version.before), ("after", version.after)):
            if text is not None:
                found[f"{name}.{when}.yaml"] = text
    return found
