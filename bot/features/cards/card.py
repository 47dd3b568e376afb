"""An entry as a card: what it is first, help before side effects, the rest a press away so that it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, TypeVar

from bot.features.cards.calls import when_to_call
from bot.features.cards.parts import (
    bullets,
    fields,
    joined_within,
    masked_link,
    open_buttons,
    open_select,
    shown_sources,
    sources_line,
    titled,
)
from bot.interactions.custom_id import join
from bot.interactions.message import BLUE, Button, Embed, Field, Item, Message, Style
from bot.interactions.request import Request
from bot.knowledge.kinds import Entry, Kind, Question
from bot.knowledge.kinds.base import Shown, marked
from bot.knowledge.library import Snapshot
from bot.knowledge.signs import signs_of
from bot.language import Language

OVERVIEW, DETAILS, HELP, ASK, PAGES = "overview", "details", "help", "ask", "sources"

RELATED = 5
"""Related entries with a button: a row, which a phone shows in two or three lines."""

OTHER_NAMES = 6
SHORT_LINE = 40
"""Other names on a first page, and letters that fit beside another field."""

MOST_KEPT = 300
"""Finished cards kept in memory; the entries that most people ask for are far fewer."""


@dataclass(frozen=True, slots=True)
class CardContext:
    """Where a card will stand, and who runs the bot, as far as a card depends on it."""

    share: bool = False
    keep: bool = False
    emergency: str = ""
    """the operator's own words on whom to call, shown before everything in urgent answers"""
    country: str = ""
    """the code of the country that the server's managers set"""

    @classmethod
    def of(cls, request: Request) -> CardContext:
        """Return what a private card depends on.

        Share makes sense in a server's channel that the asker may write in, where its managers leave it on; Keep wherever
        the answer would vanish.
        """
        share = request.interaction.guild_id is not None and request.may_write and request.server.sharing
        return cls(share, keep=True, emergency=request.config.operator.emergency, country=request.server.country)

    def bare(self) -> CardContext:
        """Return the same without Share and Keep: for a card that stands outside of a private answer."""
        return CardContext(emergency=self.emergency, country=self.country)


E = TypeVar("E", bound=Entry)


class Card(Generic[E]):
    """How entries of one kind are shown; each kind says what differs."""

    colour: ClassVar[int] = BLUE

    def __init__(self, entry: E, snapshot: Snapshot, lang: Language, context: CardContext) -> None:
        """Show this entry, in the language it was looked up in."""
        self.entry = entry
        self.snapshot = snapshot
        self.lang = lang
        self.context = context

    @staticmethod
    def kind_name(entry: E, lang: Language) -> str:
        """Return what kind of thing an entry is."""
        _ = lang.gettext
        return {Kind.THERAPY: _("Therapy"), Kind.MEDICINE: _("Medicine"), Kind.CONDITION: _("Condition")}[entry.kind]

    def before(self) -> str:
        """Return what stands before the sentence on what it is."""
        return ""

    def after(self) -> str:
        """Return what stands below when to call, on the first page."""
        return self.entry.more

    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the first page, but for the sources."""
        return ()

    def details(self) -> tuple[str, tuple[Field, ...]]:
        """Return the text and the fields of the second page; nothing of either where there is none."""
        return "", ()

    def details_name(self) -> str:
        """Return what the second page is called."""
        _ = self.lang.gettext
        return _("How it is given") if hasattr(self.entry, "given") else _("More")

    def _shown(self) -> Iterator[Field]:
        """Yield the fields of the second page that the kind itself gives a title."""
        for name, each in marked(type(self.entry), Shown).items():
            value = getattr(self.entry, name)
            yield Field(self.lang.gettext(each.title), value if isinstance(value, str) else bullets(value))

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the side effects, and the questions for the care team."""
        return (), ()

    def _questions(self) -> tuple[tuple[str, ...], str]:
        """Return the questions that people ask about it."""
        questions = (e for e in self.snapshot.entries.values() if isinstance(e, Question) and self.entry.id in e.about)
        return tuple(question.id for question in questions), self.lang.gettext("Questions that many ask ({n})")

    def dangers(self) -> tuple[Field, ...]:
        """Return what stands before the side effects, on their page."""
        return ()

    def to_pick(self, page: str) -> tuple[tuple[str, ...], str]:
        """Return the ids of the entries that a page names without a button of their own, and what their select is called."""
        signs = signs_of(self.snapshot, self.entry).values() if page == HELP else ()
        return tuple(each.symptom.id for found in signs for each in found), self.lang.gettext("Open one of these signs")

    def compared(self) -> tuple[tuple[str, str], ...]:
        """Return what is compared beside what it is: (title, text); the same titles for all of a kind."""
        return ()

    def pages(self) -> tuple[str, ...]:
        """Return the pages that the card has, the first one first."""
        side_effects, questions = self.lists()
        has = {
            OVERVIEW: True,
            DETAILS: any((*self.details(), fields(*self._shown()))),
            HELP: bool(side_effects),
            ASK: bool(questions),
            PAGES: len(self.entry.sources) > len(shown_sources(self.entry)),
        }
        return tuple(page for page, there in has.items() if there)

    def page_name(self, page: str) -> str:
        """Return what a page is called."""
        _ = self.lang.gettext
        return {
            OVERVIEW: _("Overview"),
            DETAILS: self.details_name(),
            HELP: _("Side effects, when to call"),
            ASK: _("Questions to ask"),
            PAGES: _("Sources"),
        }[page]

    def message(self, page: str) -> Message:
        """Return the card at a page of it; an unknown page is the first one."""
        pages, entry = self.pages(), self.entry
        page = page if page in pages else OVERVIEW
        author = self.kind_name(entry, self.lang)
        embed = Embed(entry.name, colour=self.colour, author=author, footer=self._footer())
        related = [e for i in entry.links() if (e := self.snapshot.entry(i, self.lang.code))][:RELATED]
        picked, label = self.to_pick(page)
        if page == OVERVIEW and not picked:
            picked, label = self._questions()
        listed = [e for i in dict.fromkeys(picked) if (e := self.snapshot.entry(i, self.lang.code))]
        rows = (
            self._page_row(pages, page),
            open_buttons(related),
            open_select(listed, label.format(n=len(listed))),
            self._last_row(page),
        )
        return Message(embeds=(self._filled(embed, page),), rows=tuple(row for row in rows if row))

    def _filled(self, embed: Embed, page: str) -> Embed:
        _ = self.lang.gettext
        side_effects, questions = self.lists()
        if page == OVERVIEW:
            sources = Field(_("Sources"), sources_line(self.entry, self.lang))
            return replace(embed, description=self._overview(), fields=fields(*self.fields(), sources))
        if page == DETAILS:
            text, shown = self.details()
            return replace(embed, description=text, fields=fields(*shown, *self._shown()))
        if page == HELP:
            calls = when_to_call(self.snapshot, self.entry, self.lang)
            text = "\n".join(filter(None, (self.context.emergency if calls else "", calls)))
            return replace(
                embed, description=text, fields=fields(*self.dangers(), Field(_("Side effects"), bullets(side_effects)))
            )
        if page == ASK:
            return replace(embed, description=titled(_("Questions for your care team"), bullets(questions)))
        pages = [f"• {masked_link(s.title, s.url)}, {s.publisher} ({self.lang.day(s.seen)})" for s in self.entry.sources]
        return replace(embed, description=joined_within(pages, "\n", 3500))

    def _overview(self) -> str:
        entry = self.entry
        untranslated = "*" + self.lang.gettext("This entry is not in your language yet, so it is shown in English.") + "*"
        parts = [
            "" if self.snapshot.is_translated(entry.id, self.lang.code) else untranslated,
            f"**{entry.notice}**" if entry.notice else "",
            self.before(),
            entry.short,
            # All of them: no sign of danger is behind a button.
            when_to_call(self.snapshot, entry, self.lang),
            self.after(),
        ]
        return "\n\n".join(part for part in parts if part)

    def called(self) -> tuple[Field, ...]:
        """Return other names, and how the name is said; side by side where both are short."""
        _ = self.lang.gettext
        names = ", ".join(self.entry.also[:OTHER_NAMES])
        inline = len(names) <= SHORT_LINE
        return Field(_("Also called"), names, inline), Field(_("How to say it"), self.entry.say, inline)

    def _page_row(self, pages: tuple[str, ...], here: str) -> tuple[Item, ...]:
        if len(pages) == 1:
            return ()
        return tuple(
            Button(
                self.page_name(page), join("tab", self.entry.id, page),
                Style.PRIMARY if page == here else Style.SECONDARY, disabled=page == here,
            )
            for page in pages
        )  # fmt: skip

    def _last_row(self, page: str) -> tuple[Item, ...]:
        """Return Share and Keep, as far as they make sense where the answer stands, and Report a mistake."""
        _ = self.lang.gettext
        entry_id, row = self.entry.id, []
        if self.context.share:
            row.append(Button(_("Share here"), join("share", entry_id, page)))
        if self.context.keep:
            row.append(Button(_("Keep a copy"), join("keep", entry_id, page)))
        return (*row, Button(_("Report a mistake"), join("report", entry_id)))

    def _footer(self) -> str:
        _ = self.lang.gettext
        entry = self.entry
        checked = _("Checked on {day}").format(day=self.lang.day(entry.checked))
        if entry.reviewed_by:
            checked += " · " + _("reviewed by {name}").format(name=entry.reviewed_by)
        keys = dict.fromkeys((entry.disclaimer, *entry.disclaimers))
        return "\n".join((f"{checked}.", *(self.snapshot.disclaimer(key, self.lang.code) for key in keys)))
