"""/knowledge edit and new: an entry in a form; every byte that has no field there stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands import forms
from bot.commands.deps import Interaction, deps, spoken
from bot.commands.desk import (
    COMMAND,
    DISCLAIMERS,
    LANGUAGES,
    as_typed,
    complete_entry,
    desk,
    desk_of,
    file_named,
    in_words,
    no_such,
    say,
    working,
)
from bot.commands.respond import answer, log_use
from bot.commands.uploading import FOLDERS, KINDS, back_by_upload, propose, proposed, proposed_soon
from bot.knowledge.kinds import Kind, Topic
from bot.knowledge.rewrite import rewrite, value_of, written
from bot.moderation.entries import FIELDS, changed_fields, new_entry, new_id, typed_fields
from bot.moderation.folders import FolderError, digest
from bot.moderation.publish import Change, ChangedMeanwhileError, is_entry
from bot.replies import keeping
from bot.replies.answers import plain
from bot.replies.buttons import Press, uncarried
from bot.replies.lists import group_names
from bot.store import history, proposals
from bot.strict_yaml import Problem, read

NAME = 80
SHORT = 400
MORE = 900
"""Letters that a form takes: more than the words that a file may have."""


@app_commands.command(name=locale_str("edit"), description=locale_str("Change an entry in a form, or get its file"))
@app_commands.rename(entry=locale_str("entry"), code=locale_str("language"), as_file=locale_str("as_file"))
@app_commands.describe(
    entry=locale_str("Type three letters and pick"),
    code=locale_str("Of the file: English, or a translation"),
    as_file=locale_str("Get the file, to change all of it in an editor"),
)
@app_commands.choices(code=LANGUAGES)
@app_commands.autocomplete(entry=complete_entry)
async def edit(interaction: Interaction, entry: str, code: str = "en", as_file: bool = False) -> None:
    """Show an entry in a form; or hand out its file."""
    file, found = file_named(interaction, entry, code), desk_of(interaction.client)
    if file is None:
        await no_such(interaction, entry)
        return
    try:
        base = found.folders.text(file) or "" if found else ""
    except FolderError as error:
        await answer(interaction, in_words(error, {}, spoken(interaction))[0], command=COMMAND, outcome="failed")
        return
    wrong = read(base.encode(), file)[1] if base else []
    if as_file or found is None or wrong or file.endswith(f"{DISCLAIMERS}.yaml"):
        async with working(interaction):
            await _hand_out(interaction, file, wrong)
    else:
        await log_use(interaction, COMMAND, "offered")
        second = f"{keeping.file_code(file)}-{digest(base)}"
        title = _title(interaction, file)
        await _show_form(interaction, Press("modedit", keeping.entry_id(file), second), typed_fields(base), file, title)


async def _hand_out(interaction: Interaction, file: str, wrong: Sequence[Problem]) -> None:
    """Hand out a file for an editor; with what is wrong in it."""
    lang = spoken(interaction)
    _ = lang.gettext
    text = desk(interaction).folders.text(file)
    if text is None:
        await say(interaction, plain(_("There is no translation yet; without `as_file` a form begins one.")))
        return
    said = back_by_upload(file, lang)
    reply = plain(said)
    if wrong:
        reply = keeping.problems(wrong, _("A form can't change this file while it has these errors.") + " " + said, lang)
    await say(interaction, reply, {file.rsplit("/", 1)[-1]: text})


def _title(interaction: Interaction, file: str) -> str:
    """Return what the form of an entry is called: the entry's name, and the language of a translation."""
    snapshot, entry_id = deps(interaction).library.current, keeping.entry_id(file)
    entry = snapshot.entries.get(entry_id) or snapshot.withdrawn.get(entry_id)
    name = entry.name if entry else entry_id
    return f"Español: {name}" if file.startswith("es/") else name


async def _show_form(interaction: Interaction, press: Press, values: dict[str, str], file: str, title: str) -> None:
    """Show the form with what the file says; what is too long for a form is left to the file."""
    _ = spoken(interaction).gettext
    fields = [
        forms.text_input("short", _("What it is"), value=values["short"], hint=_("At most 25 words."), most=SHORT, long=True,
                         required=is_entry(file)),
        forms.text_input("more", _("More"), value=values["more"], hint=_("At most 60 words."), most=MORE, long=True,
                         required=False),
        forms.text_input("also", _("Other names"), value=values["also"], hint=_("One a line."), long=True, required=False),
    ]  # fmt: skip
    if is_entry(file):
        fields.append(_sources_input(interaction, values["sources"]))
    await forms.show(interaction, press, title, *fields)


def _sources_input(interaction: Interaction, value: str) -> Any:
    _ = spoken(interaction).gettext
    if len(value) > forms.INPUT:
        return forms.note(_("The sources are too long for a form: ask with `as_file` to change them."))
    hint = _("One a line: title | publisher | address | day seen (2026-01-31)")
    return forms.text_input("sources", _("Sources"), value=value, hint=hint, long=True)


def _filled(base: str, typed: Mapping[str, str]) -> str:
    """Return a file with what was typed into its form; every other byte stays. Raises SourceLineError, NotPlainError."""
    values = changed_fields(typed_fields(base), typed)
    return rewrite(base, values) if base else written(values)


async def edited_in_form(interaction: Interaction, entry_id: str, second: str) -> None:
    """Propose what was typed into the form."""
    file, base_digest = keeping.file_of(entry_id, second)
    typed = forms.sent(interaction)
    changes: dict[str, Change] = {}
    async with working(interaction, changes=changes, typed=typed):
        now = desk(interaction).folders.text(file)
        if digest(now or "") != base_digest:
            # The form was filled from another text: what was changed in it is told beside what someone else changed.
            base = await _version_of(interaction, file, base_digest)
            if base is not None:
                changes[file] = Change(base, _filled(base, typed))
            raise ChangedMeanwhileError({file: (now if base is None else base, now)})
        await _propose_typed(interaction, file, now, typed)


async def _propose_typed(interaction: Interaction, file: str, before: str | None, typed: Mapping[str, str]) -> bool:
    """Propose a file with what was typed into its form, and return whether that changes anything."""
    after = _filled(before or "", typed)
    if after == (before or ""):
        _ = spoken(interaction).gettext
        await say(interaction, plain(_("Nothing to change: this is what members see already.")))
        return False
    await propose(interaction, {file: Change(before, after)}, form=True)
    return True


async def _version_of(interaction: Interaction, file: str, wanted: str) -> str | None:
    """Return the text that a form was filled from, where the history or the shipped folder has it."""
    found = await history.versions(deps(interaction).store, file, most=50)
    texts = [desk(interaction).folders.shipped_text(file), *(t for v in found for t in (v.before, v.after)), ""]
    return next((text for text in texts if text is not None and digest(text) == wanted), None)


@app_commands.command(name=locale_str("new"), description=locale_str("Begin an entry"))
@app_commands.rename(kind=locale_str("kind"), name=locale_str("name"))
@app_commands.describe(kind=locale_str("Of the new entry"), name=locale_str("What it is called"))
@app_commands.choices(kind=KINDS)
async def new(interaction: Interaction, kind: str, name: app_commands.Range[str, 1, NAME]) -> None:
    """Show an empty form with the name filled in."""
    await show_new(interaction, kind, name)


async def show_new(interaction: Interaction, kind: str, name: str) -> None:
    """Show the form of a new entry, where there can be one."""
    lang = spoken(interaction)
    _ = lang.gettext
    if desk_of(interaction.client) is None:
        no = _("Changing it in Discord is turned off (knowledge.changes is none).")
    else:
        no = _no_new(interaction, name)
    if no or kind not in FOLDERS:
        await answer(interaction, plain(no), command=COMMAND, outcome="nothing")
        return
    await log_use(interaction, COMMAND, "offered")
    await _show_new_form(interaction, Press("modcreate", kind), kind, {"name": name})


def _no_new(interaction: Interaction, name: str) -> str:
    """Return why there can't be a new entry of this name; empty where there can."""
    _ = spoken(interaction).gettext
    entry_id, snapshot = new_id(name), deps(interaction).library.current
    if not entry_id:
        return _("The name has no letters that a file's name can have; nothing was changed.")
    taken = entry_id in {*snapshot.entries, *snapshot.withdrawn}
    same = [entry_id] if taken else [*snapshot.index.exact(name), *snapshot.withdrawn_names.exact(name)]
    if same:
        text = _("There is an entry `{id}` already: `/knowledge edit` changes it. Nothing was changed.")
        return text.format(id=same[0])
    return ""


async def _show_new_form(interaction: Interaction, press: Press, kind: str, values: Mapping[str, str]) -> None:
    lang = spoken(interaction)
    _ = lang.gettext
    value = {key: values.get(key, "") for key in ("name", "topic", *FIELDS)}
    if kind == Kind.TERM:
        names = group_names(lang)
        topics = {topic.value: names[topic.value] for topic in Topic if topic is not Topic.URGENT}
        second = forms.choice("topic", _("Topic"), topics, value=value["topic"])
    else:
        second = forms.text_input("also", _("Other names"), value=value["also"], hint=_("One a line."), long=True,
                                  required=False)  # fmt: skip
    await forms.show(
        interaction, press, _("A new entry"),
        forms.text_input("name", _("Name"), value=value["name"], most=NAME),
        second,
        forms.text_input("short", _("What it is"), value=value["short"], hint=_("At most 25 words."), most=SHORT, long=True),
        forms.text_input("more", _("More"), value=value["more"], hint=_("At most 60 words."), most=MORE, long=True,
                         required=False),
        _sources_input(interaction, value["sources"]),
    )  # fmt: skip


async def created_in_form(interaction: Interaction, kind: str, proposal: str) -> None:
    """Propose the entry that was typed into the form; in place of an earlier proposal."""
    typed = forms.sent(interaction)
    async with working(interaction, new=not proposal, typed=typed) as tell:
        if no := _no_new(interaction, typed.get("name", "")):
            await tell(interaction, plain(no), as_typed(typed))
            return
        file = f"{FOLDERS.get(kind, 'terms')}/{new_id(typed['name'])}.yaml"
        await propose(interaction, {file: Change(None, new_entry(typed))}, form=True)
        await proposals.drop(deps(interaction).store, proposal)


async def again(interaction: Interaction, proposal: str) -> None:
    """Show the form with what was proposed."""
    found = await proposed_soon(interaction, proposal)
    if found is None:
        return
    file, change = next(iter(found.items()))
    after = change.after or ""
    await log_use(interaction, COMMAND, "offered")
    if change.before is None and is_entry(file):
        kind = next(kind for kind, folder in FOLDERS.items() if file.startswith(f"{folder}/"))
        values = typed_fields(after) | {key: value_of(after, key) or "" for key in ("name", "topic")}
        await _show_new_form(interaction, Press("modcreate", kind, proposal), kind, values)
    else:
        await _show_form(interaction, Press("modagain", proposal), typed_fields(after), file, _title(interaction, file))


async def typed_again(interaction: Interaction, proposal: str) -> None:
    """Propose anew what was typed into the form of a proposal."""
    typed = forms.sent(interaction)
    async with working(interaction, new=False, typed=typed):
        file, change = next(iter((await proposed(interaction, proposal)).items()))
        await _propose_typed(interaction, file, change.before, typed)
        await proposals.drop(deps(interaction).store, proposal)


async def begin_named(interaction: Interaction, kind: str, carried_name: str) -> None:
    """Begin an entry of a name that members miss."""
    # Behind the kind stands a number: two names may begin alike, and an id stands in a message once.
    await show_new(interaction, kind.partition("-")[0], uncarried(carried_name))


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the commands."""
    return [edit, new]
