"""An entry as a card: what it is, when to call and the one field that matters most; the rest a press away.

Cards are embeds: measured at a phone's width, Discord's components (V2) took no less height, and an embed's colour,
author and footer are read by every client and by the bots that servers have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import ClassVar, Generic, TypeVar

from bot.features.cards.calls import when_to_call
from bot.features.cards.parts import (
    bullets,
    fields,
    heading,
    joined_within,
    masked_link,
    open_select,
    sources_line,
    titled,
)
from bot.interactions.custom_id import join
from bot.interactions.message import BLUE, Button, Embed, Field, Item, Message, Option, Select
from bot.interactions.request import Request
from bot.interactions.text import escaped
from bot.knowledge.due import months_after
from bot.knowledge.kinds import Entry, Kind, Question
from bot.knowledge.kinds.base import Shown, marked
from bot.knowledge.library import Snapshot
from bot.knowledge.names import normalise
from bot.knowledge.reviewed import review_of
from bot.knowledge.search import in_sentences
from bot.knowledge.signs import signs_of
from bot.language import ENGLISH, _, long_day, month, spoken
from bot.settings import Knowledge

OVERVIEW, DETAILS, HELP, ASK, PAGES = "overview", "details", "help", "ask", "sources"

CALLING = re.compile(r"emergenc|urgenc|\b(?:team|call|now|equipo|ahora)\b|llam|avis", re.IGNORECASE)
"""What a sentence says that is about whom to call, and when."""

LONG = 700
"""Letters of a first page that fill a phone's screen."""

MOST_KEPT = 300
"""Finished cards kept in memory; the entries that most people ask for are far fewer."""


MONTHS = (Knowledge().due_months, Knowledge().due_months_medicines)


@dataclass(frozen=True, slots=True)
class CardContext:
    """Where a card will stand, and who runs the bot, as far as a card depends on it."""

    emergency: str = ""
    """the operator's own words on whom to call, shown before everything in urgent answers"""
    country: str = ""
    """the code of the country that the server's managers set"""
    months: tuple[int, int] = MONTHS
    """how many months a check holds: of any entry, of a medicine"""
    asked: str = ""
    """the name it was asked for by, as the knowledge spells it; empty for a press"""

    @classmethod
    def of(cls, request: Request, asked: str = "") -> CardContext:
        """Return what an answer to a request depends on."""
        due = request.config.knowledge
        months = due.due_months, due.due_months_medicines
        return cls(request.config.operator.emergency, request.server.country, months, asked)


E = TypeVar("E", bound=Entry)


class Card(Generic[E]):
    """How entries of one kind are shown; each kind says what differs."""

    colour: ClassVar[int] = BLUE

    def __init__(self, entry: E, snapshot: Snapshot, context: CardContext) -> None:
        """Show this entry, in the language that is spoken."""
        self.entry = entry
        self.snapshot = snapshot
        self.context = context

    @staticmethod
    def kind_name(entry: E) -> str:
        """Return what kind of thing an entry is."""
        return _(entry.kind.called).capitalize()

    def before(self) -> str:
        """Return what stands before the sentence on what it is: of another name that was typed, whose it is."""
        name, asked = self.entry.name, self.context.asked
        text = _("**{asked}** is another name for **{name}**.")
        return text.format(asked=escaped(asked), name=name) if asked and normalise(asked) != normalise(name) else ""

    def title(self) -> str:
        """Return what stands above it all."""
        return self.entry.name

    def author(self) -> str:
        """Return what stands above the title; what kind of thing it is stands at the end, in a line that is there anyway."""
        return ""

    def main(self) -> str:
        """Return what matters most beside what it is and when to call: the end of the first page."""
        return self.entry.more

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return the text and the fields of the second page; nothing of either where there is none."""
        return "", ()

    def details_name(self) -> str:
        """Return what the second page is called."""
        return _("How it is given") if hasattr(self.entry, "given") else _("More")

    def _shown(self) -> Iterator[Field]:
        """Yield the fields of the second page that the kind itself gives a title."""
        for name, each in marked(type(self.entry), Shown).items():
            value = getattr(self.entry, name)
            yield Field(_(each.title), value if isinstance(value, str) else bullets(value))

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions for the care team."""
        return (), ()

    def to_read_next(self, page: str) -> tuple[Item, ...]:
        """Return a select of what the page names, what the entry leads to, and the questions that people ask about it."""
        entries, own = self.snapshot.entries.values(), self.entry.id
        questions = (e.id for e in entries if isinstance(e, Question) and own in e.about)
        ids = dict.fromkeys((*self.named(page), *self.entry.links(), *questions))
        found = [e for i in ids if i != own and (e := self.snapshot.entry(i))]
        return open_select(found, _("Read next"))

    def dangers(self) -> tuple[Field, ...]:
        """Return what stands before the side effects, on their page."""
        return ()

    def named(self, page: str) -> tuple[str, ...]:
        """Return the ids of the entries that a page names: the first ones to read next from it."""
        signs = signs_of(self.snapshot, self.entry).values() if page == HELP else ()
        return tuple(each.symptom.id for found in signs for each in found)

    def compared(self) -> tuple[tuple[str, str | Sequence[str]], ...]:
        """Return what is compared beside what it is: (title, text or ids); the same titles for all of a kind."""
        return ()

    def pages(self) -> tuple[str, ...]:
        """Return the pages that the card has, the first one first."""
        side_effects, questions = self.lists()
        has = {
            OVERVIEW: True,
            DETAILS: any((*self.details(), fields(*self._shown()))),
            HELP: bool(side_effects),
            ASK: bool(questions),
            PAGES: len(self.entry.sources) > 1,
        }
        return tuple(page for page, there in has.items() if there)

    def page_name(self, page: str) -> str:
        """Return what a page is called."""
        return {
            OVERVIEW: _("Overview"),
            DETAILS: self.details_name(),
            HELP: _("Side effects, when to call"),
            ASK: _("Questions to ask"),
            PAGES: _("Sources"),
        }[page]

    def message(self, page: str) -> Message:
        """Return the card at a page of it; an unknown page is the first one."""
        pages = self.pages()
        page = page if page in pages else OVERVIEW
        embed = Embed(self.title(), colour=self.colour, author=self.author(), footer=self._footer())
        shown, again = self._filled(embed, page), join("tab", self.entry.id, page)
        # Below a long first page nobody sees what to read next; it is behind the last button, too.
        to_read = () if page == OVERVIEW and len(shown.description) > LONG else self.to_read_next(page)
        rows = (self._page_row(pages, page), self._to_tick(page), to_read, self._last_row(page))
        return Message(embeds=(shown,), rows=tuple(row for row in rows if row), again=again)

    def _filled(self, embed: Embed, page: str) -> Embed:
        side_effects, questions = self.lists()
        if page == OVERVIEW:
            return replace(embed, description=self._overview())
        if page == DETAILS:
            text, shown = self.details()
            return replace(embed, description=text, fields=fields(*shown, *self._shown()))
        if page == HELP:
            calls = when_to_call(self.snapshot, self.entry)
            text = "\n".join(filter(None, (self.context.emergency if calls else "", calls)))
            return replace(
                embed,
                description=text,
                fields=fields(*self.dangers(), Field(heading("side_effects"), bullets(side_effects))),
            )
        if page == ASK:
            return replace(embed, description=titled(_("Questions for your care team"), bullets(questions)))
        pages = [f"• {masked_link(s.title, s.url)}, {s.publisher} ({long_day(s.seen)})" for s in self.entry.sources]
        return replace(embed, description=joined_within(pages, "\n", 3500))

    def _overview(self) -> str:
        entry = self.entry
        parts = [
            self.language_note(),
            f"**{entry.notice}**" if entry.notice else "",
            self.before(),
            entry.short,
            # All of them: no sign of danger is behind a button.
            when_to_call(self.snapshot, entry),
            self.main(),
            sources_line(entry),
        ]
        return "\n\n".join(part for part in parts if part)

    def language_note(self) -> str:
        """Return that this is not in the reader's language, or that the English has changed since; else nothing."""
        if not self.snapshot.is_translated(self.entry.id):
            return "*" + _("This entry is not in your language yet, so it is shown in English.") + "*"
        changed = _("The English text was changed after this translation; a press on English shows it.")
        return f"*{changed}*" if self.snapshot.is_behind(self.entry.id) else ""

    def called(self) -> tuple[Field, ...]:
        """Return other names, and how the name is said."""
        return Field(_("Also called"), ", ".join(self.entry.also)), Field(_("How to say it"), self.entry.say)

    def about_calling(self, *, about: bool) -> str:
        """Return the sentences of `more` that are about whom to call, or all others: the first are never behind a button."""
        return " ".join(each for each in in_sentences(self.entry.more) if bool(CALLING.search(each)) is about)

    def _page_row(self, pages: tuple[str, ...], here: str) -> tuple[Item, ...]:
        """Return a select of the pages, which names the one that is shown; of two, the other is a button in the last row."""
        if len(pages) <= 2:
            return ()
        now = _("● {page} (page {n} of {all})")
        options = tuple(
            Option(now.format(page=name, n=n, all=len(pages)) if page == here else name, page, chosen=page == here)
            for n, (page, name) in enumerate(((page, self.page_name(page)) for page in pages), start=1)
        )
        return (Select(join("tab", self.entry.id), self.page_name(here), options),)

    def questions(self) -> dict[str, str]:
        """Return the questions for the care team, by what tells them apart when they are ticked."""
        return {sha256(question.encode()).hexdigest()[:8]: question for question in self.lists()[1]}

    def _to_tick(self, page: str) -> tuple[Item, ...]:
        """Return a select of the questions, to tick those to take along, on their page."""
        options = tuple(Option(question, key) for key, question in self.questions().items()) if page == ASK else ()
        return (
            (Select(join("take", self.entry.id), _("Tick those to take along"), options, len(options)),) if options else ()
        )

    def _last_row(self, page: str) -> tuple[Item, ...]:
        """Return the button behind which Read next, Share, Keep and Report are, and of two pages the other one."""
        pages, entry_id = self.pages(), self.entry.id
        others = [each for each in pages if each != page] if len(pages) == 2 else []
        turning = (Button(self.page_name(each), join("tab", entry_id, each)) for each in others)
        return (Button(_("More …"), join("more", entry_id, page)), *turning)

    def _footer(self) -> str:
        entry = self.entry
        months = self.context.months[entry.kind is Kind.MEDICINE]
        checked = _(
            "Checked {month}, next by {then}", month=month(entry.checked), then=month(months_after(entry.checked, months))
        )
        code = spoken().code if self.snapshot.is_translated(entry.id) else ENGLISH
        if entry.reviewed_by and (review := review_of(self.snapshot, entry, code)):
            text = _("Reviewed by {name} on {day}; next review by {then}")
            then = month(months_after(review.on, months))
            checked += ". " + text.format(name=review.name, day=long_day(review.on), then=then)
        if not self.author():
            checked = f"{self.kind_name(entry)} · {checked}"
        keys = dict.fromkeys((entry.disclaimer, *entry.disclaimers))
        return " ".join((f"{checked}.", *(self.snapshot.disclaimer(key) for key in keys)))
