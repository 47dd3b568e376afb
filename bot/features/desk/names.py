"""How moderators name an entry's file in a command."""

from __future__ import annotations

from bot.features.desk.files import entry_id
from bot.interactions.answer import Answer, say
from bot.interactions.commands import Option, Rows, locale_str
from bot.interactions.limits import choices
from bot.interactions.request import Request
from bot.knowledge.kinds import Kind
from bot.language import Language
from bot.store import history

DISCLAIMERS = "disclaimers"
"""What the file that is no entry is called where an entry is asked for."""

KINDS = (
    (locale_str("symptom"), Kind.SYMPTOM.value),
    (locale_str("question"), Kind.QUESTION.value),
    (locale_str("term"), Kind.TERM.value),
    (locale_str("therapy"), Kind.THERAPY.value),
    (locale_str("medicine"), Kind.MEDICINE.value),
    (locale_str("condition"), Kind.CONDITION.value),
)

LANGUAGE = Option(
    "code",
    locale_str("language"),
    locale_str("Of the file: English, or a translation"),
    choices=(("English", "en"), ("Español", "es")),
)


def file_named(request: Request, text: str, code: str = "en") -> str | None:
    """Return the file of an entry, given by id or exact name, in a language; None where it isn't exactly one entry's."""
    snapshot = request.snapshot
    text = text.strip()
    if text == DISCLAIMERS:
        inside = f"{DISCLAIMERS}.yaml"
    else:
        known = {**snapshot.entries, **snapshot.withdrawn}
        ids = (text,) if text in known else snapshot.index.exact(text) or snapshot.withdrawn_names.exact(text)
        if len(ids) != 1:
            return None
        inside = f"{known[ids[0]].folder}/{ids[0]}.yaml"
    return f"{code}/{inside}" if code != "en" else inside


async def file_known(request: Request, text: str, code: str = "en") -> str | None:
    """Return the same as `file_named`; of an entry that is gone, its history's. Raises StoreUnavailable."""
    if file := file_named(request, text, code):
        return file
    heads = await history.heads(request.store)
    return next((f for f in heads if entry_id(f) == text.strip() and f.startswith("es/") == (code == "es")), None)


def no_single(lang: Language) -> Answer:
    """Return that a name is no entry's, or that of several."""
    _ = lang.gettext
    text = _("No single entry is called that. Type three letters and pick from the list, or begin one: `/knowledge new`.")
    return say(text, "nothing")


async def complete_entry(request: Request, current: str) -> Rows:
    """Return the entries that a moderator may mean, those under review too; the value is the id."""
    snapshot = request.snapshot
    indexes = (snapshot.index, snapshot.withdrawn_names)
    ids = dict.fromkeys(i for index in indexes for s in index.suggest(current) for i in index.exact(s.value))
    known = {**snapshot.entries, **snapshot.withdrawn}
    rows = [(f"{known[i].name} ({known[i].folder}/{i})", i) for i in ids]
    if DISCLAIMERS.startswith(current.strip().lower() or "-"):
        rows.insert(0, (DISCLAIMERS, DISCLAIMERS))
    return choices(rows)


ENTRY = Option("entry", locale_str("entry"), locale_str("Type three letters and pick"), complete=complete_entry)
