"""A card's JSON is kept: what goes out is what would have been made anew, in every language, whatever was typed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.interactions.custom_id import encode_text, join
from bot.interactions.message import Message
from bot.interactions.wire import IN_PLACE, MESSAGE, _answering, said
from bot.knowledge.library import Snapshot
from bot.language import LANGUAGES, chosen, language, speaking


def sent(message: Message, kind: int = MESSAGE, *, private: bool = True) -> Any:
    return json.loads(_answering(kind, message, private=private))


def anew(message: Message, kind: int = MESSAGE, *, private: bool = True) -> Any:
    return {"type": kind, "data": said(message, private=private)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_card_goes_out_as_it_would_be_made_anew(shipped: Snapshot, code: str) -> None:
    for lang, ids in ((language(code), [*shipped.entries]), (chosen(code), [*shipped.entries][:50])):
        with speaking(lang):
            for entry_id in ids:
                kept = card(shipped, entry_id, CardContext())
                assert kept is not None
                message = replace(kept, again=join("asked", "define", encode_text('ü"\\{}')))
                assert sent(message) == anew(message)
                assert sent(message, IN_PLACE, private=False) == anew(message, IN_PLACE, private=False)


def test_what_is_made_of_a_card_goes_out_as_it_is(snapshot: Snapshot) -> None:
    kept = card(snapshot, "t-cell", CardContext())
    assert kept is not None
    assert sent(kept) == anew(kept)
    for changed in (
        replace(kept, content="Step 1 of 5"),
        replace(kept, rows=kept.rows[:1]),
        replace(kept, embeds=(replace(kept.embeds[0], footer="Another one"),)),
        replace(kept, again=""),
    ):
        assert sent(changed) == anew(changed) != anew(kept)


def test_a_card_is_worked_out_once(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = card(snapshot, "t-cell", CardContext())
    assert kept is not None
    first = sent(kept)
    monkeypatch.setattr("bot.interactions.wire.clamp", None)
    assert sent(kept) == first
