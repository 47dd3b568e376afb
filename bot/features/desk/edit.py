"""/knowledge edit and new: any field of an entry in a form of its own; every other byte of its file stays as it is."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.features.cards.fields import label, pick_field
from bot.features.desk.fields import Field, UnknownNameError, chunks, field_of, kind_of, lines_of, nearest, read_back, shown
from bot.features.desk.files import (
    ENTRY,
    LANGUAGE,
    attached,
    entry_id,
    file_named,
    from_press,
    in_press,
    no_single,
    problems,
)
from bot.features.desk.publish import back_by_upload
from bot.features.desk.review import FORM_SECONDS, preview_context, previewed, proposal, propose, proposed_soon
from bot.features.desk.work import (
    database_away,
    done,
    in_words,
    no_change,
    publisher,
    working,
)
from bot.interactions.answer import Answer, Told, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.forms import Form, Note, RadioGroup, TextInput
from bot.interactions.limits import fit
from bot.interactions.message import Button, Item, Message, Select
from bot.interactions.message import Option as Row
from bot.interactions.request import Request
from bot.interactions.routes import Who, form, press
from bot.interactions.text import escaped
from bot.interactions.text import typed as inert
from bot.knowledge.rewrite import rewrite, value_of, written
from bot.language import ENGLISH, _
from bot.publishing.folders import FolderError
from bot.publishing.publish import Change, EditConflictError, is_entry
from bot.store import drafts
from bot.store.errors import StoreUnavailable
from bot.strict_yaml import Problem, read

ENGLISH_SHOWN = 1500
"""Letters of the English text beside its translation."""


@knowledge(
    locale_str("edit"),
    locale_str("Change an entry in a form, or get its file"),
    ENTRY,
    LANGUAGE,
    Option("as_file", locale_str("as_file"), locale_str("Get the file, to change all of it in an editor")),
)
async def edit(request: Request, entry: str, code: str = "en", as_file: bool = False) -> Answer:
    """Show an entry with what can be changed in it; or hand out its file."""
    file = file_named(request, entry, code)
    return no_single() if file is None else _to_edit(request, file, as_file=as_file)


@press("modedit", who=Who.MODERATORS, command="knowledge")
async def edit_file(request: Request, name: str, as_file: int = 0) -> Answer:
    """Show an entry with what can be changed in it, from where it is looked at; or hand out its file."""
    file = from_press(name)
    known = file_named(request, entry_id(file), "es" if file.startswith("es/") else "en")
    return no_single() if known != file else _to_edit(request, file, as_file=bool(as_file))


def _to_edit(request: Request, file: str, *, as_file: bool) -> Answer:
    """Return what can be changed in a file; or the file, where that is asked for, or a form can't change it."""
    try:
        text = publisher(request).folders.text(file)
    except FolderError as error:
        return in_words(error)
    wrong = read(text.encode(), file)[1] if text else []
    if as_file or wrong or not kind_of(file):
        return _handed_out(file, text, wrong)
    entry = request.snapshot.entry(entry_id(file), ENGLISH, or_withdrawn=True)
    if entry is None:
        return no_single()
    card = previewed(request.snapshot, file, preview_context(request))
    here, in_spanish = in_press(file), file.startswith("es/")
    other = file.removeprefix("es/") if in_spanish else f"es/{file}"
    row = (
        *(() if in_spanish else (Button(_("Compared today"), checked_today.id(here)),)),
        Button(_("The English text") if in_spanish else _("In Spanish"), edit_file.id(in_press(other))),
        Button(_("As a file"), edit_file.id(here, 1)),
        Button(_("Desk"), join("moddesk")),
    )
    note = _("**{name}**, as members see it. Pick what to change.", name=escaped(entry.name))
    shown_now = request.snapshot.entry(entry.id, "es" if in_spanish else ENGLISH, or_withdrawn=True) or entry
    lists = pick_field(shown_now, here, translation=in_spanish)
    return Answer(Message("\n".join(filter(None, (note, card.content))), card.embeds[:1], (*lists, row)), "offered")


def _handed_out(file: str, text: str | None, wrong: Sequence[Problem]) -> Answer:
    """Return a file for an editor; with what is wrong in it."""
    if text is None:
        return say(_("There is no translation yet; without `as_file` a form begins one."), "nothing")
    said = back_by_upload(file)
    message = Message(said)
    if wrong:
        message = problems(wrong, _("A form can't change this file while it has these errors.") + " " + said)
    return Answer(Message(message.content, message.embeds, files=attached({file.rsplit("/", 1)[-1]: text})))


@press("modchecked", who=Who.MODERATORS, command="knowledge")
async def checked_today(request: Request, name: str) -> Answer:
    """Note that an entry was compared with its sources today, by one press; it is undone like any other change."""
    file = from_press(name)
    async with working(request):
        text = publisher(request).folders.text(file)
        if text is None or not is_entry(file):
            return no_single()
        why = _("Compared with its sources")
        made = await publisher(request).publish({file: Change(text, text)}, who=request.user_id, why=why, checked=True)
        return await done(request, made)


@press("modpick", who=Who.MODERATORS, command="knowledge")
async def pick(request: Request, where: str, _list: int = 0) -> Answer:
    """Show the form of the field that was picked, of a file as it is or as a draft would have it."""
    if "_" not in where:
        return await _form_of(request, where, request.picked)
    file = from_press(where)
    try:
        text = publisher(request).folders.text(file)
        async with asyncio.timeout(FORM_SECONDS):
            draft = await drafts.keep(request.store, request.user_id, {"files": {file: [text, text]}})
    except FolderError as error:
        return in_words(error)
    except (StoreUnavailable, TimeoutError):
        return say(database_away(), "failed")
    return await _form_of(request, draft, request.picked)


@press("modagain", who=Who.MODERATORS, command="knowledge")
async def again(request: Request, draft: str) -> Answer:
    """Show the form once more, with what was typed into it."""
    return await _form_of(request, draft, "")


async def _form_of(request: Request, draft: str, key: str) -> Answer:
    """Return the form of a field of a draft, by default the one that was filled in last, with what was typed then."""
    content = await proposed_soon(request, draft)
    file, change = next(iter(content.changes.items()))
    key, typed = (key, {}) if key else (content.key or "", content.typed)
    cls, translation = kind_of(file), file.startswith("es/")
    field = field_of(cls, key, translation=translation) if cls else None
    if cls is None or field is None:
        return say(_("That field is gone: it was changed since, or there is none of that name."), "nothing")
    values = typed or shown(field, value_of(change.after, key), request.snapshot)
    parts: list[TextInput | RadioGroup | Note] = []
    english = request.snapshot.entry(entry_id(file), ENGLISH, or_withdrawn=True)
    if translation and english is not None:
        text = publisher(request).folders.text(file.removeprefix("es/"))
        said = "\n".join(shown(field, value_of(text, key), request.snapshot).values())
        parts.append(Note(fit(_("In English: {text}", text=escaped(said) or _("(nothing)")), ENGLISH_SHOWN)))
    parts += inputs(field, values)
    name = english.name if english else entry_id(file)
    return Answer(Form(field_typed.id(draft, key), f"{label(field.name)}: {name}", tuple(parts)), "offered")


def inputs(field: Field, values: Mapping[str, str]) -> list[TextInput | RadioGroup | Note]:
    """Return what the form of a field asks."""
    title = label(field.name)
    if choices := field.choices():
        return [RadioGroup(field.key, title, choices, values.get(field.key, ""))]
    if parts := field.parts():
        hint = _("One a line, by name; a note in brackets behind it.")
        return [TextInput(key, name, values.get(key, ""), hint, long=True, required=False) for key, name in parts.items()]
    found = []
    for n, text in enumerate(chunks("\n".join(values.values()))[:4]):
        found.append(TextInput(f"{field.key}{n or ''}", title, text, _hint(field), long=True, required=False))
    return [*found]


def _hint(field: Field) -> str:
    """Return how a field is filled in."""
    if field.name == "sources":
        return _("One a line; for a new one its address is enough. Title | publisher | address | day seen")
    if field.part:
        columns = {
            "danger": _("danger"), "signs": _("its signs, with semicolons"), "no_sign": _("or why nobody feels it"),
            "id": _("sign"), "why": _("why"), "source": _("address of the source"),
        }  # fmt: skip
        return _("One a line: {columns}", columns=" | ".join(columns[each] for each in field.part.model_fields))
    if field.kinds is not None:
        return _("One a line, by name.") if field.is_list else _("By name.")
    words = _("At most {n} words.", n=field.words) if field.words else ""
    return " ".join(filter(None, (_("One a line.") if field.is_list else "", words)))


@form("modfield", who=Who.MODERATORS, command="knowledge")
async def field_typed(request: Request, draft: str, key: str) -> Answer:
    """Propose what was typed into the form of a field."""
    async with working(request, new=False, typed=request.typed):
        return await _propose_typed(request, draft, key, request.typed)


@press("modwhich", who=Who.MODERATORS, command="knowledge")
async def which(request: Request, draft: str) -> Answer:
    """Put the entry that was picked, or nothing, in the place of words that are no entry's name, and go on."""
    async with working(request, new=False):
        found = await proposal(request, draft)
        words, picked = found.unknown, request.picked
        instead = {"-": "", "=": f'"{words}"'}.get(picked, picked)
        typed = {
            k: "\n".join(_instead(line, words, instead) for line in text.splitlines()) for k, text in found.typed.items()
        }
        return await _propose_typed(request, draft, found.key or "", typed)


def _instead(line: str, words: str, instead: str) -> str:
    """Return a line with another name in place of these words, and what else stands in it; without, nothing."""
    return "" if not instead and line.partition(" (")[0].strip() == words else line.replace(words, instead, 1)


async def _propose_typed(request: Request, draft: str, key: str, typed: Mapping[str, str]) -> Answer:
    """Propose a draft with what was typed for one of its fields; ask which is meant by what is no entry's name.

    Raises EditConflictError where the file was changed since the draft was begun.
    """
    found = await proposal(request, draft)
    file, change = next(iter(found.changes.items()))
    cls = kind_of(file)
    field = field_of(cls, key, translation=file.startswith("es/")) if cls else None
    if field is None:
        raise Told(say(_("That field is gone: it was changed since, or there is none of that name."), "nothing"))
    joined = typed if field.parts() else {key: "\n".join(typed.values())}
    now = value_of(change.after, key)
    try:
        value = read_back(field, joined, now, request.snapshot)
    except UnknownNameError as error:
        content = found.content() | {"key": key, "typed": dict(typed), "unknown": error.words}
        kept = await drafts.keep(request.store, request.user_id, content)
        return Answer(_which_is_meant(request, kept, error), "offered")
    after = change.after
    if _said(joined) != _said(shown(field, now, request.snapshot)):  # else its bytes stay
        after = rewrite(after, {key: value}) if after else written({key: value} if value else {})
    if (after or "") == (change.before or ""):
        return no_change()
    changes = {file: Change(change.before, after)}
    there = publisher(request).folders.text(file)
    if there != change.before:
        raise EditConflictError(changes, {file: there})
    return await propose(request, changes, key=key, typed=typed)


def _said(typed: Mapping[str, str]) -> list[list[str]]:
    """Return what was typed, without spaces and lines that say nothing."""
    return [lines_of(text) for text in typed.values()]


def _which_is_meant(request: Request, draft: str, error: UnknownNameError) -> Message:
    """Return the question which entry is meant by what was typed, the nearest in a list."""
    rows = [Row(entry.name, entry.id, entry.short) for entry in nearest(error.words, error.kinds, request.snapshot)]
    if error.may_stay:
        rows.append(Row(_("Keep these words: there is no such entry"), "="))
    rows.append(Row(_("Leave it out"), "-"))
    row: tuple[Item, ...] = (Button(_("Change it again"), again.id(draft)), Button(_("Throw away"), join("moddrop", draft)))
    text = _("No single entry is called “{words}”. Which is meant?", words=inert(error.words))
    return Message(text, rows=((Select(which.id(draft), _("Pick what is meant"), tuple(rows)),), row))


@press("modmore", who=Who.MODERATORS, command="knowledge")
async def change_more(request: Request, draft: str) -> Answer:
    """Show what else can be changed before a draft is published."""
    async with working(request, new=False):
        found = await proposal(request, draft)
        file = next(iter(found.changes))
        entry = request.snapshot.entry(entry_id(file), ENGLISH, or_withdrawn=True)
        cls = kind_of(file)
        assert cls is not None
        shown_now = entry or cls.model_construct(id=entry_id(file))
        lists = pick_field(shown_now, draft, translation=file.startswith("es/"))
        return Answer(Message(_("Pick what else to change; what was changed so far is kept."), rows=lists), "offered")
