"""A field of a file as someone types it: texts; lists one a line; signs and links by their names; parts in columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel
from rapidfuzz import fuzz, process

from bot.features.cards.calls import call_line
from bot.features.cards.fields import LABELS
from bot.knowledge.kinds import BY_FOLDER, CallNow, Entry, Kind, Note, Source, Symptom, Urgency
from bot.knowledge.kinds.base import LinksTo, Part, key_of, marked, translation_of
from bot.knowledge.kinds.values import Called, Text
from bot.knowledge.library import Snapshot
from bot.knowledge.names import normalise
from bot.knowledge.names import words as in_words
from bot.knowledge.rewrite import Value
from bot.knowledge.sources import host_of
from bot.language import _

NEAREST = 23
"""Entries offered for words that are no entry's name."""

LONG = 3800
"""Letters of a list that stand in one field of a form; what is more stands in the next."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS = re.compile(r"https?://\S+")
_NOTED = re.compile(r"(.+?)\s*\(([^()]+(?:\([^()]*\)[^()]*)?)\)")
_BETWEEN = " | "


def kind_of(file: str) -> type[Entry] | None:
    """Return the kind of the entry that a file holds, or translates; None where it holds none."""
    return BY_FOLDER.get(file.removeprefix("es/").partition("/")[0])


class UnknownNameError(LookupError):
    """What was typed for a link is no single entry's name."""

    def __init__(self, words: str, kinds: tuple[Kind, ...], *, may_stay: bool) -> None:
        self.words, self.kinds = words, kinds
        self.may_stay = may_stay
        """whether the words may stand there as they are"""
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind's files, or of their translations."""

    key: str
    name: str
    hint: Any
    kinds: tuple[Kind, ...] | None
    """of which kinds the entries are that it links to; None for no links"""
    words: int = 0
    """the most words of a text, or of a line"""

    @property
    def part(self) -> type[BaseModel] | None:
        """What its list holds, where that is parts."""
        inside = get_args(self.hint)[0] if get_origin(self.hint) is tuple else None
        return inside if isinstance(inside, type) and issubclass(inside, BaseModel) else None

    @property
    def is_list(self) -> bool:
        """Whether it holds several values."""
        return get_origin(self.hint) is tuple

    def choices(self) -> dict[str, str]:
        """Return what may be chosen, where that is a few things: value -> what is read."""
        if not isinstance(self.hint, type) or not issubclass(self.hint, StrEnum):
            return {}
        return {each.value: _(each.called) if isinstance(each, Called) else call_line(Urgency(each)) for each in self.hint}

    def parts(self) -> dict[str, str]:
        """Return what it is typed in, where that is several lists: key -> the title of each."""
        return {each.value: call_line(each) for each in Urgency} if self.hint is CallNow else {}


def field_of(cls: type[Entry], key: str, *, translation: bool = False) -> Field | None:
    """Return the field of this key; None where there is none, and for the bot's own."""
    name = next((name for name, own in key_of(cls).items() if own == key), "")
    model = translation_of(cls) if translation else cls
    if name not in LABELS or name not in model.model_fields:
        return None
    info, link = model.model_fields[name], marked(cls, LinksTo).get(name)
    inside = getattr(next(iter(get_args(info.annotation)), None), "__metadata__", ())
    words = next((each.words for each in (*info.metadata, *inside) if isinstance(each, Text)), 0)
    most = words * 5 // 4 if translation else words
    return Field(key, name, info.annotation, link.kinds if link and not translation else None, most)


def shown(field: Field, value: Any, snapshot: Snapshot) -> dict[str, str]:
    """Return what stands in a file as it is typed: by the field's key, or its parts'."""
    if field.parts():
        given = value if isinstance(value, dict) else {}
        return {key: "\n".join(_sign(each, snapshot) for each in given.get(key) or ()) for key in field.parts()}
    if field.part and isinstance(value, tuple):
        columns = list(field.part.model_fields)
        lines = [
            _BETWEEN.join(_cell(each.get(c, ""), snapshot) for c in columns) for each in value if isinstance(each, dict)
        ]
        return {field.key: "\n".join(line.rstrip(" |") for line in lines)}
    values = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    texts = [name_of(each, snapshot) if field.kinds is not None else one_line(str(each)) for each in values]
    return {field.key: "\n".join(texts)}


def _cell(value: Any, snapshot: Snapshot) -> str:
    if isinstance(value, tuple):
        return "; ".join(name_of(each, snapshot) for each in value)
    return name_of(str(value), snapshot) if str(value) in snapshot.entries else one_line(str(value))


def _sign(value: Any, snapshot: Snapshot) -> str:
    (sign, note), *_rest = value.items() if isinstance(value, dict) and value else [(value, "")]
    said = _(Note(note).called) if note in set(Note) else note
    return name_of(str(sign), snapshot) + (f" ({said})" if note else "")


def name_of(entry_id: str, snapshot: Snapshot) -> str:
    """Return what an entry is called where that is its name alone, else its id; other words as they are."""
    entry = snapshot.entry(entry_id, or_withdrawn=True)
    return entry.name if entry and snapshot.index.exact(entry.name) == (entry_id,) else entry_id


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something."""
    return [line for each in text.splitlines() if (line := one_line(each))]


def chunks(text: str) -> list[str]:
    """Return a text in pieces that a form takes, each of whole lines."""
    found = [""]
    for line in text.splitlines():
        if found[-1] and len(found[-1]) + len(line) >= LONG:
            found.append("")
        found[-1] += ("\n" if found[-1] else "") + line
    return found


def read_back(field: Field, typed: Mapping[str, str], before: Any, snapshot: Snapshot) -> Value:
    """Return what a file is to say by what was typed; None takes the key away. Raises UnknownNameError."""
    text = typed.get(field.key, "")
    if field.parts():
        lists = {key: [_read_sign(line, snapshot) for line in lines_of(typed.get(key, ""))] for key in field.parts()}
        return {key: found for key, found in lists.items() if found} or None
    if field.part is Source:
        known = {each["url"]: each for each in before or () if isinstance(each, dict) and "url" in each}
        return [_source(line, known, snapshot) for line in lines_of(text)] or None
    if field.part:
        return [_columns(line, field.part, snapshot) for line in lines_of(text)] or None
    if not field.is_list:
        words = one_line(text)
        return (_find(words, field, before, snapshot) if field.kinds is not None and words else words) or None
    lines = lines_of(text)
    return ([_find(line, field, before, snapshot) for line in lines] if field.kinds is not None else lines) or None


def _read_sign(line: str, snapshot: Snapshot) -> str | dict[str, str]:
    found = _NOTED.fullmatch(line)
    notes = {normalise(words): note.value for note in Note for words in (note.value, _(note.called))}
    note = notes.get(normalise(found[2])) if found else None
    sign = found_id(found[1] if found and note else line, (Kind.SYMPTOM,), snapshot)
    return {sign: note} if note else sign


def _find(line: str, field: Field, before: Any, snapshot: Snapshot) -> str:
    """Return the id that is meant; of conditions, words that stood there before or were confirmed stay."""
    may_stay = field.name == "treats"
    if may_stay and (line in (before or ()) or line.startswith('"')):
        return line.strip('"')
    return found_id(line, field.kinds or (), snapshot, may_stay=may_stay)


def found_id(words: str, kinds: tuple[Kind, ...], snapshot: Snapshot, *, may_stay: bool = False) -> str:
    """Return the id of the one entry of these kinds that is called so, or has this id. Raises UnknownNameError."""
    known = {**snapshot.entries, **snapshot.withdrawn}
    ids = (words,) if words in known else (*snapshot.index.exact(words), *snapshot.withdrawn_names.exact(words))
    ids = tuple(i for i in ids if not kinds or known[i].kind in kinds)
    if len(ids) != 1:
        raise UnknownNameError(words, kinds, may_stay=may_stay)
    return ids[0]


def nearest(words: str, kinds: tuple[Kind, ...], snapshot: Snapshot) -> list[Entry]:
    """Return the entries of these kinds whose names, in any language, come nearest to what was typed.

    A moderator who picks one means it: unlike members they are offered what is urgent or short, too.
    """
    names = {
        name: entry.id
        for entry in snapshot.entries.values()
        if not kinds or entry.kind in kinds
        for name in (
            *entry.every_name(snapshot.translations),
            *(entry.every_word(snapshot.translations) if isinstance(entry, Symptom) else ()),
        )
    }
    spelled = {name: " ".join(in_words(name)) for name in names}
    found = process.extract(" ".join(in_words(words)), spelled, scorer=fuzz.token_set_ratio, limit=200, score_cutoff=55)
    ids = dict.fromkeys(names[name] for *_score, name in found)
    return [entry for i in ids if (entry := snapshot.entry(i))][:NEAREST]


def _columns(line: str, part: type[BaseModel], snapshot: Snapshot) -> dict[str, Any]:
    """Return a part by its columns; what is empty is left out."""
    columns = list(part.model_fields)
    texts = [each.strip() for each in line.split("|", len(columns) - 1)]
    links = marked(part, LinksTo) if issubclass(part, Part) else {}
    made: dict[str, Any] = {}
    for column, text in zip(columns, texts, strict=False):
        if not text:
            continue
        if column not in links:
            made[column] = text
        elif get_origin(part.model_fields[column].annotation) is tuple:
            made[column] = [
                found_id(each.strip(), links[column].kinds, snapshot) for each in text.split(";") if each.strip()
            ]
        else:
            made[column] = found_id(text, links[column].kinds, snapshot)
    return made


def _source(line: str, known: Mapping[str, Mapping[str, str]], snapshot: Snapshot) -> dict[str, str | date]:
    """Return a source: of a bare address, what this or another entry calls the page, else what its address tells."""
    parts = [part.strip() for part in line.rsplit("|", 3)]
    if len(parts) == 4:
        named = dict(zip(("title", "publisher", "url", "seen"), parts, strict=True))
    else:
        address, day = _ADDRESS.search(line), _DAY.search(line)
        rest = [part for part in parts if part not in (address and address[0], day and day[0])]
        named = dict(zip(("title", "publisher"), rest, strict=False)) | ({"url": address[0]} if address else {})
        url = named.get("url", "")
        if url and "title" not in named:
            named |= dict(known.get(url) or _called(url, snapshot))
        if url:
            named["seen"] = day[0] if day else str(named.get("seen") or datetime.now(UTC).date())
    return {
        key: _as_day(named[key]) if key == "seen" else named[key]
        for key in ("title", "publisher", "url", "seen")
        if named.get(key)
    }


def _called(url: str, snapshot: Snapshot) -> dict[str, str]:
    """Return the title and the publisher of a page, as entries have them that name it, or others of its host."""
    sources = [source for entry in snapshot.entries.values() for source in entry.sources]
    if same := next((source for source in sources if source.url == url), None):
        return {"title": same.title, "publisher": same.publisher, "url": url}
    host = host_of(url)
    publisher = next((source.publisher for source in sources if host_of(source.url) == host), host)
    path = urlsplit(url).path.rstrip("/").rpartition("/")[2].partition(".")[0]
    title = re.sub(r"[-_]+", " ", path).strip().capitalize() or host
    return {"title": title, "publisher": publisher, "url": url}


def _as_day(text: str) -> str | date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text
