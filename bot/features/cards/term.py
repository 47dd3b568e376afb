"""A term's card: what the word means, and its other names."""

from bot.features.cards.card import Card
from bot.features.cards.parts import NAMES
from bot.interactions.message import Field
from bot.knowledge.kinds import Term
from bot.knowledge.names import in_sentence
from bot.knowledge.signs import signs_of
from bot.language import _


class TermCard(Card[Term]):
    """A cell, a molecule, a side effect ..."""

    @staticmethod
    def kind_name(entry: Term) -> str:
        """Return what the term is about."""
        return _("Term · {topic}", topic=in_sentence(_(entry.topic.called)))

    def main(self) -> str:
        """Return more of it, its other names, and how the name is said; where signs need the room, whom to call alone."""
        if self._has_signs():
            return self.about_calling(about=True)
        names = ", ".join(self.entry.also[:NAMES])
        called = _("**Also called:** {names}", names=names) if names else ""
        said = _("**How to say it:** {say}", say=self.entry.say) if self.entry.say else ""
        return "\n\n".join(filter(None, (self.entry.more, called, said)))

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what the first page has no room for."""
        return (self.about_calling(about=False), self.called()) if self._has_signs() else ("", ())

    def _has_signs(self) -> bool:
        return any(signs_of(self.snapshot, self.entry).values())
