"""What pydantic finds wrong with a file, as a person needs it: the line, what is wrong, and what to do about it."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.knowledge.helplines import Country, Directory, Line, Said
from bot.knowledge.kinds import Boxed, CallNow, LessUrgent, Note, Reviewed, Source, Topic, Urgency
from bot.knowledge.kinds.base import key_of
from bot.knowledge.kinds.values import MAX_ID
from bot.strict_yaml import Node, Problem

MOST_TOLD = 100
"""Problems told of one file: nobody reads more, and what was uploaded may have one on every line."""

_NEAR = 5
"""Unknown keys of a file for which a near one is looked for."""

Checked = TypeVar("Checked", bound=BaseModel)

_PARTS: dict[str, tuple[str, type[BaseModel]]] = {
    "sources": ("a source", Source),
    "reviewed_by": ("a review", Reviewed),
    "call_now": ("`call_now`", CallNow),
    "less_urgent": ("an exception under `less_urgent`", LessUrgent),
    "boxed": ("a danger under `boxed`", Boxed),
    "directory": ("the directory", Directory),
    "countries": ("a country", Country),
    "lines": ("a line", Line),
    "name": ("a country's name", Said),
    "note": ("a line's note", Said),
}
"""The mappings inside a file: what to call one, and what it holds."""

FUTURE = ", which is in the future"

_SENTENCES = {
    # By pydantic's type of error, or ours (kinds/values.py); a key's own sentence is under `key type`.
    "missing": ("{it} has no `{key}`", "add a line `{key}: ...`"),
    "url missing": ("{it} has no `{key}`", "add the page's address"),
    "extra_forbidden": ("{it} has no key `{key}`", "{near}"),
    "model_type": ("{it} is not a mapping of keys to values", "write `key: value` lines"),
    "dict_type": ("{it} are not a mapping of ids to texts", "write `id: text` lines"),
    "string_type": ("`{key}` is {form}", "write one text there (quote it if it holds a colon)"),
    "string_too_long": ("`{key}` has {count} characters, and {max_length} is the most", "say it shorter"),
    "tuple_type": ("`{key}` is not a list", "write [one, two] or one `- value` a line"),
    "sources tuple_type": ("`sources` is not a list of pages", "name at least one source, with its address"),
    "sources too_short": ("`sources` is not a list of pages", "name at least one source, with its address"),
    "topic enum": ("`topic` is not a topic", f"write one of {', '.join(Topic)}"),
    "date_type": ("`{key}` is not a date", "write a day as in 2026-11-22"),
    "empty": ("`{key}` is empty", "write its text, or delete the line"),
    "invisible": ("`{key}` holds an invisible character", "type the text anew"),
    "words": ("`{key}` has {count} words, and {most} is the most", "say it shorter"),
    "many": ("`{key}` has {count} values, and {most} is the most", "keep the best"),
    "twice": ("`{value}` stands in `{key}` twice", "delete one of them"),
    "id": ("`{value}` in `{key}` is no id", "write the file name of an entry, without .yaml"),
    "treats id": (
        "`{value}` in `{key}` is neither an id nor words with a capital",
        "write the id of a condition, or begin with a capital where there is no such entry",
    ),
    "urgency enum": ("`urgency` is not one that there is", f"write one of {', '.join(Urgency)}"),
    "note": ("`{value}` in `{key}` is no note", f"write one of {', '.join(Note)}"),
    "sign": (
        "what stands in `{key}` is no sign",
        "write the id of a symptom, or one with one note, as in `fever: any-counts`",
    ),
    "sign twice": ("the sign `{value}` stands in `call_now` twice", "keep it where it is most urgent, delete it elsewhere"),
    "signs many": ("`call_now` names {count} signs, and {most} is the most", "keep those that matter most"),
    "no signs": ("`call_now` names no sign", "name them under `emergency`, `now` or `today`, or delete the line"),
    "old lines": (
        "`call_now` is a list of sentences",
        "write the ids of symptoms instead, in lists under `emergency`, `now` and `today`",
    ),
    "boxed": (
        "the danger `{danger}` has neither `signs` nor `no_sign`, or both",
        "name its signs, or say why nobody feels it",
    ),
    "sign ends": ("`sign` ends like a sentence", "delete the last mark: it stands in a list of signs"),
    "sign semicolon": ("`sign` holds a semicolon", "write a comma: semicolons stand between the signs of a list"),
    "symptom few": (
        "`{key}` has {count} values, and {least} is the least where `urgency` is {urgency}",
        "add what is missing",
    ),
    "symptom none": ("there is no `{key}` where `urgency` is {urgency}", "delete the line, or correct the urgency"),
    "address": ("`{value:.80}` is not a web address", "copy the page's address: https://..."),
    "day": ("`{key}` is not a date", "write a day as in {today}"),
    "future": (f"`{{key}}` is {{value}}{FUTURE}", "write the day it was really done"),
    "first_approved future": (f"`{{key}}` is {{value}}{FUTURE}", "write the year it really was"),
    "year": ("`{key}` is not a year up to now", "write four digits, as in 2014"),
    "number": ("`{value}` in `{key}` is no telephone number", "write digits and spaces, quoted, as in '0800 567 567'"),
    "hours": ("`{value}` is no time of day", "write 24/7, or as in 09:00-24:00, or delete the line"),
    "line": ("a line has no way to reach it", "add `call`, `text`, `whatsapp` or `chat`"),
    "country": ("`{value}` in `countries` is no country's code", "write its two letters, as in us"),
    "too_short": ("`{key}` names nothing", "name at least one"),
}
_UNFORESEEN = ("`{key}` can't be used ({msg})", "write it as in the other entries")


def checked(
    model: type[Checked], values: Any, root: Node, file: str, it: str, context: object = None
) -> tuple[Checked | None, list[Problem]]:
    """Return what a model makes of a file's values, or None and what is wrong: `it` is the subject, `root` has the lines.

    What is wrong with days of the future alone is a warning: the clock may be behind, as in a machine without a battery.
    """
    try:
        return model.model_validate(values, context=context), []
    except ValidationError as error:
        problems = _problems(error, model, root, file, it)
        late = [replace(each, warning=True) for each in problems if each.what.endswith(FUTURE)]
    if late:
        with suppress(ValidationError):
            return model.model_validate(values, context=date.max), late
    return None, problems


def told(problems: list[Problem]) -> list[Problem]:
    """Return the first hundred problems of a file, and that there are more."""
    if len(problems) <= MOST_TOLD:
        return problems
    next_one = problems[MOST_TOLD]
    what = "there are more errors in this file than are told here"
    return [*problems[:MOST_TOLD], Problem(next_one.file, next_one.line, what, "mend these first")]


def _problems(error: ValidationError, model: type[BaseModel], root: Node, file: str, it: str) -> list[Problem]:
    unknown, found = 0, []
    for wrong in error.errors(include_url=False)[: MOST_TOLD + 1]:
        kind, place, value = wrong["type"], wrong["loc"], wrong["input"]
        key = next((part for part in reversed(place) if isinstance(part, str)), "")
        around = place if kind == "model_type" else place[:-1]
        inside, part = next((_PARTS[str(each)] for each in reversed(around) if each in _PARTS), (it, model))
        words = {"key": key[:80], "it": inside, "msg": wrong["msg"]} | wrong.get("ctx", {})
        if kind == "extra_forbidden":
            unknown += 1
            keys = list(dict.fromkeys(key_of(part).values()))
            close = get_close_matches(key[:MAX_ID], keys, 1) if unknown <= _NEAR else []
            words["near"] = f"did you mean `{close[0]}`?" if close else f"the keys are {', '.join(keys)}"
        elif kind == "string_type":
            words["form"] = "a list" if isinstance(value, tuple) else "a mapping"
        elif kind == "string_too_long":
            words["count"] = len(value)
        what, todo = _SENTENCES.get(f"{key} {kind}") or _SENTENCES.get(kind, _UNFORESEEN)
        found.append(Problem(file, line_of(root, place), what.format(**words), todo.format(**words)))
    return found


def line_of(root: Node, place: tuple[int | str, ...]) -> int:
    """Return the line of a place in a file; of what holds it, where it is missing."""
    node = root
    for part in place:
        if isinstance(part, int) and isinstance(node.value, list):
            node = node.value[part]
        elif isinstance(part, str) and isinstance(node.value, dict):
            node = node.value.get(part, node)
    return node.line
