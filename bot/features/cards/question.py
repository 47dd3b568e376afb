"""A question's card: the answer, and nothing that stands in its way."""

from bot.features.cards.card import Card
from bot.knowledge.kinds import Question


class QuestionCard(Card[Question]):
    """A question as patients ask it."""

    def before(self) -> str:
        """Return nothing: another way of asking is no name."""
        return ""
