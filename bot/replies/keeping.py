"""What moderators read of the knowledge: what is wrong with it, what a change would do, and what is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import discord

from bot.knowledge.kinds import ENTRY_TYPES, Kind
from bot.knowledge.library import Snapshot
from bot.language import Language, language
from bot.moderation.publish import Change, is_entry
from bot.moderation.review import Remark, Review, diff
from bot.replies.buttons import Press, button
from bot.replies.card import Where, card, tabs
from bot.replies.reply import OPTIONS, Item, Reply, fit, size
from bot.strict_yaml import Problem

PROBLEMS = 8
"""Problems shown in a message; more are in the file beside it."""

PROBLEMS_FILE = 500
"""Problems in that file."""

DIFF_FILE = 1_000_000
"""Bytes of the file with a diff."""

DIFF = 1500
"""Characters of a diff shown in a message; all of it is in the file beside it."""


COLOUR = 0x3B7DD8
WRONG = 0xC0392B
_GOOD = 0x2E8B6F
_INSIDE_ENTRY = re.compile(r"(?:es/)?[a-z]+/[^/]+$")
_INSIDE = re.compile(rf"(?<![^/])(?:es/)?(?:(?:{'|'.join(cls.folder for cls in ENTRY_TYPES)})/[^/]+|disclaimers\.yaml)$")


def shown_file(file: str) -> str:
    """Return a file's name as moderators know it: inside the knowledge folder."""
    found = _INSIDE.search(file)
    return found[0] if found else file.rsplit("/", 1)[-1]


def entry_id(file: str) -> str:
    """Return the id of the entry that a file is about."""
    return file.rsplit("/", 1)[-1].removesuffix(".yaml")


def problem_line(problem: Problem, lang: Language) -> str:
    """Return a problem as a moderator reads it."""
    where = lang.gettext("{file}, line {line}").format(file=shown_file(problem.file), line=problem.line)
    # What stands in a file is quoted in these: it must neither open a block of code nor make a link.
    text = f"{problem.what}; {problem.todo}.".replace("```", "ʼʼʼ").replace("](", "] (")
    return f"• **{discord.utils.escape_markdown(where)}**: {text}"


def problems(found: Sequence[Problem], first: str, lang: Language) -> Reply:
    """Return problems after a sentence; the first few, and how many more."""
    _ = lang.gettext
    lines = [fit(problem_line(problem, lang), 350) for problem in found[:PROBLEMS]]
    if (more := len(found) - PROBLEMS) > 0:
        lines.append(lang.ngettext("and {n} more, in the file", "and {n} more, in the file", more).format(n=more))
    embed = discord.Embed(description="\n".join(lines), colour=WRONG)
    return Reply(content=first, embeds=(embed,) if lines else ())


def problems_file(found: Sequence[Problem]) -> str:
    """Return the first problems, a line each, and how many more there are."""
    lines = [f"{shown_file(p.file)}:{p.line}: {p.what}; {p.todo}\n" for p in found[:PROBLEMS_FILE]]
    more = len(found) - PROBLEMS_FILE
    return "".join(lines) + (f"and {more} more\n" if more > 0 else "")


def whole_diff(changes: Mapping[str, Change]) -> str:
    """Return all that changes, file by file; where that is too much for a file, its beginning, whole lines."""
    whole = "\n\n".join(f"{file}\n{diff(change.before, change.after)}" for file, change in changes.items())
    data = whole.encode()
    if len(data) <= DIFF_FILE:
        return whole
    return data[: DIFF_FILE - 4].decode(errors="ignore").rpartition("\n")[0] + "\n…"


def bold(text: str) -> str:
    """Return a text in bold."""
    return f"**{text}**"


def diff_block(text: str, lang: Language, most: int = DIFF) -> str:
    """Return a diff in a block of code, cut at a line to at most so many units and the block's own."""
    if not text:
        return lang.gettext("(nothing that is shown)")
    text = text.replace("```", "ʼʼʼ")
    if size(text) > most:
        kept = text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
        text = (kept.rpartition("\n")[0] or kept) + "\n…"
    return f"```diff\n{text}\n```"


def reviewed(found: Review, proposal: str, lang: Language, where: Where, *, form: bool) -> Reply:
    """Return a change before it is published: what is wrong, or what may be, the diff, the card, and Publish.

    `form` offers to change it in the form again. Without a proposal, it was not kept, and nothing is offered.
    """
    _ = lang.gettext
    again = (button(_("Change it again"), Press("modagain", proposal)),) if form else ()
    as_file = button(_("As a file"), Press("modfile", proposal))
    if found.problems and not found.elsewhere:
        first = _("Nothing was changed yet. This needs mending first:")
        reply = problems(found.problems, first, lang)
        return Reply(content=reply.content, embeds=reply.embeds, rows=((*again, as_file),) if proposal else ())
    files = list(found.changes)
    new = sum(change.before is None for change in found.changes.values())
    embed = discord.Embed(title=_("Ready to publish"), colour=COLOUR)
    told = lang.ngettext("{n} file", "{n} files", len(files)).format(n=len(files))
    if len(files) > 1:
        told += " " + _("({new} new, {changed} changed)").format(new=new, changed=len(files) - new)
    else:
        told = shown_file(files[0]) + (" " + _("(new)") if new else "")
    text = diff_block(whole_diff(found.changes) if len(files) > 1 else diff(*_texts(found.changes[files[0]])), lang)
    remarks = [f"⚠ {line}" for line in remarks_of(found, lang)[:PROBLEMS]]
    if (more := len(found.remarks) - PROBLEMS) > 0:
        remarks.append(lang.ngettext("and {n} more, in the file", "and {n} more, in the file", more).format(n=more))
    embed.description = "\n".join([f"**{told}**", *remarks, text])
    embeds = [embed]
    rows: list[tuple[Item, ...]] = [
        (
            button(_("Publish"), Press("modpublish", proposal), style=discord.ButtonStyle.success),
            *again,
            as_file,
            button(_("Throw away"), Press("moddrop", proposal)),
        )
    ]
    if found.elsewhere:
        embeds += problems(found.problems, "", lang).embeds
        content = _("The change. Other files have errors, below; members see it once those are mended too.")
    elif len(files) == 1:
        shown = previewed(found.snapshot, files[0], where) if found.snapshot else Reply()
        embeds += shown.embeds[:1]
        content = _("The change, then the card as members will see it. Nothing is changed until you publish.")
        if shown.content:
            content += "\n" + shown.content
        if len(shown.embeds) > 1:
            rows.append((button(_("See the whole card"), Press("modpreview", proposal)),))
    else:
        content = _("The change; pick an entry to see its card. Nothing is changed until you publish.")
        rows.append(_pick_preview(files, proposal, lang))
    return Reply(content=content, embeds=tuple(embeds), rows=tuple(rows))


def _texts(change: Change) -> tuple[str | None, str | None]:
    return change.before, change.after


def _pick_preview(files: Sequence[str], proposal: str, lang: Language) -> tuple[Item, ...]:
    _ = lang.gettext
    options = [discord.SelectOption(label=file, value=file) for file in files[:OPTIONS]]
    placeholder = _("See a card")
    if len(files) > OPTIONS:
        placeholder = _("See a card (one of the first {n})").format(n=OPTIONS)
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=str(Press("modpreview", proposal)), placeholder=placeholder, options=options
    )
    return (select,)


def remarks_of(found: Review, lang: Language) -> list[str]:
    """Return what a moderator should look at, a sentence each; with the file where there are several."""
    if len(found.changes) == 1:
        return [_remark(each, lang) for each in found.remarks]
    return [f"{shown_file(each.file)}: {_remark(each, lang)}" for each in found.remarks]


def _remark(found: Remark, lang: Language) -> str:
    _ = lang.gettext
    what = f"`{fit(found.what.replace('`', 'ʼ'), 120)}`"
    return {
        "name gone": _("Members who type this will no longer find it: {what}."),
        "source gone": _("This source is no longer named: {what}."),
        "dose": _("This looks like a dose: {what}. The bot tells no doses."),
        "advice": _("This reads like advice to take or stop a medicine: {what}. The bot gives none."),
        "translation behind": _("The Spanish text still says what the old one said: change it too, with language Español."),
        "shown again": _("It is under review; publishing shows it again."),
    }[found.doubt].format(what=what)


def previewed(snapshot: Snapshot, file: str, where: Where, code: str = "") -> Reply:
    """Return an entry's card as members will see it, a page each, in this language, by default that of the file.

    Nothing is a press away: that would open what members see now. Of an entry under review, what it would be is shown.
    """
    lang = language(code or ("es" if file.startswith("es/") else "en-US"))
    entry = entry_id(file)
    if not _INSIDE_ENTRY.match(file):
        texts = {**snapshot.disclaimers["en"], **snapshot.disclaimers.get(lang.code, {})}
        description = "\n\n".join(f"**{key}**\n{text}" for key, text in texts.items())
        return Reply(embeds=(discord.Embed(description=description, colour=COLOUR),))
    hidden = entry in snapshot.withdrawn
    if hidden:
        snapshot = replace(snapshot, entries={**snapshot.entries, **snapshot.withdrawn})
    pages = tabs(snapshot.entries[entry], snapshot) if entry in snapshot.entries else ()
    embeds = [embed for page in pages if (shown := card(snapshot, entry, lang, where, page)) for embed in shown.embeds]
    for embed in embeds[1:]:
        embed.remove_author().remove_footer()
    return Reply(
        content=lang.gettext("Members see that this entry is under review.") if hidden else "", embeds=tuple(embeds)
    )


def side_by_side(shown: Sequence[Reply], lang: Language) -> Reply:
    """Return several cards in one message, which publishes nothing."""
    texts = dict.fromkeys(reply.content for reply in shown if reply.content)
    text = "\n".join((lang.gettext("A preview: nothing was changed."), *texts))
    return Reply(content=text, embeds=tuple(embed for reply in shown for embed in reply.embeds))


def changed_meanwhile(
    changes: Mapping[str, Change], now: Mapping[str, tuple[str | None, str | None]], lang: Language
) -> Reply:
    """Return that a file has changed since, with what each of the two changed."""
    _ = lang.gettext
    embeds = []
    shown = list(now.items())[:3]
    most = 2700 // len(shown) // 2 if shown else 0
    for file, (before, there) in shown:
        embed = discord.Embed(title=shown_file(file), colour=WRONG)
        theirs = [bold(_("What someone else changed meanwhile")), diff_block(diff(before, there), lang, most)]
        yours = []
        if file in changes:
            yours = [bold(_("What you changed")), diff_block(diff(before, changes[file].after), lang, most)]
        embed.description = "\n".join((*yours, *theirs))
        embeds.append(embed)
    first = _("Nothing was published: this was changed by someone else while you were at it. Begin anew from what is there.")
    return Reply(content=first, embeds=tuple(embeds))


def file_code(file: str) -> str:
    """Return what tells, beside its id, which file of an entry is meant: its language and folder."""
    parts = file.split("/")
    language, inner = (parts[0], parts[1:]) if parts[0] == "es" else ("en", parts)
    return f"{language}-{inner[0] if len(inner) > 1 else 'all'}"


def file_of(first: str, second: str) -> tuple[str, str]:
    """Return the file that a press is about, and what else it carries: the opposite of `file_code` and its number."""
    language, _, rest = second.partition("-")
    folder, _, number = rest.partition("-")
    inside = f"{first}.yaml" if folder == "all" else f"{folder}/{first}.yaml"
    return (f"es/{inside}" if language == "es" else inside), number


def status(snapshot: Snapshot, found: Sequence[Problem], changed: int | None, outdated: int, lang: Language) -> Reply:
    """Return what is loaded and what is wrong; `changed` is how many files differ, None where changing is off."""
    _ = lang.gettext
    counts = snapshot.counts()
    embed = discord.Embed(title=_("The knowledge"), colour=WRONG if found else _GOOD)
    lines = [
        _("Terms: {terms} · Therapies: {therapies} · Medicines: {medicines} · Conditions: {conditions}").format(
            terms=counts[Kind.TERM],
            therapies=counts[Kind.THERAPY],
            medicines=counts[Kind.MEDICINE],
            conditions=counts[Kind.CONDITION],
        ),
        _("Version {version}, loaded {when}.").format(
            version=snapshot.version, when=f"<t:{int(snapshot.loaded_at.timestamp())}:R>"
        ),
    ]
    if changed is None:
        lines.append(_("Changing it in Discord is turned off (knowledge.changes is none)."))
    elif changed:
        lines.append(lang.ngettext("{n} file is changed here.", "{n} files are changed here.", changed).format(n=changed))
    if snapshot.withdrawn:
        names = ", ".join(entry.name for entry in list(snapshot.withdrawn.values())[:10])
        lines.append(_("Under review: {names}.").format(names=names))
    if outdated:
        text = lang.ngettext(
            "{n} changed entry has a newer version that came with the bot: `/knowledge upgrades`.",
            "{n} changed entries have newer versions that came with the bot: `/knowledge upgrades`.",
            outdated,
        )
        lines.append(text.format(n=outdated))
    embed.description = "\n".join(lines)
    if not found:
        embed.set_footer(text=_("No errors."))
        return Reply(embeds=(embed,))
    first = _("The files have errors, so members still see the last good version.")
    return Reply(content=first, embeds=(embed, *problems(found, "", lang).embeds))


def asks_checked(changes: Iterable[str]) -> bool:
    """Say whether publishing these files asks if they were compared with their sources."""
    return any(is_entry(file) for file in changes)
