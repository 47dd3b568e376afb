"""/knowledge edit and new: an entry in a form; every byte that has no field there stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.features.cards.kinds import group_names
from bot.features.desk.files import (
    DISCLAIMERS,
    ENTRY,
    FOLDERS,
    KINDS,
    LANGUAGE,
    attached,
    entry_id,
    file_named,
    from_press,
    in_press,
    no_single,
    problems,
)
from bot.features.desk.review import propose, proposed
from bot.features.desk.upload import back_by_upload, proposed_soon
from bot.features.desk.work import in_words, no_change, publisher, publisher_of, turned_off, with_typed, working
from bot.interactions.answer import Answer, Told, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.forms import Form, Note, RadioGroup, TextInput
from bot.interactions.limits import FORM_INPUT
from bot.interactions.message import Message
from bot.interactions.request import Request
from bot.interactions.routes import Text, Who, form, press
from bot.knowledge.kinds import Kind, Topic
from bot.knowledge.rewrite import rewrite, value_of, written
from bot.language import ENGLISH, _
from bot.publishing.entries import changed_fields, new_entry, new_id, typed_fields
from bot.publishing.folders import FolderError, digest
from bot.publishing.publish import Change, EditConflictError, is_entry
from bot.store import drafts
from bot.strict_yaml import Problem, read

NAME = 80
SHORT = 400
MORE = 900
"""Letters that a form takes: more than the words that a file may have."""


@knowledge(
    locale_str("edit"),
    locale_str("Change an entry in a form, or get its file"),
    ENTRY,
    LANGUAGE,
    Option("as_file", locale_str("as_file"), locale_str("Get the file, to change all of it in an editor")),
)
async def edit(request: Request, entry: str, code: str = "en", as_file: bool = False) -> Answer:
    """Show an entry in a form; or hand out its file."""
    file = file_named(request, entry, code)
    if file is None:
        return no_single()
    try:
        base = publisher(request).folders.text(file)
    except FolderError as error:
        return in_words(error, {})
    wrong = read(base.encode(), file)[1] if base else []
    if as_file or wrong or file.endswith(f"{DISCLAIMERS}.yaml"):
        return _handed_out(file, base, wrong)
    form_id = edited_in_form.id(in_press(file), digest(base or ""))
    return Answer(_form(form_id, file, typed_fields(base or ""), request), "offered")


@press("modedit", who=Who.MODERATORS, command="knowledge")
async def edit_file(request: Request, name: str) -> Answer:
    """Show an entry in a form, from where it is looked at."""
    file = from_press(name)
    return await edit(request, entry_id(file), "es" if file.startswith("es/") else "en")


def _handed_out(file: str, text: str | None, wrong: Sequence[Problem]) -> Answer:
    """Return a file for an editor; with what is wrong in it."""
    if text is None:
        return say(_("There is no translation yet; without `as_file` a form begins one."), "nothing")
    said = back_by_upload(file)
    message = Message(said)
    if wrong:
        message = problems(wrong, _("A form can't change this file while it has these errors.") + " " + said)
    return Answer(Message(message.content, message.embeds, files=attached({file.rsplit("/", 1)[-1]: text})))


def _form(form_id: str, file: str, values: Mapping[str, str], request: Request) -> Form:
    """Return the form with what the file says; a translation has the sources of its entry."""
    parts = _inputs(values, required=is_entry(file))
    return Form(form_id, _title(file, request), parts if is_entry(file) else parts[:3])


def _title(file: str, request: Request) -> str:
    """Return what the form of an entry is called: the entry's name, and the language of a translation."""
    entry = request.snapshot.entry(entry_id(file), ENGLISH, or_withdrawn=True)
    name = entry.name if entry else entry_id(file)
    return f"Español: {name}" if file.startswith("es/") else name


def _inputs(values: Mapping[str, str], *, required: bool = True) -> tuple[TextInput, TextInput, TextInput, TextInput | Note]:
    """Return what a form asks of any entry: what it is, more, other names, and sources that aren't too long for a form."""
    short, more, also, sources = (values.get(key, "") for key in ("short", "more", "also", "sources"))
    hint = _("One a line: title | publisher | address | day seen (2026-01-31)")
    return (
        TextInput("short", _("What it is"), short, _("At most 25 words."), SHORT, long=True, required=required),
        TextInput("more", _("More"), more, _("At most 60 words."), MORE, long=True, required=False),
        TextInput("also", _("Other names"), also, _("One a line."), long=True, required=False),
        TextInput("sources", _("Sources"), sources, hint, long=True)
        if len(sources) <= FORM_INPUT
        else Note(_("The sources are too long for a form: ask with `as_file` to change them.")),
    )


def _filled(base: str, typed: Mapping[str, str]) -> str:
    """Return a file with what was typed into its form; every other byte stays. Raises SourceLineError, NotPlainError."""
    values = changed_fields(typed_fields(base), typed)
    return rewrite(base, values) if base else written(values)


@form("modedit", who=Who.MODERATORS, command="knowledge")
async def edited_in_form(request: Request, name: str, base_digest: str) -> Answer:
    """Propose what was typed into the form."""
    file, typed = from_press(name), request.typed
    changes: dict[str, Change] = {}
    async with working(request, changes=changes, typed=typed):
        now = publisher(request).folders.text(file)
        if digest(now or "") != base_digest:
            # The form was filled from another text: what was changed in it is told beside what someone else changed.
            base = await publisher(request).known_text(file, base_digest)
            if base is not None:
                changes[file] = Change(base, _filled(base, typed))
            raise EditConflictError({file: (now if base is None else base, now)})
        return await _propose_typed(request, file, now, typed)


async def _propose_typed(request: Request, file: str, before: str | None, typed: Mapping[str, str]) -> Answer:
    """Propose a file with what was typed into its form, where that changes anything."""
    after = _filled(before or "", typed)
    if after == (before or ""):
        return no_change()
    return await propose(request, {file: Change(before, after)}, form=True)


@knowledge(
    locale_str("new"),
    locale_str("Begin an entry"),
    Option("kind", locale_str("kind"), locale_str("Of the new entry"), choices=KINDS[2:]),
    Option("name", locale_str("name"), locale_str("What it is called"), low=1, high=NAME),
)
async def new_entry_form(request: Request, kind: str, name: str) -> Answer:
    """Show an empty form with the name filled in, where there can be such an entry."""
    no = _no_new(request, name)
    if no or kind not in FOLDERS:
        return say(no, "nothing")
    return Answer(_new_form(created_in_form.id(kind), kind, {"name": name}), "offered")


@press("modnew", who=Who.MODERATORS, command="knowledge")
async def begin_named(request: Request, kind: str, name: Text) -> Answer:
    """Begin an entry of a name that members miss."""
    # Behind the kind stands a number: two names may begin alike, and an id stands in a message once.
    return await new_entry_form(request, kind.partition("-")[0], name)


def _no_new(request: Request, name: str) -> str:
    """Return why there can't be a new entry of this name; empty where there can."""
    if publisher_of(request.interaction.client) is None:
        return turned_off()
    new, snapshot = new_id(name), request.snapshot
    if not new:
        return _("The name has no letters that a file's name can have; nothing was changed.")
    taken = new in {*snapshot.entries, *snapshot.withdrawn}
    if same := [new] if taken else [*snapshot.index.exact(name), *snapshot.withdrawn_names.exact(name)]:
        text = _("There is an entry `{id}` already: `/knowledge edit` changes it. Nothing was changed.")
        return text.format(id=same[0])
    return ""


def _new_form(form_id: str, kind: str, values: Mapping[str, str]) -> Form:
    name = TextInput("name", _("Name"), values.get("name", ""), most=NAME)
    short, more, also, sources = _inputs(values)
    if kind != Kind.TERM:
        return Form(form_id, _("A new entry"), (name, also, short, more, sources))
    names = group_names()
    topics = {topic.value: names[topic.value] for topic in Topic}
    topic = RadioGroup("topic", _("Topic"), topics, values.get("topic", ""))
    return Form(form_id, _("A new entry"), (name, topic, short, more, sources))


@form("modcreate", who=Who.MODERATORS, command="knowledge")
async def created_in_form(request: Request, kind: str, draft: str = "") -> Answer:
    """Propose the entry that was typed into the form; in place of an earlier draft."""
    typed = request.typed
    async with working(request, new=not draft, typed=typed):
        if no := _no_new(request, typed.get("name", "")):
            raise Told(Answer(with_typed(Message(no), typed), "nothing"))
        file = f"{FOLDERS.get(kind, 'terms')}/{new_id(typed['name'])}.yaml"
        answer = await propose(request, {file: Change(None, new_entry(typed))}, form=True)
        await drafts.drop(request.store, draft)
        return answer


@press("modagain", who=Who.MODERATORS, command="knowledge")
async def again(request: Request, draft: str) -> Answer:
    """Show the form with what was proposed."""
    file, change = next(iter((await proposed_soon(request, draft)).items()))
    after = change.after or ""
    if change.before is None and is_entry(file):
        kind = next(kind for kind, folder in FOLDERS.items() if file.startswith(f"{folder}/"))
        values = typed_fields(after) | {key: value_of(after, key) or "" for key in ("name", "topic")}
        return Answer(_new_form(created_in_form.id(kind, draft), kind, values), "offered")
    return Answer(_form(typed_again.id(draft), file, typed_fields(after), request), "offered")


@form("modagain", who=Who.MODERATORS, command="knowledge")
async def typed_again(request: Request, draft: str) -> Answer:
    """Propose anew what was typed into the form of a draft."""
    typed = request.typed
    async with working(request, new=False, typed=typed):
        file, change = next(iter((await proposed(request, draft)).items()))
        answer = await _propose_typed(request, file, change.before, typed)
        if answer.outcome == "offered":
            await drafts.drop(request.store, draft)
        return answer
