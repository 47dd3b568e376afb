"""What members send is kept without a name, counted, handled once, and goes in time."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.store import gaps, privacy, queues
from bot.store.usage import Store

from .helpers import told


async def yesterday(store: Store) -> None:
    """Make everything that was sent a day older."""
    await store.execute("UPDATE messages SET day = ?", ((datetime.now(UTC) - timedelta(days=1)).date().isoformat(),))
    queues._today.clear()


async def taken(store: Store, user_id: int, kind: queues.Kind = "report", text: str = "Wrong.") -> str:
    return (await queues.send(store, user_id, kind, text, entry="t-cell" if kind == "report" else ""))[0]


async def test_three_reports_and_three_suggestions_a_day_are_taken_from_each(store: Store) -> None:
    assert [await taken(store, 42) for _ in range(4)] == ["taken"] * 3 + ["too many"]
    assert [await taken(store, 42, "suggestion") for _ in range(4)] == ["taken"] * 3 + ["too many"]
    assert await taken(store, 7) == "taken"
    await yesterday(store)
    assert await queues.may_send(store, 42, "report") == "taken"
    assert await taken(store, 42) == "taken"


async def test_deleting_what_was_sent_begins_no_new_day(store: Store) -> None:
    assert [await taken(store, 42) for _ in range(3)] == ["taken"] * 3
    assert await privacy.delete(store, 42) == 3
    assert await queues.may_send(store, 42, "report") == "too many"
    assert await taken(store, 42) == "too many"
    assert await taken(store, 42, "suggestion") == "taken"


async def test_who_does_not_want_to_be_counted_leaves_no_hash_with_a_missing_name(store: Store) -> None:
    await privacy.opt(store, 42, out=True)
    assert not await gaps.tell_missing(store, "zyxomab", "Zyxomab", 42)
    assert await store.execute("SELECT * FROM gap_votes") == []


async def test_forms_sent_at_once_are_counted_one_after_the_other(store: Store) -> None:
    assert sorted(await asyncio.gather(*(taken(store, 42) for _ in range(10)))) == ["taken"] * 3 + ["too many"] * 7


async def test_a_blocked_sender_is_refused_until_that_is_taken_back(store: Store) -> None:
    await taken(store, 42)
    first = await queues.beside(store, "report", 0, "at")
    assert first is not None
    assert await queues.block(store, first.number)
    assert await queues.block(store, first.number), "a second moderator finds it so"
    assert await taken(store, 42) == "blocked"
    assert await taken(store, 7) == "taken"
    ((number, _, text),) = await queues.blocks(store)
    assert text == "Wrong."
    assert await queues.unblock(store, number)
    assert not await queues.unblock(store, number)
    assert await taken(store, 42) == "taken"
    assert not await queues.block(store, 999), "a message that is gone has no sender"


async def fill(store: Store, most: int) -> None:
    day = datetime.now(UTC).date().isoformat()
    rows = json.dumps([["report" if n % 2 else "suggestion", f"Text {n}.", f"sender{n % 50}"] for n in range(1, most + 1)])
    await store.execute(
        "INSERT INTO messages (kind, entry, text, source, day, sender, state) "
        "SELECT kind, '', text, '', ?, sender, 'open' FROM ROWS(?, kind text, text text, sender text) AS these",
        (day, rows),
    )


async def test_ten_thousand_open_ones_are_turned_through_and_back(store: Store) -> None:
    await fill(store, 20_000)
    found = await queues.beside(store, "report", 0, "at")
    numbers = []
    for _ in range(10):
        assert found is not None
        numbers.append(found.number)
        found = await queues.beside(store, "report", found.number, "next")
    assert numbers == list(range(1, 20, 2)), "the oldest first"
    assert await queues.place(store, "report", 9_999) == (5_000, 10_000)
    last = await queues.beside(store, "report", 19_999, "next")
    assert last is not None
    assert last.number == 19_999, "beyond the end it is the last"
    before = await queues.beside(store, "report", 19_999, "back")
    assert before is not None
    assert before.number == 19_997
    start = await queues.beside(store, "report", 1, "back")
    assert start is not None
    assert start.number == 1


@pytest.mark.only("sqlite")
async def test_no_turn_of_the_page_walks_through_all_that_are_open(store: Store) -> None:
    queries = [f"{queues._OPEN} AND messages.number {step} LIMIT 1" for step in queues._STEPS.values()]
    for query in queries:
        plan = await store.execute(f"EXPLAIN QUERY PLAN {query}", ("report", 5))
        text = " ".join(str(row[3]) for row in plan)
        assert (
            "USING INDEX messages_open (kind=? AND state=? AND rowid" in text
            or "messages_open (kind=? AND state=? AND number" in text
        )
        assert "TEMP B-TREE" not in text, text


async def test_of_two_who_handle_a_message_at_once_one_is_told(store: Store) -> None:
    await taken(store, 42)
    assert sorted(await asyncio.gather(queues.settle(store, 1, "done"), queues.settle(store, 1, "declined"))) == [
        False,
        True,
    ]
    found = await queues.find(store, 1)
    assert found is not None
    assert found.state == "done"
    assert await queues.settle(store, 1, "open")
    assert not await queues.settle(store, 1, "open")
    assert not await queues.settle(store, 99, "done")


async def test_a_number_is_never_used_again(store: Store) -> None:
    await taken(store, 42)
    await queues.forget(store, 42)
    await taken(store, 7)
    assert await queues.find(store, 1) is None, "a press on what was deleted must not reach another's message"
    assert await queues.find(store, 2) is not None


async def test_what_a_person_sent_is_theirs_to_see_and_to_delete_and_a_block_stays(store: Store) -> None:
    await queues.send(store, 42, "report", "It says 3, not 4.", entry="t-cell", source="https://a.example")
    await taken(store, 7, "suggestion")
    await queues.block(store, 1)
    found = await privacy.export(store, 42)
    (message,) = found["messages_to_moderators"]  # type: ignore[misc]
    assert {**message, "day": ""} == {
        "kind": "report", "entry": "t-cell", "text": "It says 3, not 4.", "source": "https://a.example", "day": "",
        "state": "open",
    }  # fmt: skip
    assert found["messages_no_longer_taken"] is True
    assert await privacy.delete(store, 42) == 1
    assert (await privacy.export(store, 42))["messages_to_moderators"] == []
    assert len((await privacy.export(store, 7))["messages_to_moderators"]) == 1, "others' stay"  # type: ignore[arg-type]
    assert await taken(store, 42) == "blocked"


async def test_not_to_be_counted_leaves_what_was_sent_on_purpose(store: Store) -> None:
    await taken(store, 42)
    await privacy.opt(store, 42, out=True)
    assert len(await queues.own(store, 42)) == 1
    assert await taken(store, 42) == "taken", "and one may send more"


async def test_messages_go_after_their_time_handled_or_not_in_small_batches(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "BATCH", 7)
    await fill(store, 30)
    await queues.settle(store, 1, "done")
    await queues.block(store, 2)
    await store.execute("UPDATE messages SET day = '2020-01-01' WHERE number <= 25")
    assert await privacy.expire(store, 90) == 25
    assert [row[0] for row in await store.execute("SELECT number FROM messages")] == [26, 27, 28, 29, 30]
    assert await queues.blocks(store), "a block stays until it is taken back"


async def test_a_dismissed_name_does_not_come_back_by_being_told_of_again(store: Store) -> None:
    await told(store, "Zyxomab", 5)
    ((people, name, text),) = await gaps.missed(store, 10)
    assert (people, text) == (5, "Zyxomab")
    assert await gaps.dismiss(store, name) == "Zyxomab"
    assert await gaps.dismiss(store, name) is None
    await told(store, "Zyxomab", 9)
    assert await gaps.missed(store, 10) == []
    assert await store.execute("SELECT * FROM gap_votes") == [], "nor are hashes kept for it"
    assert await gaps.dismiss(store, name, dismissed=False) == "Zyxomab"
    assert [gap.people for gap in await gaps.missed(store, 10)] == [5]


async def test_missing_names_come_most_missed_first(store: Store) -> None:
    for number in range(9):
        await told(store, f"Name{number}", 3 + number // 2)
    all_ = await gaps.missed(store, 100)
    assert [gap.people for gap in all_] == [7, 6, 6, 5, 5, 4, 4, 3, 3]
    assert await gaps.missed(store, 3) == all_[:3]
