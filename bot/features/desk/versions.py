"""What moderators read of versions: what was changed, by whom, and how it is undone."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.features.cards.parts import some
from bot.features.desk.files import diff_block, in_press, shown_file
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Embed, Item, Message, Option, Select, Style
from bot.interactions.text import cleaned, typed_whole
from bot.knowledge.rewrite import is_withdrawn
from bot.language import _, long_day
from bot.publishing.publish import is_entry, stays_down
from bot.publishing.review import diff
from bot.store.history import Version

VERSIONS = 8
"""Versions shown at once."""


def action_name(version: Version) -> str:
    """Return what was done, as it is read after a name."""
    return {
        "publish": _("published"),
        "roll back": _("rolled back"),
        "withdraw": _("withdrawn"),
        "keep mine": _("kept, although a newer one came with the bot"),
        "take theirs": _("given up for the one that came with the bot"),
        "editor": _("changed in an editor"),
        "restore": _("put back from a backup"),
    }[version.action]


def _who_name(version: Version) -> str:
    """Return who changed a file, and who agreed: mentions that ping nobody."""
    if version.who:
        second = " + " + f"<@{version.second}>" if version.second else ""
        return f"<@{version.who}>{second}"
    return {"editor": _("an editor"), "restore": _("the operator")}.get(version.action) or _("someone")


def published(versions: Sequence[Version], *, live: bool = True) -> Message:
    """Return what was just changed, with one press to undo it.

    `live` false says that other files have errors, so that members don't see it yet.
    """
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
    return Message(f"{text.format(names=named(versions))} {seen}", rows=(_undo(versions),))


def _put_it_back(file: str) -> Button:
    return Button(_("Put it back"), join("modshow", in_press(file)))


def named(versions: Sequence[Version]) -> str:
    """Return the files of a change by name, the first few."""
    return named_files([version.file for version in versions])


def named_files(files: Iterable[str]) -> str:
    """Return files by name, the first few."""
    return some([f"`{shown_file(file)}`" for file in files], 10)


def under_review_already(file: str) -> Message:
    """Return that an entry is taken down already, with one press to put it back."""
    return Message(_("It is under review already."), rows=((_put_it_back(file),),))


def notice(versions: Sequence[Version]) -> Message:
    """Return what the moderators' channel reads of a change, with one press to undo it."""
    done = versions[0]
    text = _("{names}: {action} by {who}.", names=named(versions), action=action_name(done), who=_who_name(done))
    if why := _reason(done):
        text += " " + _("Why: {why}", why=why)
    if down := [version for version in versions if stays_down(version)]:
        kept = _("{names} stays under review although its file was deleted; `/knowledge rollback` puts it back.")
        text += " " + kept.format(names=named(down))
    return Message(text, rows=((*_undo(versions), Button(_("All that waits"), join("moddesk"))),))


def _undo(versions: Sequence[Version]) -> tuple[Item, ...]:
    """Return one press to undo a change, of however many files."""
    done = versions[0]
    hidden = len(versions) == 1 and is_withdrawn(done.after)
    undo = Button(_("Undo this"), join("modundo", in_press(done.file), str(done.number)))
    back = (_put_it_back(done.file),) if hidden else ()
    return back if hidden and done.action == "withdraw" else (*back, undo)


def _reason(version: Version, most: int = 300) -> str:
    """Return why a file was changed, as it can be shown."""
    if version.action == "roll back":
        number = version.why.lstrip("#")
        text = _("back to version {number}") if number != "0" else _("back to what was there before")
        return text.format(number=number) if number else ""
    return typed_whole(version.why, most)


def _when(version: Version) -> str:
    return f"{long_day(datetime.fromtimestamp(version.at, UTC).date())} (<t:{version.at}:R>)"


def history_of(file: str, versions: Sequence[Version], *, latest: bool = True) -> Message:
    """Return the versions of a file, the latest first, each a pick away; `latest` says that none is newer than these."""
    if not versions:
        text = _("This was never changed: it stands as it came with the bot.")
        return Message(embeds=(Embed(shown_file(file), text),))
    embed = Embed(shown_file(file), "\n".join(_version_line(version) for version in versions[:VERSIONS]))
    options = [
        Option(
            _("Version {number}", number=v.number),
            str(v.number),
            f"{action_name(v)}: {cleaned(v.why)}" if v.why else action_name(v),
        )
        for v in versions[:VERSIONS]
    ]
    more = len(versions) > VERSIONS
    if not more:
        options.append(Option(_("Before all changes"), "0"))
    pick = Select(join("modversion", in_press(file)), _("Look at a version"), tuple(options))
    row = []
    if not latest:
        row.append(Button(_("Latest"), join("modolder", in_press(file))))
    if more:
        row.append(Button(_("Older"), join("modolder", in_press(file), str(versions[VERSIONS - 1].number))))
    return Message(embeds=(embed,), rows=((pick,), tuple(row)))


def _version_line(version: Version, *, with_file: bool = False) -> str:
    why = _reason(version, 160 if with_file else 300)
    head = f"`{shown_file(version.file)}` #{version.number}" if with_file else f"**#{version.number}**"
    who = _who_name(version)
    return f"{head} · {action_name(version)} · {who} · {_when(version)}" + (f"\n  {why}" if why else "")


def recent(versions: Sequence[Version]) -> Message:
    """Return the latest changes of all files."""
    lines = [_version_line(version, with_file=True) for version in versions]
    return Message(embeds=(Embed(_("Latest changes"), "\n".join(lines) or _("Nothing was changed yet.")),))


def version_shown(version: Version) -> Message:
    """Return what a version changed, and one press to put it in force again."""
    if version.number:
        text = f"{_version_line(version)}\n{diff_block(diff(version.before, version.after))}"
    else:
        text = _("What was there before all changes.") if version.after else _("There was no such entry then.")
    back = join("modback", in_press(version.file), str(version.number))
    row = (Button(_("Roll back to this"), back, Style.DANGER),)
    return Message(embeds=(Embed(f"{shown_file(version.file)} #{version.number}", text),), rows=(row,))


def before_and_after(versions: Iterable[Version]) -> dict[str, str]:
    """Return the texts before and after a change of one file, by the name of the file to attach."""
    found = {}
    for version in versions:
        name = version.file.replace("/", "-").removesuffix(".yaml")
        for when, text in (("before", version.before), ("after", version.after)):
            if text is not None:
                found[f"{name}.{when}.yaml"] = text
    return found
