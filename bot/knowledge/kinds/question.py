"""Questions: as patients ask them, each with its answer."""

from typing import Annotated

from bot.knowledge.kinds.base import Entry, Kind, LinksTo, Searched, Translated
from bot.knowledge.kinds.values import Id, Many, Text

Asked = Annotated[tuple[Annotated[str, Text(words=14, letters=100)], ...], Many(20)]


class Question(Entry):
    """A question, and what can be answered in general; who can say the rest."""

    kind = Kind.QUESTION
    folder = "questions"
    searched_as = "question"
    named = ("name", "also", "asked_as")
    linked = ("about", "related")

    name: Annotated[str, Text(words=14, letters=100), Translated(follows=False)]
    """the question as people ask it"""
    asked_as: Annotated[Asked, Translated(follows=False), Searched("names")] = ()
    """other ways of asking it: whoever types one gets the answer"""
    about: Annotated[tuple[Id, ...], Many(6), LinksTo()] = ()
    """what it is about"""
    more: Annotated[str, Text(words=90), Translated(), Searched("text")] = ""
    """the rest of the answer; `short` is its first sentence"""
