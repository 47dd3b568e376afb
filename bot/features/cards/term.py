"""A term's card: what the word means, and its other names."""

from __future__ import annotations

from bot.features.cards.card import Card
from bot.interactions.message import Field
from bot.knowledge.kinds import Term, Topic, is_urgent
from bot.language import Language


class TermCard(Card[Term]):
    """A cell, a molecule, a side effect ..., or something urgent."""

    @staticmethod
    def kind_name(entry: Term, lang: Language) -> str:
        """Return what the term is about."""
        _ = lang.gettext
        return {
            Topic.CELLS: _("Term · cells"),
            Topic.MOLECULES: _("Term · molecules"),
            Topic.PROCESSES: _("Term · how the body works"),
            Topic.SIDE_EFFECTS: _("Term · side effects"),
            Topic.TESTS: _("Term · tests"),
            Topic.MEDICINE_GROUPS: _("Term · groups of medicines"),
            Topic.VACCINES: _("Term · vaccines"),
            Topic.CARE: _("Term · care"),
            Topic.URGENT: _("Urgent: get help first"),
        }[entry.topic]

    def fields(self) -> tuple[Field, ...]:
        """Return other names and how the name is said."""
        return () if is_urgent(self.entry) else self.called()
