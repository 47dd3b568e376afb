"""A medicine's card: its brands, what kind it is, what it is used for, and what it must not be taken for."""

from __future__ import annotations

from typing import ClassVar

from bot.features.cards.card import DETAILS, Card
from bot.features.cards.parts import NAMES, benefit, bullets, names_of, titled
from bot.interactions.message import Field
from bot.knowledge.kinds import Medicine, Therapy
from bot.knowledge.kinds.values import ID

QUESTIONS = 10
"""Questions for the care team, on their page."""


class MedicineCard(Card[Medicine]):
    """A medicine, by its generic name."""

    colour: ClassVar[int] = 0x7A5CC0

    def before(self) -> str:
        """Return the brands: who typed one sees at once that this is it."""
        names = ", ".join(self.entry.brands[:NAMES])
        return self.lang.gettext("Brand names: {names}").format(names=f"**{names}**") if names else ""

    def after(self) -> str:
        """Return nothing more: the rest is on the second page."""
        return ""

    def fields(self) -> tuple[Field, ...]:
        """Return what kind it is, what it is used for, its look-alikes, and how the name is said."""
        _ = self.lang.gettext
        acts_on = _("Acts on: {target}").format(target=self.entry.target) if self.entry.target else ""
        return (
            Field(_("What kind of medicine"), "\n".join(filter(None, (self.entry.drug_class, acts_on)))),
            Field(self._used_for(), names_of(self.entry.treats, self.snapshot, self.lang)),
            Field(_("Not the same as"), names_of(self.entry.look_alikes, self.snapshot, self.lang)),
            Field(_("How to say it"), self.entry.say),
        )

    def _used_for(self) -> str:
        _ = self.lang.gettext
        people_with = any(ID.fullmatch(each) for each in self.entry.treats)
        # A vaccine is for "prevention of ...", which nobody has.
        title = _("Used for certain people with (as of {day})") if people_with else _("Used for (as of {day})")
        return title.format(day=self.lang.day(self.entry.checked))

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it can do, how it is given, all that it is used for, its biosimilars, and other names."""
        _ = self.lang.gettext
        given, more = titled(_("How it is given"), self.entry.given), self.entry.more
        text = "\n\n".join(
            filter(None, (benefit(self.entry, self.lang), given, titled(_("At home"), self.entry.at_home), more))
        )
        return text, (
            Field(self._used_for(), names_of(self.entry.treats, self.snapshot, self.lang, most=99)),
            Field(_("Biosimilars (very similar versions)"), ", ".join(self.entry.biosimilars)),
            Field(_("Also called"), ", ".join(self.entry.also)),
        )

    def details_name(self) -> str:
        """Return that it says what the treatment can do, or how it is given."""
        _ = self.lang.gettext
        return _("What it can do") if self.entry.can_help else _("How it is given")

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions: its own, then its therapy's."""
        therapy = self.snapshot.entry(self.entry.therapy, self.lang.code)
        asked = therapy.ask if isinstance(therapy, Therapy) else ()
        return self.entry.side_effects, tuple(dict.fromkeys((*self.entry.ask, *asked)))[:QUESTIONS]

    def dangers(self) -> tuple[Field, ...]:
        """Return the dangers of the US boxed warning."""
        title = self.lang.gettext("The strongest warning on its US label (boxed)")
        return (Field(title, bullets(each.danger for each in self.entry.boxed)),)

    def to_pick(self, page: str) -> tuple[tuple[str, ...], str]:
        """Return what it treats and its look-alikes, on the second page."""
        if page != DETAILS:
            return super().to_pick(page)
        return (*self.entry.treats, *self.entry.look_alikes), self.lang.gettext("Open one of these ({n})")

    def compared(self) -> tuple[tuple[str, str], ...]:
        """Return its brands, what kind it is, what it is used for, and how it is given."""
        _ = self.lang.gettext
        return (
            (_("brand names"), ", ".join(self.entry.brands[:NAMES])),
            (_("what kind of medicine"), self.entry.drug_class),
            (_("acts on"), self.entry.target),
            (_("used for"), names_of(self.entry.treats, self.snapshot, self.lang)),
            (_("how it is given"), self.entry.given),
        )
