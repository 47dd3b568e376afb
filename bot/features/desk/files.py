"""Files and errors as moderators read them, and how a press names a file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from bot.interactions.limits import fit, size
from bot.interactions.message import RED, Embed, File, Message
from bot.interactions.text import escaped
from bot.knowledge.kinds import ENTRY_TYPES
from bot.language import Language
from bot.publishing.publish import Change
from bot.publishing.review import diff
from bot.strict_yaml import Problem

PROBLEMS = 8
"""Problems shown in a message; more are in the file beside it."""

PROBLEMS_FILE = 500
"""Problems in that file."""

DIFF_FILE = 1_000_000
"""Bytes of the file with a diff."""

DIFF = 1500
"""Characters of a diff shown in a message; all of it is in the file beside it."""

FOLDERS = {cls.kind.value: cls.folder for cls in ENTRY_TYPES}

_INSIDE = re.compile(rf"(?<![^/])(?:es/)?(?:(?:{'|'.join(FOLDERS.values())})/[^/]+|disclaimers\.yaml)$")


def shown_file(file: str) -> str:
    """Return a file's name as moderators know it: inside the knowledge folder."""
    found = _INSIDE.search(file)
    return found[0] if found else file.rsplit("/", 1)[-1]


def entry_id(file: str) -> str:
    """Return the id of the entry that a file is about."""
    return file.rsplit("/", 1)[-1].removesuffix(".yaml")


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


def problems(found: Sequence[Problem], first: str, lang: Language) -> Message:
    """Return problems after a sentence: the first few, how many more, and all of them in a file where they are many."""
    lines = [fit(_problem_line(problem, lang), 350) for problem in found[:PROBLEMS]]
    if (more := len(found) - PROBLEMS) > 0:
        lines.append(lang.ngettext("and {n} more, in the file", "and {n} more, in the file", more).format(n=more))
    embeds = (Embed(description="\n".join(lines), colour=RED),) if lines else ()
    return Message(first, embeds, files=errors_file(found))


def _problem_line(problem: Problem, lang: Language) -> str:
    where = lang.gettext("{file}, line {line}").format(file=shown_file(problem.file), line=problem.line)
    # What stands in a file is quoted in these: it must neither open a block of code nor make a link.
    text = f"{problem.what}; {problem.todo}.".replace("```", "ʼʼʼ").replace("](", "] (")
    return f"• **{escaped(where)}**: {text}"


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


def diff_block(text: str, lang: Language, most: int = DIFF) -> str:
    """Return a diff in a block of code, cut at a line to at most so many units and the block's own."""
    if not text:
        return lang.gettext("(nothing that is shown)")
    text = text.replace("```", "ʼʼʼ")
    if size(text) > most:
        kept = text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
        text = (kept.rpartition("\n")[0] or kept) + "\n…"
    return f"```diff\n{text}\n```"
