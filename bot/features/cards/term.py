"""A term's card: what the word means, and its other names."""

from __future__ import annotations

from bot.features.cards.card import Card
from bot.interactions.message import Field
from bot.knowledge.index import in_sentence
from bot.knowledge.kinds import Term
from bot.language import Language


class TermCard(Card[Term]):
    """A cell, a molecule, a side effect ..."""

    @staticmethod
    def kind_name(entry: Term, lang: Language) -> str:
        """Return what the term is about."""
        return lang.gettext("Term · {topic}").format(topic=in_sentence(lang.gettext(entry.topic.called)))

    def fields(self) -> tuple[Field, ...]:
        """Return other names and how the name is said."""
        return self.called()
