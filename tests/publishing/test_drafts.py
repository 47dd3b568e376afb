"""A draft survives a restart, and is its own person's for a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import drafts
from bot.store.usage import Store

from ..test_store import rows
from .helpers import T_CELL, WHO

pytestmark = pytest.mark.only("sqlite")


async def test_a_proposal_survives_a_restart_and_is_its_own_persons_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    content = {"files": {T_CELL: [None, "name: 😀\r\n"]}, "form": True}
    kept = await drafts.keep(store, WHO, content)
    await store.close()
    store = await Store.open(path)
    assert await drafts.find(store, WHO, kept) == content
    assert await drafts.find(store, WHO + 1, kept) is None, "someone else's"
    assert await drafts.find(store, WHO, "0" * 16) is None
    assert await drafts.find(store, WHO, "") is None
    await store.execute("UPDATE proposals SET at = unixepoch() - ?", (drafts.LASTS - 100,))
    assert await drafts.find(store, WHO, kept) == content
    await store.execute("UPDATE proposals SET at = unixepoch() - ?", (drafts.LASTS,))
    assert await drafts.find(store, WHO, kept) is None, "a day is over"
    assert str(WHO) not in str(rows(path, "SELECT * FROM proposals")), "kept under a hash"
    await store.close()


async def test_a_proposal_that_was_published_or_dropped_is_gone(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "immunobot.db")
    one, two = [await drafts.keep(store, WHO, {"n": n}) for n in range(2)]
    assert one != two
    await drafts.drop(store, one)
    assert await drafts.find(store, WHO, one) is None
    assert await drafts.find(store, WHO, two) == {"n": 1}
    await store.close()


async def test_only_the_latest_proposals_of_a_person_are_kept_and_the_one_just_made_among_them(tmp_path: Path) -> None:
    path = tmp_path / "immunobot.db"
    store = await Store.open(path)
    others = await drafts.keep(store, WHO + 1, {})
    for number in range(60):
        kept = await drafts.keep(store, WHO, {"n": number})
        assert await drafts.find(store, WHO, kept) == {"n": number}
    assert rows(path, "SELECT COUNT(*) FROM proposals")[0] == (drafts.MOST + 1,)
    assert await drafts.find(store, WHO + 1, others) == {}
    await store.close()
