"""What every entry says, and how a field says what is done with it: translated, searched, shown, linked."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, create_model, model_validator
from pydantic_core import CoreSchema

from bot.knowledge.kinds.values import (
    Address,
    Called,
    ConditionOrWords,
    Day,
    Id,
    Links,
    Many,
    Name,
    Names,
    Paragraph,
    Sentence,
    Text,
)
from bot.language import ENGLISH, to_translate

Translations: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""language -> id -> field -> value"""

COLUMNS = ("names", "short", "uses", "effects", "text")
"""of the index that `/search` asks"""

Mark = TypeVar("Mark")

ENGLISH_HASH, DIGEST = "english", 12
"""In a translation: the hash of the English that it says, and its letters."""


class Kind(Called):
    """The six kinds of entries."""

    SYMPTOM = "symptom", to_translate("symptom")
    QUESTION = "question", to_translate("question")
    TERM = "term", to_translate("term")
    THERAPY = "therapy", to_translate("therapy")
    MEDICINE = "medicine", to_translate("medicine")
    CONDITION = "condition", to_translate("condition")


@dataclass(frozen=True, slots=True)
class Translated:
    """A translation may give this field; everything else is taken from the English entry."""

    follows: bool = True
    """whether it says what the English says, and is behind when that changes; a language's names are its own"""


@dataclass(frozen=True, slots=True)
class Searched:
    """`/search` finds the entry by this field, in this column of its index, and by these words for it."""

    column: Literal["names", "short", "uses", "effects", "text"]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The card's second page has this text, or these lines, under this title; what is shown otherwise, its card shows."""

    title: str


class LinksTo:
    """The ids of entries of these kinds, or of any; or words with a capital, where the field allows them."""

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = kinds

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"description": f"by id: {', '.join(self.kinds) or 'any entry'}"}


Treats: TypeAlias = Annotated[tuple[ConditionOrWords, ...], Many(25), LinksTo(Kind.CONDITION), Searched("uses")]


class Model(BaseModel):
    """A mapping in a knowledge file: never changed, and without a key that it doesn't know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, values: object) -> object:
        # No kind has a hundred keys, and what was uploaded may have one on every line.
        return dict(islice(values.items(), 101)) if isinstance(values, dict) and len(values) > 101 else values


class Part(Model):
    """A mapping inside an entry. Its fields carry marks as an entry's do; a translation of it gives the translated ones."""

    def links(self) -> Iterator[str]:
        """Yield the ids that it names."""
        yield from (target for name in marked(type(self), LinksTo) for target in targets(getattr(self, name)))

    def searched(self) -> Iterator[str]:
        """Yield the texts by which `/search` finds the entry; an id stands for the name of its entry."""
        yield from (getattr(self, name) for name in marked(type(self), Translated))


class Source(Model):
    """A page that an entry was checked against, and the day it was seen."""

    title: Annotated[str, Text(letters=200)]
    """as the page has it"""
    publisher: Annotated[str, Text(letters=100)]
    """a health agency, regulator, hospital or charity; not a shop, a blog or a newspaper"""
    url: Address
    """the page itself"""
    seen: Day
    """the day it was read"""


class Reviewed(Model):
    """A clinician's signature: of what an entry, and the symptoms that it names, say in one language."""

    name: Name
    """as they want it shown"""
    on: Day
    """the day"""
    language: Annotated[str, Text(letters=8)]
    """the code of the language"""
    text: Annotated[str, Text(letters=16)]
    """the hash of what was signed"""


class Entry(Model):
    """What every entry says."""

    kind: ClassVar[Kind]
    folder: ClassVar[str]
    disclaimer: ClassVar[str] = "general"
    """the id of the disclaimer that stands on its card"""
    searched_as: ClassVar[str] = ""
    """words for the kind that people search with"""
    named: ClassVar[tuple[str, ...]] = ("name", "also")
    """the fields with its names, the chief one first"""
    linked: ClassVar[tuple[str, ...]] = ("related",)
    """the fields with the entries that a reader wants next, the likeliest first"""

    id: Id
    name: Annotated[Name, Translated(follows=False)]
    """as at the start of a line"""
    also: Annotated[Names, Translated(follows=False)] = ()
    """other names of this very thing; not needed for case, spaces, hyphens, accents, Greek letters or the plural"""
    shares_name: Annotated[Links, LinksTo()] = ()
    """entries that rightly have a name in common with this one, on each of them: the bot then asks which is meant"""
    say: Annotated[Name, Translated(follows=False)] = ""
    """how the name is said"""
    notice: Annotated[Sentence, Translated(), Searched("text")] = ""
    """shown before all else: no longer made, danger in pregnancy, prevents and doesn't treat"""
    short: Annotated[Sentence, Translated(), Searched("short")]
    """what it is, in one sentence"""
    more: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """what else there is to say of it"""
    related: Annotated[Links, LinksTo()] = ()
    """the entries a reader wants next"""
    sources: Annotated[tuple[Source, ...], Field(min_length=1), Many(25, distinct=False)]
    """the pages it was checked against, the best first: that one is shown on the first page of the card"""
    checked: Day
    """the day the entry was compared with its sources"""
    reviewed_by: Annotated[tuple[Reviewed, ...], Many(10, distinct=False)] = ()
    """the clinicians who reviewed it, written by the bot when they sign; shown as long as what they signed stands"""
    disclaimers: Annotated[tuple[Annotated[str, Text(letters=48)], ...], Many(5)] = ()
    """ids in `disclaimers.yaml`, beyond the kind's own"""
    withdrawn: Day | None = None
    """the day a moderator took the entry down: nothing of it is shown but that it is under review, also when the file
    is deleted"""
    based_on: Annotated[str, Text(letters=64)] = ""
    """written by the bot into a changed file: which shipped version it changes, so that a newer one is noticed"""

    def names(self) -> tuple[str, ...]:
        """Return every name that finds this entry, the chief one first."""
        return tuple(self.every(self.named, {}))

    def every_name(self, translations: Translations) -> Iterator[str]:
        """Yield every name that finds this entry, then those that its translations give it."""
        return self.every(self.named, translations)

    def every(self, keys: Sequence[str], translations: Translations) -> Iterator[str]:
        """Yield the texts of these fields, then those that its translations give them."""
        return (text for text, _languages in self.every_in(keys, translations))

    def every_in(self, keys: Sequence[str], translations: Translations) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the same, each with its languages: all for what has no translation, and for what is in capitals (IL-2)."""
        given = {language: texts.get(self.id, {}) for language, texts in translations.items()}
        lacking = (ENGLISH, *(language for language, texts in given.items() if keys[0] not in texts))
        for key in keys:
            said_in = lacking if key in marked(type(self), Translated) else (ENGLISH, *given)
            for text in targets(getattr(self, key)):
                yield text, (ENGLISH, *given) if sum(map(str.isupper, text)) > 1 else said_in
        for language, texts in given.items():
            yield from ((text, (language,)) for key in keys for text in targets(texts.get(key, ())))

    def links(self) -> tuple[str, ...]:
        """Return the ids that a reader of this entry wants next, the likeliest first."""
        return tuple(dict.fromkeys(self.every(self.linked, {})))

    def translated(self, translation: Mapping[str, Any]) -> Self:
        """Return this entry with a translation's fields in place of its own; in a list of parts, part by part.

        Other names, and how a name is said, are of use in their own language alone.
        """
        given = {name: _translated(getattr(self, name), given) for name, given in translation.items()}
        return self.model_copy(update={"say": "", "also": (), **given})


def targets(value: Any) -> tuple[str, ...]:
    """Return the ids, or names, that a field holds, be it one or many."""
    if isinstance(value, Part):
        return tuple(value.links())
    return ((value,) if value else ()) if isinstance(value, str) else tuple(i for each in value for i in targets(each))


def _translated(own: Any, given: Any) -> Any:
    if not (isinstance(own, tuple) and own and isinstance(own[0], Part)):
        return given
    pairs = zip(own, given, strict=True)
    return tuple(part.model_copy(update={k: getattr(new, k) for k in new.model_fields_set}) for part, new in pairs)


def said(entry: Entry | Part, inside: str = "") -> Iterator[tuple[str, str]]:
    """Yield what an entry says in sentences, with the key; its names, and what people type, are their own."""
    for name, mark in marked(type(entry), Translated).items():
        value: Any = getattr(entry, name)
        for each in (value if isinstance(value, tuple) else (value,)) if mark.follows else ():
            key = inside or key_of(type(entry))[name]
            yield from said(each, key) if isinstance(each, Part) else [(key, each)]


def digest_of(entry: Entry) -> str:
    """Return the hash of what an entry says, by which its translation knows that this has changed since."""
    return hashlib.sha256(repr([each for each in said(entry) if each[1]]).encode()).hexdigest()[:DIGEST]


@cache
def marked(model: type[BaseModel], mark: type[Mark]) -> dict[str, Mark]:
    """Return the fields of a model that carry a mark of this type, each with its mark."""
    fields = model.model_fields.items()
    return {name: each for name, field in fields for each in field.metadata if isinstance(each, mark)}


@cache
def key_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the key that a file gives for each field of a model."""
    return {name: field.alias or name for name, field in model.model_fields.items() if name != "id"}


@cache
def translation_of(model: type[Entry | Part]) -> type[Model]:
    """Return the model of a translation of such an entry: the translated fields, none required, checked alike."""
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, Any] = {
        name: (
            _of_texts(hints[name]),
            None if issubclass(model, Entry) or not model.model_fields[name].is_required() else ...,
        )
        for name in (*marked(model, Translated), *(["based_on"] if issubclass(model, Entry) else []))
    }
    if issubclass(model, Entry):
        fields[ENGLISH_HASH] = (Annotated[str, Text(letters=DIGEST)], "")
    return create_model(f"Translated{model.__name__}", __base__=Model, **fields)


def _of_texts(hint: Any) -> Any:
    """Return the type of a translated field: of a list of parts, that of a list of their translations."""
    kind, *marks = get_args(hint)
    inside = get_args(kind)
    if get_origin(kind) is not tuple or not (isinstance(inside[0], type) and issubclass(inside[0], Part)):
        return hint
    return Annotated[tuple[translation_of(inside[0]), ...], *marks]  # type: ignore[misc]
