"""Questions: as patients ask them, each with its answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from bot.knowledge.kinds.base import Entry, Kind, LinksTo, Searched, Translated, Translations
from bot.knowledge.kinds.values import Id, Many, Text

Asked = Annotated[tuple[Annotated[str, Text(words=14, letters=100)], ...], Many(20)]


class Question(Entry):
    """A question, and what can be answered in general; who can say the rest."""

    kind = Kind.QUESTION
    folder = "questions"
    searched_as = "question"

    name: Annotated[str, Text(words=14, letters=100), Translated(follows=False)]
    """the question as people ask it"""
    asked_as: Annotated[Asked, Translated(follows=False), Searched("names")] = ()
    """other ways of asking it: whoever types one gets the answer"""
    about: Annotated[tuple[Id, ...], Many(6), LinksTo()] = ()
    """what it is about"""
    more: Annotated[str, Text(words=90), Translated(), Searched("text")] = ""
    """the rest of the answer; `short` is its first sentence"""

    def names(self) -> tuple[str, ...]:
        """Return every way of asking it, the chief one first."""
        return (*super().names(), *self.asked_as)

    def every_name(self, translations: Translations) -> Iterator[str]:
        """Yield every way of asking it, in every language."""
        yield from super().every_name(translations)
        for language in translations.values():
            yield from language.get(self.id, {}).get("asked_as", ())

    def links(self) -> tuple[str, ...]:
        """Return what it is about, then what is related."""
        return tuple(dict.fromkeys((*self.about, *self.related)))
