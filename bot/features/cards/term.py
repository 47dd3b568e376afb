"""A term's card: what the word means, and its other names."""

from __future__ import annotations

from bot.features.cards.card import Card
from bot.interactions.message import Field
from bot.knowledge.index import in_sentence
from bot.knowledge.kinds import Term, Topic
from bot.language import Language


def topic_names(lang: Language) -> dict[Topic, str]:
    """Return what each topic is called."""
    _ = lang.gettext
    return {
        Topic.CELLS: _("Cells"),
        Topic.MOLECULES: _("Molecules"),
        Topic.PROCESSES: _("How the body works"),
        Topic.SIDE_EFFECTS: _("Side effects"),
        Topic.TESTS: _("Tests"),
        Topic.MEDICINE_GROUPS: _("Groups of medicines"),
        Topic.VACCINES: _("Vaccines"),
        Topic.CARE: _("Care"),
    }


class TermCard(Card[Term]):
    """A cell, a molecule, a side effect ..."""

    @staticmethod
    def kind_name(entry: Term, lang: Language) -> str:
        """Return what the term is about."""
        return lang.gettext("Term · {topic}").format(topic=in_sentence(topic_names(lang)[entry.topic]))

    def fields(self) -> tuple[Field, ...]:
        """Return other names and how the name is said."""
        return self.called()
