"""A change before it is published: what is wrong, what was and what would be, and the card as members will see it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from bot.features.cards.card import CardContext
from bot.features.cards.fields import label, labels_by_key
from bot.features.cards.kinds import card_of
from bot.features.cards.parts import titled
from bot.features.desk.fields import field_of, kind_of, lines_of, shown
from bot.features.desk.files import (
    DIFF,
    PROBLEMS,
    attached,
    diff_block,
    entry_id,
    errors_file,
    problems,
    shown_file,
    whole_diff,
)
from bot.features.desk.work import database_away, publisher
from bot.interactions.answer import Answer, Told, defer, say
from bot.interactions.custom_id import join
from bot.interactions.limits import OPTIONS, fit
from bot.interactions.message import Button, Embed, Field, File, Item, Message, Option, Select, Style
from bot.interactions.request import Request
from bot.interactions.routes import Who, press
from bot.interactions.text import escaped
from bot.knowledge.helplines import FILE
from bot.knowledge.kinds.base import Translated, key_of, marked
from bot.knowledge.library import Snapshot
from bot.knowledge.rewrite import value_of
from bot.language import _, language, ngettext, speaking, spoken
from bot.publishing.publish import Change, is_entry
from bot.publishing.review import Review, review
from bot.store import drafts
from bot.store.errors import StoreUnavailable

MOST = 1500
"""Characters of a change in prose; all of it is in the file's diff."""

_OPEN, _SHUT = "\ue000", "\ue001"
"""Stand around changed words until all else is escaped: no text of a file has them."""

_PLAIN = frozenset(("name", "notice", "sign", "brief", "say"))
"""Texts that stand in bold, or within others."""


def in_prose(file: str, change: Change, snapshot: Snapshot) -> str:
    """Return what a change of an entry's file changes, field by field; nothing of what is no entry."""
    cls = kind_of(file)
    if cls is None:
        return ""
    parts, left = list[str](), MOST
    for key in key_of(cls).values():
        before, after = value_of(change.before, key), value_of(change.after, key)
        field = field_of(cls, key, translation=file.startswith("es/"))
        if before == after:
            continue
        texts = [shown(field, v, snapshot) if field else {key: str(v or "")} for v in (before, after)]
        names = (field.parts() if field else {}) or {key: ""}
        for part, name in names.items():
            lines = list(_compared(*(lines_of(each.get(part, "")) for each in texts)))
            called = label(field.name) if field else f"`{key}`"
            title = f"{called}: {name}" if name else called
            said = titled(title, "\n".join(lines))
            if said and len(said) > left:
                return "\n".join([*parts, "…"])
            parts += [said] if said else []
            left -= len(said)
    return "\n".join(parts)


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the lines that differ: what was there and what is, word by word; what is gone, and what is new."""
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        pairs = min(b - a, d - c)
        for old, new in zip(before[a : a + pairs], after[c : c + pairs], strict=True):
            yield _("Before: {text}", text=_bold(new, old))
            yield _("Now: {text}", text=_bold(old, new))
        yield from (_("Gone: {text}", text=escaped(line)) for line in before[a + pairs : b])
        yield from (_("New: {text}", text=escaped(line)) for line in after[c + pairs : d])


def _bold(other: str, text: str) -> str:
    return _visible(escaped(_marked(other, text)))


def _visible(text: str) -> str:
    return text.replace(_OPEN, "**").replace(_SHUT, "**")


def _marked(other: str, text: str) -> str:
    """Return a text with marks around the words that the other one has not."""
    theirs, words = other.split(), text.split()
    found = []
    for what, _a, _b, c, d in SequenceMatcher(None, theirs, words, autojunk=False).get_opcodes():
        if c < d:
            run = " ".join(words[c:d])
            found.append(run if what == "equal" else f"{_OPEN}{run}{_SHUT}")
    return " ".join(found)


def changed_page(before: Snapshot, after: Snapshot, file: str, context: CardContext) -> Embed | None:
    """Return the page of an entry's card on which something changes, the changed words bold; None where none does."""
    old, new = (each.entry(entry_id(file)) for each in (before, after))
    if old is None or new is None or type(old) is not type(new):
        return None
    texts = [name for name, mark in marked(type(new), Translated).items() if mark.follows and name not in _PLAIN]
    with_marks = new.model_copy(update={name: _each_marked(getattr(old, name), getattr(new, name)) for name in texts})
    was, card = card_of(old, before, context), card_of(new, after, context)
    for page in card.pages():
        if page not in was.pages() or was.message(page).embeds != card.message(page).embeds:
            shown_so = card_of(with_marks, after, context).message(page).embeds[0]
            fields = tuple(Field(field.name, _visible(field.value), field.inline) for field in shown_so.fields)
            return replace(shown_so, description=_visible(shown_so.description), fields=fields)
    return None


def _each_marked(old: Any, new: Any) -> Any:
    if isinstance(new, str):
        return _marked(old, new) if isinstance(old, str) and old != new else new
    if isinstance(new, tuple) and all(isinstance(each, str) for each in new):
        lines = dict(zip(new, new, strict=True))
        for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what in ("replace", "insert"):
                olds = (*old[a:b], *("" for _ in range(d - c)))
                lines |= {line: _marked(was, line) for was, line in zip(olds, new[c:d], strict=False)}
        return tuple(lines.values())
    return new


FORM_SECONDS = 2
"""Within 3 s, Discord wants to have a form."""

MOST_BROKEN = 2_000_000
"""Letters of what has errors that are kept, to be changed again or handed out; whoever uploads more has it anyway."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What someone proposes: the changes by file, and what was typed last."""

    changes: dict[str, Change]
    key: str | None = None
    """the field whose form was filled in last; empty for a new entry, None for what was uploaded"""
    typed: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    """words of it that are no entry's name"""

    def content(self) -> dict[str, Any]:
        """Return it as a draft is kept."""
        files = {file: [change.before, change.after] for file, change in self.changes.items()}
        return {"files": files, "key": self.key, "typed": dict(self.typed)}


async def propose(
    request: Request, changes: Mapping[str, Change], *, key: str | None = None, typed: Mapping[str, str] | None = None
) -> Answer:
    """Keep a change as a draft; return what is wrong with it, or how it would look. `key` and `typed` are as in Proposal."""
    found = await review(publisher(request), changes)
    large = sum(len(change.after or "") for change in changes.values()) > MOST_BROKEN
    draft = ""
    if not large or not found.problems or found.elsewhere:
        content = Proposal(dict(changes), key, typed or {}).content()
        draft = await drafts.keep(request.store, request.user_id, content)
    context, before = preview_context(request), request.snapshot
    message = await asyncio.to_thread(reviewed, found, draft, context, key=key, before=before)
    return Answer(message, "offered")


async def proposal(request: Request, draft: str) -> Proposal:
    """Return the asker's own draft. Raises Told where there is none, and StoreUnavailable."""
    content: Any = await drafts.find(request.store, request.user_id, draft)
    if content is None or "files" not in content:
        text = _("That proposal is not yours, or was published already, or is older than a day. `/knowledge` begins anew.")
        raise Told(say(text, "nothing"))
    changes = {file: Change(before, after) for file, (before, after) in content["files"].items()}
    return Proposal(changes, content.get("key"), content.get("typed", {}), content.get("unknown", ""))


async def proposed_soon(request: Request, draft: str) -> Proposal:
    """Return the asker's own draft before a form is shown, for which Discord waits 3 s. Raises Told."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await proposal(request, draft)
    except (StoreUnavailable, TimeoutError):
        raise Told(say(database_away(), "failed")) from None


def preview_context(request: Request) -> CardContext:
    """Return what a card's preview depends on: the operator's words on whom to call, as members see them."""
    due = request.config.knowledge
    months = due.due_months, due.due_months_medicines
    return CardContext(emergency=request.config.operator.emergency, months=months)


def reviewed(
    found: Review, draft: str, context: CardContext, *, key: str | None = None, before: Snapshot | None = None
) -> Message:
    """Return a change before it is published: what is wrong, or what may be, the change, the card, and Publish.

    `before` is the knowledge as it is.

    `key` is the field that was changed in its form, which can be changed again there, as other fields can: empty for a new
    entry, None for what was uploaded. Without a draft, it was not kept, and nothing is offered.
    """
    again: tuple[Item, ...] = (Button(_("Change it again"), join("modagain", draft)),) if key else ()
    if key is not None:
        again += (Button(_("Change more"), join("modmore", draft)),)
    as_file = Button(_("As a file"), join("modfile", draft))
    if found.problems and not found.elsewhere:
        first = _("Nothing was changed yet. This needs mending first:")
        cls = kind_of(next(iter(found.changes))) if key is not None else None
        message = problems(found.problems, first, labels_by_key(cls) if cls else {})
        return replace(message, rows=((*again, as_file),) if draft else ())
    publish = Button(_("Publish"), join("modpublish", draft), Style.SUCCESS)
    files = list(found.changes)
    more: list[Item] = [Button(_("The files' lines"), join("moddiff", draft)), as_file]
    embeds = [Embed(_("Ready to publish"), _what_changes(found, before))]
    rows: list[tuple[Item, ...]] = []
    if found.elsewhere:
        embeds += problems(found.problems, "").embeds
        content = _("The change. Other files have errors, below; members see it once those are mended too.")
    elif len(files) == 1:
        shown = previewed(found.snapshot, files[0], context) if found.snapshot else Message()
        with speaking(language(_code_of(files[0]))):
            page = changed_page(before, found.snapshot, files[0], context) if before and found.snapshot else None
        embeds += (page,) if page else shown.embeds[:1]
        content = _("The change, then the card as members will see it. Nothing is changed until you publish.")
        if shown.content:
            content += "\n" + shown.content
        if len(shown.embeds) > 1:
            more.insert(0, Button(_("See the whole card"), join("modpreview", draft)))
    else:
        content = _("The change; pick an entry to see its card. Nothing is changed until you publish.")
        title = _("See a card") if len(files) <= OPTIONS else _("See a card (one of the first {n})", n=OPTIONS)
        rows.append((Select(join("modpreview", draft), title, tuple(Option(file, file) for file in files[:OPTIONS])),))
    rows = [(publish, *again, Button(_("Throw away"), join("moddrop", draft))), *rows, tuple(more)]
    return Message(content, tuple(embeds), tuple(rows), _beside(found))


def _code_of(file: str) -> str:
    return "es" if file.startswith("es/") else "en-US"


def _what_changes(found: Review, before: Snapshot | None) -> str:
    """Return which files change, what a moderator should look at, and of a single one the change in prose."""
    files = list(found.changes)
    new = sum(change.before is None for change in found.changes.values())
    if len(files) > 1:
        told = ngettext("{n} file", "{n} files", len(files))
        told += " " + _("({new} new, {changed} changed)", new=new, changed=len(files) - new)
        text = ", ".join(f"`{shown_file(file)}`" for file in files[:20]) + ("…" if len(files) > 20 else "")
    else:
        told = shown_file(files[0]) + (" " + _("(new)") if new else "")
        text = in_prose(files[0], found.changes[files[0]], found.snapshot or before) if before and not new else ""
    remarks = [f"⚠ {line}" for line in _remarks(found)[:PROBLEMS]]
    if (more := len(found.remarks) - PROBLEMS) > 0:
        remarks.append(ngettext("and {n} more, in the file", "and {n} more, in the file", more))
    return "\n".join([f"**{told}**", *remarks, text])


def _beside(found: Review) -> tuple[File, ...]:
    """Return the files that go with a review: what a message has no room for."""
    warnings = "".join(f"{line}\n" for line in _remarks(found))
    many = len(found.remarks) > PROBLEMS
    return (*errors_file(found.problems), *(attached({"warnings.txt": warnings}) if many else ()))


def _remarks(found: Review) -> list[str]:
    """Return what a moderator should look at, a sentence each; with the file where there are several."""
    said = {
        "name gone": _("Members who type this will no longer find it: {what}."),
        "source gone": _("This source is no longer named: {what}."),
        "dose": _("This looks like a dose: {what}. The bot tells no doses."),
        "advice": _("This reads like advice to take or stop a medicine: {what}. The bot gives none."),
        "translation behind": _("The Spanish text still says what the old one said: change it too, with language Español."),
        "shown again": _("It is under review; publishing shows it again."),
    }
    lines = []
    for each in found.remarks:
        file = "" if len(found.changes) == 1 else f"{shown_file(each.file)}: "
        lines.append(file + said[each.doubt].format(what=f"`{fit(each.what.replace('`', 'ʼ'), 120)}`"))
    return lines


def previewed(snapshot: Snapshot, file: str, context: CardContext, code: str = "") -> Message:
    """Return an entry's card as members will see it, a page each, in this language, by default that of the file.

    Nothing is a press away: that would open what members see now. Of an entry under review, what it would be is shown.
    """
    with speaking(language(code or _code_of(file))):
        if file == FILE:
            return Message()
        if not is_entry(file.removeprefix("es/")):
            texts = {**snapshot.disclaimers["en"], **snapshot.disclaimers.get(spoken().code, {})}
            return Message(embeds=(Embed(description="\n\n".join(f"**{key}**\n{text}" for key, text in texts.items())),))
        hidden = entry_id(file) in snapshot.withdrawn
        if hidden:
            snapshot = replace(snapshot, entries={**snapshot.entries, **snapshot.withdrawn})
        entry = snapshot.entry(entry_id(file))
        if entry is None:
            return Message()
        card = card_of(entry, snapshot, context)
        first, *rest = [embed for page in card.pages() for embed in card.message(page).embeds]
        embeds = (first, *(replace(embed, author="", footer="") for embed in rest))
        return Message(_("Members see that this entry is under review.") if hidden else "", embeds)


@press("moddiff", who=Who.MODERATORS, command="knowledge")
async def show_lines(request: Request, draft: str) -> Answer:
    """Show which lines of the files a draft changes; all of them in a file where they are many."""
    await defer(request)
    whole = await asyncio.to_thread(whole_diff, (await proposal(request, draft)).changes)
    files = attached({"changes.diff": whole}) if len(whole) > DIFF else ()
    return Answer(Message(embeds=(Embed(_("The files' lines"), diff_block(whole)),), files=files))


def side_by_side(shown: Sequence[Message]) -> Message:
    """Return several cards in one message, which publishes nothing."""
    texts = dict.fromkeys(message.content for message in shown if message.content)
    text = "\n".join((_("A preview: nothing was changed."), *texts))
    return Message(text, tuple(embed for message in shown for embed in message.embeds))
