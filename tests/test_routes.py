"""Whatever stands in an id is answered: by the feature that wrote it, or as expired."""

from __future__ import annotations

import logging
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import features
from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card, card_of
from bot.interactions import custom_id, routes
from bot.interactions.answer import Answer
from bot.interactions.custom_id import MOST_TEXT, join, split
from bot.interactions.request import Request
from bot.interactions.routes import Text, press
from bot.knowledge.library import Snapshot
from bot.service.tryout import Stage

from .conftest import MORE, text_of
from .test_settings import sent_as

EXPIRED = "This button has expired. Ask again with a command; `/help` shows them."

features.load()


@pytest.fixture
def only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presses that a test registers are gone after it."""
    monkeypatch.setattr(routes, "_presses", dict(routes._presses))


@pytest.mark.usefixtures("only_here")
def test_what_a_signature_says_is_what_an_id_carries() -> None:
    @press("testing")
    async def testing(
        request: Request, kind: Literal["report", "suggestion"], number: int, text: Text, more: str = ""
    ) -> Answer:
        raise AssertionError

    custom = testing.id("report", 12, Text("a text, ¿sí?"))
    found = split(custom)
    assert found is not None
    assert testing.read(found[1]) == ["report", 12, "a text, ¿sí?", ""]
    for wrong in (["report", "x", ""], ["other", "1", ""], ["report", "", ""], ["report", "1", "", "", "more"]):
        with pytest.raises(ValueError, match=r"no number|not one of|too many"):
            testing.read(wrong)


@pytest.mark.usefixtures("only_here")
def test_an_action_is_answered_in_one_place() -> None:
    with pytest.raises(ValueError, match="open is answered by open_entry already"):

        @press("open")
        async def another(request: Request) -> Answer:
            raise AssertionError


@given(st.text(max_size=200))
def test_any_text_fits_into_an_id(text: str) -> None:
    whole = join("search", "12", custom_id.encode_text(text))
    assert len(whole) <= 100
    found = split(whole)
    assert found is not None
    carried = custom_id.decode_text(found[1][1]) if len(found[1]) > 1 else ""
    assert carried == text.encode("utf-8", "ignore")[:MOST_TEXT].decode(errors="ignore")


def test_what_no_id_can_carry_is_refused_where_it_is_written() -> None:
    for parts in (("open", "a b"), ("Open", "a"), ("open", "x" * 100), ("open", "a:b")):
        with pytest.raises(ValueError, match="no id for a press"):
            join(*parts)


def test_every_button_of_every_card_is_answered_by_a_feature(shipped: Snapshot) -> None:
    here = CardContext()
    for entry_id, entry in shipped.entries.items():
        for page in card_of(entry, shipped, here).pages():
            message = card(shipped, entry_id, here, page)
            assert message is not None
            for item in (item for row in message.rows for item in row):
                found = split(item.id)
                assert found is not None
                routes._presses[found[0]].read(found[1])


@pytest.mark.parametrize(
    "sent",
    ["", "im1", "im1:", "im1:nobody", "im0:open:t-cell", "im1:search:x", "im1:set:other:yes", "im1:open:a:b:c:d", "im1:open:T CELL",
     "im1:modqset:report:99999999999999999999x:done", "im1:browse:-", "im1:browse:99999999999999999999", "\u202e", "im1:search:1:%%%", "im1:sharenow:t-cell:x:y"],
)  # fmt: skip
async def test_a_damaged_id_has_expired_and_is_no_mistake_of_ours(
    world: Stage, sent: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    result = await world.member.slash(world.channel, "define", term="T cell")
    sent_as(monkeypatch, lambda payload: payload["data"].update(custom_id=sent))
    with caplog.at_level(logging.INFO):
        pressed: Any = await world.member.click(result.response, label=MORE)
    assert text_of(pressed).strip() == EXPIRED
    assert "Incident" not in caplog.text
