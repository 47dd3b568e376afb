"""A question's card: the answer, and nothing that stands in its way."""

from __future__ import annotations

from bot.features.cards.card import Card
from bot.knowledge.kinds import Question
from bot.language import _


class QuestionCard(Card[Question]):
    """A question as patients ask it."""

    def before(self) -> str:
        """Return nothing: another way of asking is no name."""
        return ""

    @staticmethod
    def kind_name(entry: Question) -> str:
        """Return that it is a question."""
        return _("Question")
