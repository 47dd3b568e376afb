"""What members wrote is shown inert and within limits."""

from __future__ import annotations

import re
import string
from datetime import date
from typing import Any

import pytest

from bot.features.cards.card import DETAILS, OVERVIEW, CardContext
from bot.features.cards.kinds import card
from bot.features.inbox import gaps as gaps_shown
from bot.features.inbox.sending import not_kept, thanks
from bot.features.inbox.waiting import none_open, open_message
from bot.interactions.custom_id import join
from bot.interactions.limits import FIELD_VALUE, clamp, size
from bot.interactions.pager import Page
from bot.interactions.text import typed_whole
from bot.knowledge.kinds import Kind
from bot.knowledge.library import Snapshot
from bot.language import language
from bot.store.queues import Message

from ..conftest import spoken_in
from ..test_replies import check_limits

ENGLISH, SPANISH = language("en-US"), language("es-ES")

NASTY = "**bold** [x](http://a.b) <@123> @everyone <#1> https://evil.example/a_b `code` ||x||\n# big\n- one\n1. two\n> quote\n-# small\n"


def report(text: str, source: str = "", blocked: int = 0) -> Message:
    return Message(12, "report", "t-cell", text, source, date(2026, 11, 22), "open", blocked)


def marks_without_backslash(text: str) -> str:
    return re.sub(r"\\[^0-9A-Za-z\s]", "", text)


@pytest.mark.parametrize("lang", [ENGLISH, SPANISH])
@pytest.mark.parametrize("text", [(NASTY * 50)[:4000], "*" * 4000, "💉" * 4000, "\u202e\x00\n" * 2000, "a\n" * 2000])
def test_four_thousand_characters_of_anything_are_shown_inert_and_within_limits(
    snapshot: Snapshot, lang: Any, text: str
) -> None:
    entry = snapshot.entry("t-cell", lang.code)
    reply = spoken_in(lang, open_message, report(text, text[:300]), (5, 10_000), entry, note="Done.")
    for each in (reply, spoken_in(lang, not_kept, text)):
        check_limits(clamp(each))
        described = each.embeds[0].description or ""
        assert not set(marks_without_backslash(described)) & set(string.punctuation), "every mark has its backslash"
    for field in reply.embeds[0].fields:
        assert not set(marks_without_backslash(field.value or "")) & set(string.punctuation)
    assert size(typed_whole(text, FIELD_VALUE)) <= FIELD_VALUE


def test_what_was_written_keeps_its_lines_and_loses_nothing_else() -> None:
    assert typed_whole("  One *two*.\n\n\n\nthree\u200b\tfour ", 100) == "One \\*two\\*\\.\n\nthree four"
    assert typed_whole("x" * 20, 10) == "x" * 9 + "…"


def test_the_moderators_read_it_in_their_language(snapshot: Snapshot) -> None:
    reply = spoken_in(SPANISH, open_message, report("Mal."), (1, 2), snapshot.entry("t-cell", "es"))
    assert reply.embeds[0].title == "Un error en Linfocito T"
    assert reply.embeds[0].footer == "1 de 2, lo más antiguo primero. Enviado el 22 de noviembre de 2026, sin nombre."
    assert (
        spoken_in(SPANISH, none_open, "suggestion", note="Hecho.").content == "Hecho. No hay ninguna sugerencia pendiente."
    )
    assert spoken_in(SPANISH, thanks).content.startswith("Gracias. Los moderadores lo leerán.")
    assert (spoken_in(SPANISH, gaps_shown.listed, Page.of([], 0, 4)).embeds[0].description or "").startswith(
        "No falta ningún nombre"
    )


def test_every_card_leads_to_the_report_of_a_mistake(shipped: Snapshot) -> None:
    for entry_id in shipped.entries:
        # A symptom says first what to do, and nothing else; the rest is a press away.
        page = DETAILS if shipped.entries[entry_id].kind is Kind.SYMPTOM else OVERVIEW
        reply = card(shipped, entry_id, CardContext(), page)
        assert reply is not None
        assert join("more", entry_id, page) in {item.id for row in clamp(reply).rows for item in row}
