"""A symptom's card: first what to do, on a hand's width of the screen; what it can mean is a press away."""

from collections import Counter
from itertools import accumulate

from bot.features.cards.calls import call_line, cannot_reach, listed_signs, short_sign
from bot.features.cards.card import DETAILS, OVERVIEW, Card
from bot.features.cards.helplines import crisis_lines, emergency_number, numbers_button
from bot.features.cards.parts import bullets, masked_link, some, sources_line, titled
from bot.interactions.custom_id import join
from bot.interactions.message import BLUE, RED, Button, Embed, Field, Item, Message
from bot.knowledge.danger import SELF_HARM
from bot.knowledge.kinds import Medicine, Symptom, Therapy, Urgency
from bot.knowledge.names import in_sentence
from bot.knowledge.signs import Elsewhere, less_urgent_in, makes_worse, more_urgent_in
from bot.language import _

SIGNS = 3
"""Steps or signs on the first view at most."""

HAND, LINE = 11, 36
"""Lines that fit a hand (350 px on a phone's width), and the letters of one."""

SHOWN, TREATMENTS = 3, 8
"""Treatments named that make a sign more urgent, on the first view and on the second."""


class SymptomCard(Card[Symptom]):
    """A sign as a person feels or sees it, with its one urgency."""

    @property
    def colour(self) -> int:  # type: ignore[override]
        """Return red for what can't wait."""
        return BLUE if self.entry.urgency is Urgency.TODAY else RED

    @staticmethod
    def kind_name(entry: Symptom) -> str:
        """Return what it is, and that it is urgent where it is."""
        return {
            Urgency.EMERGENCY: _("Urgent: get help first"),
            Urgency.NOW: _("Symptom: call your care team now"),
            Urgency.TODAY: _("Symptom: tell your care team today"),
        }[entry.urgency]

    def author(self) -> str:
        """Return what it is: how urgent comes before all else."""
        return self.kind_name(self.entry)

    def pages(self) -> tuple[str, ...]:
        """Return what to do first, then all else."""
        return tuple(dict.fromkeys((OVERVIEW, DETAILS, *super().pages()[1:])))

    def page_name(self, page: str) -> str:
        """Return what a page is called."""
        return {OVERVIEW: _("What to do"), DETAILS: _("More about it")}.get(page) or super().page_name(page)

    def message(self, page: str) -> Message:
        """Return what to do and, where that can't wait, nothing else but a button or two; all else is on the other pages."""
        if self.entry.urgency is Urgency.TODAY or page in self.pages()[1:]:
            return super().message(page)
        more = Button(_("More"), join("tab", self.entry.id, DETAILS))
        author = self.kind_name(self.entry)
        row = (*(self._numbers() if self.entry.id == SELF_HARM else ()), more)
        embeds = (Embed(self.entry.name, self._overview(), self.colour, author),)
        return Message(embeds=embeds, rows=(row,), again=join("tab", self.entry.id))

    def _numbers(self) -> tuple[Item, ...]:
        return numbers_button(self.snapshot, self.context.country)

    def _last_row(self, page: str) -> tuple[Item, ...]:
        """Return what any card has; where an emergency is explained, before it the numbers of a country."""
        numbers = self._numbers() if page == DETAILS and self.entry.urgency is Urgency.EMERGENCY else ()
        return (*numbers, *super()._last_row(page))

    def _overview(self) -> str:
        """Return whom to call, the steps or the signs that make it worse, and whom to call again."""
        entry = self.entry
        first, steps = self._steps()
        worse: list[str] = []
        if entry.urgency is not Urgency.EMERGENCY:
            worse = [*self._worse_in_short(), *self._on_treatments()]  # however long: who is in more danger must read it
            steps = steps[: max(0, SIGNS - 1 - len(worse))]
        elif entry.id == SELF_HARM:
            steps = steps[: SIGNS - 1]  # there, a kind sentence stands before them
        last = cannot_reach() if entry.urgency is Urgency.NOW else call_line(entry.urgency)
        head = (
            f"**{self.context.emergency}**" if self.context.emergency else "",
            f"**{first}**",
            crisis_lines(self.snapshot, self.context.country) if entry.id == SELF_HARM else "",
            self.language_note(),
            self._measure(),
            entry.short if entry.urgency is Urgency.TODAY or entry.id == SELF_HARM else "",
        )
        end = f"**{last}**"
        if entry.urgency is not Urgency.TODAY:
            room = HAND - sum(_lines(text) for text in (*head, *worse, end))
            steps = steps[: max(not worse, sum(total <= room for total in accumulate(map(_lines, steps))))]
        sources = f"\n{sources_line(entry)}" if entry.urgency is Urgency.TODAY else ""
        return "\n".join(part for part in (*head, bullets([*worse, *steps][:SIGNS]), end, sources) if part)

    def _measure(self) -> str:
        """Return the sign itself where it has a measure, as a fever has: from when on it counts."""
        sign = self.entry.sign
        counts = self.entry.urgency is Urgency.NOW and any(letter.isdigit() for letter in sign)
        return f"{sign[0].upper()}{sign[1:]}." if counts else ""

    def _steps(self) -> tuple[str, list[str]]:
        """Return what to do first, and the steps after it."""
        if self.entry.urgency is not Urgency.EMERGENCY:
            return call_line(self.entry.urgency), list(self.entry.at_once)
        first, *steps = self.entry.at_once
        return first, steps

    def _on_treatments(self) -> list[str]:
        """Return on which treatments it is more urgent than by itself, the most used first, and what to do then."""
        found = more_urgent_in(self.snapshot, self.entry)
        medicines = [e for e in self.snapshot.entries.values() if isinstance(e, Medicine)]
        count = Counter(medicine.therapy for medicine in medicines)
        belongs = {medicine.id: medicine.therapy for medicine in medicines}
        lines = []
        for urgency in Urgency:
            treatments = (e for e in found if e.urgency is urgency and isinstance(e.entry, Medicine | Therapy))
            ids = {each.entry.id: each.entry.name for each in treatments}
            own = [i for i in ids if belongs.get(i) not in ids]
            names = [ids[i] for i in sorted(own, key=lambda i: -count[i])]
            if names:
                # Whoever doesn't find theirs among those named can't know that it is none of the others.
                unsure = _("On {treatments}, or if you aren't sure whether on yours: {what}")
                text = unsure if len(names) > SHOWN else _("On {treatments}: {what}")
                what = in_sentence(call_line(urgency))
                lines.append(text.format(treatments=some([in_sentence(name) for name in names], SHOWN), what=what))
        return lines

    def _worse_in_short(self) -> list[str]:
        """Return the first emergencies with which it is one too."""
        worse = makes_worse(self.snapshot, self.entry)
        signs = [short_sign(other) for other in worse if other.urgency is Urgency.EMERGENCY][:SIGNS]
        text = _("Emergency number at once if also: {signs}.")
        return [text.format(signs="; ".join(signs))] if signs else []

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return what it is and can mean, all steps, what makes it worse, and where it is more or less urgent."""
        entry = self.entry
        first, steps = self._steps()
        worse = makes_worse(self.snapshot, entry)
        of = {urgency: [short_sign(other) for other in worse if other.urgency is urgency] for urgency in Urgency}
        text = "\n\n".join(
            part
            for part in (
                entry.short,
                entry.more,
                titled(first, bullets(steps)) or f"**{first}**",
                listed_signs({urgency: signs for urgency, signs in of.items() if signs}, also=True),
            )
            if part
        )
        more, less = (f(self.snapshot, entry) for f in (more_urgent_in, less_urgent_in))
        on = {urgency: [each.entry.name for each in more if each.urgency is urgency] for urgency in Urgency}
        number = emergency_number(self.snapshot, self.context.country)
        return text, (
            Field(_("Emergency number"), number if entry.urgency is Urgency.EMERGENCY else ""),
            *(Field(self._with_these(urgency), some(names, TREATMENTS)) for urgency, names in on.items()),
            Field(_("Where it is less urgent"), "\n".join(self._less(each) for each in less)),
            Field(_("Also called"), ", ".join(entry.also)),
        )

    def _with_these(self, urgency: Urgency) -> str:
        return {
            Urgency.EMERGENCY: _("An emergency with these: call your local emergency number"),
            Urgency.NOW: _("With these, call your team now, day or night"),
        }.get(urgency, "")

    def _less(self, found: Elsewhere) -> str:
        why = found.why
        source = _("source")
        link = f" ({masked_link(source, why.source)})" if why else ""
        return f"• {found.entry.name}: {call_line(found.urgency)} {why.why if why else ''}{link}"


def _lines(text: str) -> int:
    """Return how many lines of a phone a text takes."""
    return -(-len(text) // LINE)
