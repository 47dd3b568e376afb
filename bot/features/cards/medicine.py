"""A medicine's card: its brands, what kind it is, what it is used for, and what it must not be taken for."""

from collections.abc import Sequence
from typing import ClassVar

from bot.features.cards.card import DETAILS, Card
from bot.features.cards.parts import FEW, NAMES, bullets, first_sentence, heading, names_of, sections, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Medicine, Therapy
from bot.knowledge.kinds.values import ID
from bot.knowledge.names import in_sentence
from bot.language import _, long_day

QUESTIONS = 10
"""Questions for the care team, on their page."""


class MedicineCard(Card[Medicine]):
    """A medicine, by its generic name."""

    colour: ClassVar[int] = 0x7A5CC0

    def title(self) -> str:
        """Return its name with the brand that was typed, or with its brand where it has just one."""
        asked, brands = self.context.asked, self.entry.brands
        brand = asked if asked in (*brands, *self.entry.biosimilars) else (brands[0] if len(brands) == 1 else "")
        return f"{self.entry.name} ({brand})" if brand else self.entry.name

    def before(self) -> str:
        """Return whose brand was typed, or the brands."""
        entry, asked = self.entry, self.context.asked
        others = [brand for brand in entry.brands if brand != asked][:NAMES]
        if asked in (*entry.brands, *entry.biosimilars):
            return _("**{asked}** is a brand name of {name}.", asked=asked, name=in_sentence(entry.name))
        brands = _("Brand names: {names}", names=f"**{', '.join(others)}**") if len(others) > 1 else ""
        return "\n".join(filter(None, (super().before(), brands)))

    def main(self) -> str:
        """Return what it is used for."""
        return titled(f"{self._used_for()}:", names_of(self.entry.treats, self.snapshot, FEW), " ")

    def _used_for(self) -> str:
        # A vaccine is for "prevention of ...", which nobody has.
        people_with = any(ID.fullmatch(each) for each in self.entry.treats)
        return _("Used for certain people with") if people_with else _("Used for")

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it can do, how it is given, what kind it is and is not, all that it is used for, and its names."""
        acts_on = _("Acts on: {target}", target=self.entry.target) if self.entry.target else ""
        said = sections(self.entry, "can_help", "not_known", "is_not", "given", "at_home")
        text = "\n\n".join(filter(None, (said, self.entry.more)))
        return text, (
            Field(heading("drug_class"), "\n".join(filter(None, (self.entry.drug_class, acts_on)))),
            Field(_("Not the same as"), names_of(self.entry.look_alikes, self.snapshot)),
            Field(_("Brand names"), ", ".join(self.entry.brands)),
            Field(
                _("{title} (as of {day})", title=self._used_for(), day=long_day(self.entry.checked)),
                names_of(self.entry.treats, self.snapshot, most=99),
            ),
            Field(_("Biosimilars (very similar versions)"), ", ".join(self.entry.biosimilars)),
            *self.called(),
        )

    def details_name(self) -> str:
        """Return that it says what the treatment can do, or how it is given."""
        return heading("can_help") if self.entry.can_help else heading("given")

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions: its own, then its therapy's."""
        therapy = self.snapshot.entry(self.entry.therapy)
        asked = therapy.ask if isinstance(therapy, Therapy) else ()
        return self.entry.side_effects, tuple(dict.fromkeys((*self.entry.ask, *asked)))[:QUESTIONS]

    def dangers(self) -> tuple[Field, ...]:
        """Return the dangers of the US boxed warning."""
        title = heading("boxed")
        return (Field(title, bullets(each.danger for each in self.entry.boxed)),)

    def named(self, page: str) -> tuple[str, ...]:
        """Return what it treats and its look-alikes, on the second page."""
        return (*self.entry.treats, *self.entry.look_alikes) if page == DETAILS else super().named(page)

    def compared(self) -> tuple[tuple[str, str | Sequence[str]], ...]:
        """Return what kind it is, what it is used for, how it is given, and its side effects."""
        return (
            (heading("drug_class"), self.entry.drug_class),
            (_("Used for"), self.entry.treats),
            (heading("given"), first_sentence(self.entry.given)),
            (heading("side_effects"), " ".join(self.entry.side_effects[:1])),
        )
