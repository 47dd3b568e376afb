"""Files and errors as moderators read them, and how commands and presses name a file."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from bot.interactions.answer import Answer, say
from bot.interactions.commands import Option, Rows, locale_str
from bot.interactions.limits import choices, fit, size
from bot.interactions.message import RED, Embed, File, Message
from bot.interactions.request import Request
from bot.interactions.text import escaped
from bot.knowledge.kinds import BY_FOLDER, Entry, Kind
from bot.language import _, ngettext
from bot.publishing.publish import Change
from bot.publishing.review import diff
from bot.store import history
from bot.strict_yaml import Problem

PROBLEMS = 8
"""Problems shown in a message; more are in the file beside it."""

PROBLEMS_FILE = 500
"""Problems in that file."""

DIFF_FILE = 1_000_000
"""Bytes of the file with a diff."""

DIFF = 1500
"""Characters of a diff shown in a message; all of it is in the file beside it."""

DISCLAIMERS = "disclaimers"
"""What the file that is no entry is called where an entry is asked for."""

KINDS = tuple((locale_str(kind.called), kind.value) for kind in Kind)

LANGUAGE = Option(
    "code",
    locale_str("language"),
    locale_str("Of the file: English, or a translation"),
    choices=(("English", "en"), ("Español", "es")),
)

_INSIDE = re.compile(rf"(?<![^/])(?:es/)?(?:(?:{'|'.join(BY_FOLDER)})/[^/]+|disclaimers\.yaml)$")


def shown_file(file: str) -> str:
    """Return a file's name as moderators know it: inside the knowledge folder."""
    found = _INSIDE.search(file)
    return found[0] if found else file.rsplit("/", 1)[-1]


def entry_id(file: str) -> str:
    """Return the id of the entry that a file is about."""
    return file.rsplit("/", 1)[-1].removesuffix(".yaml")


def file_of(entry: Entry) -> str:
    """Return the file that an entry stands in."""
    return f"{entry.folder}/{entry.id}.yaml"


def in_press(file: str) -> str:
    """Return a file's name in the letters that an id may have."""
    return file.removesuffix(".yaml").replace("/", "_")


def from_press(part: str) -> str:
    """Return the file that an id names: the opposite of `in_press`."""
    return part.replace("_", "/") + ".yaml"


def attached(texts: Mapping[str, str]) -> tuple[File, ...]:
    """Return texts as files, by their names."""
    return tuple(File(name, text.encode()) for name, text in texts.items())


def packed(texts: Mapping[str, str], name: str) -> File:
    """Return texts as one zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, text in texts.items():
            archive.writestr(inside, text)
    return File(name, data.getvalue())


def problems(found: Sequence[Problem], first: str, labels: Mapping[str, str] | None = None) -> Message:
    """Return problems after a sentence: the first few, how many more, and all of them in a file where they are many.

    `labels` are what the form calls the keys, where one was filled in: the problems then name them so, and no line.
    """
    lines = [fit(_problem_line(problem, labels or {}), 350) for problem in found[:PROBLEMS]]
    if (more := len(found) - PROBLEMS) > 0:
        lines.append(ngettext("and {n} more, in the file", "and {n} more, in the file", more))
    embeds = (Embed(description="\n".join(lines), colour=RED),) if lines else ()
    return Message(first, embeds, files=errors_file(found))


def _problem_line(problem: Problem, labels: Mapping[str, str]) -> str:
    where = _("{file}, line {line}", file=shown_file(problem.file), line=problem.line)
    # What stands in a file is quoted in these: it must neither open a block of code nor make a link.
    text = f"{problem.what}; {problem.todo}.".replace("```", "ʼʼʼ").replace("](", "] (")
    if not labels:
        return f"• **{escaped(where)}**: {text}"
    return "• " + re.sub(r"`(\w+)`", lambda key: f"**{labels[key[1]]}**" if key[1] in labels else key[0], text)


def errors_file(found: Sequence[Problem]) -> tuple[File, ...]:
    """Return all problems as a file, where a message has no room for them."""
    return attached({"errors.txt": problems_text(found)}) if len(found) > PROBLEMS else ()


def problems_text(found: Sequence[Problem]) -> str:
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


def diff_block(text: str, most: int = DIFF) -> str:
    """Return a diff in a block of code, cut at a line to at most so many units and the block's own."""
    if not text:
        return _("(nothing that is shown)")
    text = text.replace("```", "ʼʼʼ")
    if size(text) > most:
        kept = text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
        text = (kept.rpartition("\n")[0] or kept) + "\n…"
    return f"```diff\n{text}\n```"


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


def no_single() -> Answer:
    """Return that a name is no entry's, or that of several."""
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
