"""What members send reaches the moderators without a name, is handled once, and goes when its sender or time says so."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import string
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.features.cards.card import DETAILS, OVERVIEW, CardContext
from bot.features.cards.kinds import card
from bot.features.inbox import gaps as gaps_shown
from bot.features.inbox.sent import not_kept, thanks
from bot.features.inbox.waiting import none_open, open_message
from bot.interactions.custom_id import encode_text, join
from bot.interactions.limits import FIELD_VALUE, clamp, size
from bot.interactions.text import typed_whole
from bot.knowledge.library import Snapshot
from bot.language import language
from bot.service.tryout import Stage
from bot.settings import Operator
from bot.store import gaps, privacy, queues
from bot.store.keys import note
from bot.store.queues import Message
from bot.store.usage import Store

from .conftest import buttons_of, text_of
from .test_replies import check_limits

ENGLISH, SPANISH = language("en-US"), language("es-ES")

NASTY = "**bold** [x](http://a.b) <@123> @everyone <#1> https://evil.example/a_b `code` ||x||\n# big\n- one\n1. two\n> quote\n-# small\n"


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "immunobot.db")
    yield store
    await store.close()


async def yesterday(store: Store) -> None:
    """Make everything that was sent a day older."""
    await store.execute("UPDATE messages SET day = date(day, '-1 day')")
    queues._today.clear()


async def taken(store: Store, user_id: int, kind: queues.Kind = "report", text: str = "Wrong.") -> str:
    return (await queues.send(store, user_id, kind, text, entry="t-cell" if kind == "report" else ""))[0]


# ------------------------------------------------------------------------------------------------------------- the store


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
    ((number, _, text),), more = await queues.blocks(store)
    assert (text, more) == ("Wrong.", False)
    assert await queues.unblock(store, number)
    assert not await queues.unblock(store, number)
    assert await taken(store, 42) == "taken"
    assert not await queues.block(store, 999), "a message that is gone has no sender"


async def fill(store: Store, most: int) -> None:
    rows = json.dumps([["report" if n % 2 else "suggestion", f"Text {n}.", f"sender{n % 50}"] for n in range(1, most + 1)])
    await store.execute(
        "INSERT INTO messages (kind, entry, text, source, day, sender, state) "
        "SELECT value ->> 0, '', value ->> 1, '', date(), value ->> 2, 'open' FROM json_each(?)",
        (rows,),
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
    assert (await queues.blocks(store))[0], "a block stays until it is taken back"


async def test_many_blocks_are_shown_page_by_page(store: Store) -> None:
    await fill(store, 20)
    for number in range(1, 11):
        await queues.block(store, number)
    seen, before, more = [], 0, True
    while more:
        found, more = await queues.blocks(store, before)
        seen += [number for number, _, _ in found]
        before = seen[-1]
    assert seen == list(range(10, 0, -1))


async def told(store: Store, name: str, times: int = 3) -> None:
    for person in range(times):
        await gaps.tell_missing(store, name.lower(), name, person)


async def test_a_dismissed_name_does_not_come_back_by_being_told_of_again(store: Store) -> None:
    await told(store, "Zyxomab", 5)
    ((people, name, text),) = await gaps.missed(store, None, 10)
    assert (people, text) == (5, "Zyxomab")
    assert await gaps.dismiss(store, name) == "Zyxomab"
    assert await gaps.dismiss(store, name) is None
    await told(store, "Zyxomab", 9)
    assert await gaps.missed(store, None, 10) == []
    assert await store.execute("SELECT * FROM gap_votes") == [], "nor are hashes kept for it"
    assert await gaps.dismiss(store, name, dismissed=False) == "Zyxomab"
    assert [gap.people for gap in await gaps.missed(store, None, 10)] == [5]


async def test_missing_names_come_most_missed_first_and_turn_both_ways(store: Store) -> None:
    for number in range(9):
        await told(store, f"Name{number}", 3 + number // 2)
    all_ = await gaps.missed(store, None, 100)
    assert [gap.people for gap in all_] == [7, 6, 6, 5, 5, 4, 4, 3, 3]
    place = (all_[4].people, all_[4].name)
    assert await gaps.missed(store, place, 3) == all_[4:7]
    assert await gaps.missed(store, place, 3, before=True) == all_[1:4]


# ---------------------------------------------------------------------------------------------------- what is shown of it


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
    reply = open_message(report(text, text[:300]), (5, 10_000), entry, lang, note="Done.")
    for each in (reply, not_kept(text, lang)):
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
    reply = open_message(report("Mal."), (1, 2), snapshot.entry("t-cell", "es"), SPANISH)
    assert reply.embeds[0].title == "Un error en Linfocito T"
    assert reply.embeds[0].footer == "1 de 2, lo más antiguo primero. Enviado el 22 de noviembre de 2026, sin nombre."
    assert none_open("suggestion", SPANISH, note="Hecho.").content == "Hecho. No hay ninguna sugerencia pendiente."
    assert thanks(SPANISH).content.startswith("Gracias. Los moderadores lo leerán.")
    assert (gaps_shown.listed([], SPANISH).embeds[0].description or "").startswith("No falta ningún nombre")


def test_every_card_has_a_button_to_report_a_mistake(shipped: Snapshot) -> None:
    for entry_id in shipped.entries:
        for where in (CardContext(), CardContext(share=True, keep=True)):
            pages = [card(shipped, entry_id, ENGLISH, where, page) for page in (OVERVIEW, DETAILS)]
            ids = {item.id for reply in pages if reply for row in clamp(reply).rows for item in row}
            assert join("report", entry_id) in ids


# -------------------------------------------------------------------------------------------------------- in a server


async def form(world: Stage, person: Any = None, term: str = "T cell") -> Any:
    """Open the form to report a mistake."""
    person = person or world.member
    result = await person.slash(world.channel, "define", term=term)
    return await person.click(result.response, label="Report a mistake")


async def send_report(world: Stage, text: str, source: str = "", person: Any = None) -> Any:
    person = person or world.member
    shown_form = await form(world, person)
    return await person.submit_modal(shown_form, {"text": text, "source": source})


async def send_suggestion(world: Stage, text: str, person: Any = None) -> Any:
    person = person or world.member
    shown_form = await person.slash(world.channel, "suggest")
    return await person.submit_modal(shown_form, {"text": text})


def messages(world: Stage) -> list[tuple[Any, ...]]:
    with sqlite3.connect(world.env.bot.deps.config.database_path()) as connection:
        return connection.execute("SELECT kind, entry, text, source, state FROM messages ORDER BY number").fetchall()


def another_moderator(world: Stage) -> Any:
    return world.env.guild.add_member(world.env.create_user("second"), roles=[world.env.guild.roles["Moderators"]])


def last_edit(world: Stage) -> dict[str, Any]:
    """Return what an answer was last changed to."""
    return next(r.json for r in reversed(world.env.http_requests) if r.method == "PATCH" and "/messages/@original" in r.path)


def read(world: Stage) -> str:
    """Return all that a person reads after a press that changed an answer."""
    body = last_edit(world)
    parts = [body.get("content") or ""]
    for embed in body.get("embeds") or ():
        parts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        parts += [f"{each['name']}\n{each['value']}" for each in embed.get("fields", ())]
    return "\n".join(parts)


async def test_a_report_is_taken_with_thanks_and_reaches_the_moderators_without_a_name(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    shown_form = await form(world)
    assert "In **T cell**. Please write nothing about your own health." in str(world.env.http_requests[-1].json)
    await world.member.submit_modal(shown_form, {"text": "It is *red*, secretword.", "source": "https://a.example/x"})
    assert "Thank you. The moderators will read it." in read(world)
    assert world.member.name not in read(world)
    assert messages(world) == [("report", "t-cell", "It is *red*, secretword.", "https://a.example/x", "open")]
    notice = world.notices.last_message
    assert notice.content == "Somebody reported a mistake in **T cell**."
    assert "secretword" not in str(
        [r.json for r in world.env.http_requests if r.method == "POST" and "/channels/" in r.path]
    )
    opened = await world.moderator.click(notice, label="Read it")
    assert opened.ephemeral, "what is in it is not for the whole channel"
    assert "A mistake in T cell" in read(world)
    assert "It is \\*red\\*\\, secretword\\." in read(world)
    assert "1 of 1, the oldest first." in read(world)
    assert "secretword" not in caplog.text
    assert str(world.member.id) not in caplog.text


async def test_a_suggestion_is_taken_too(world: Stage) -> None:
    await send_suggestion(world, "Please explain ports.")
    assert messages(world) == [("suggestion", "", "Please explain ports.", "", "open")]
    assert world.notices.last_message.content == "Somebody sent a suggestion."
    await world.moderator.slash(world.channel, "knowledge suggestions")
    assert "Please explain ports" in read(world)
    await world.moderator.slash(world.channel, "knowledge reports")
    assert read(world).strip() == "No report is waiting."


async def test_a_shared_card_and_a_kept_one_can_be_reported(world: Stage) -> None:
    result = await world.member.slash(world.channel, "define", term="T cell")
    question = await world.member.click(result.response, label="Share here")
    await world.member.click(question.response, label="Share it")
    stranger = world.env.guild.add_member(world.env.create_user("stranger"))
    shown_form = await stranger.click(world.channel.last_message, label="Report a mistake")
    await stranger.submit_modal(shown_form, {"text": "Wrong here."})
    assert messages(world) == [("report", "t-cell", "Wrong here.", "", "open")]
    await world.member.click(result.response, label="Keep a copy")
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")][-1]
    assert "Report a mistake" in str(sent.json["components"])


async def test_nothing_of_the_sender_is_kept_but_a_hash(world: Stage) -> None:
    await send_report(world, "Something.")
    path = world.env.bot.deps.config.database_path()
    await world.env.bot.deps.store.close()
    stored = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    assert b"Something." in stored
    assert str(world.member.id).encode() not in stored


async def test_the_fourth_of_a_day_is_refused_before_it_is_written(world: Stage) -> None:
    waiting = await world.member.slash(world.channel, "suggest")
    for number in range(3):
        await send_suggestion(world, f"Number {number}.")
    refused = await world.member.slash(world.channel, "suggest")
    assert refused.response.content == "You have sent 3 of these today, thank you. Please send more tomorrow."
    await world.member.submit_modal(waiting, {"text": "A form that was open all the time."})
    assert "Please send more tomorrow." in read(world)
    assert "A form that was open all the time" in read(world), "what was written can be copied"
    assert len(messages(world)) == 3
    await send_report(world, "Reports are counted apart.")
    assert len(messages(world)) == 4


async def test_where_there_are_no_moderators_that_is_said_and_nothing_is_kept(world: Stage) -> None:
    waiting = await world.member.slash(world.channel, "suggest")
    client = world.env.bot
    client.deps.config = replace(
        client.deps.config,
        moderation=replace(client.deps.config.moderation, guild_id=None, channel_id=None),
        operator=Operator(contact="library@example.org"),
    )
    refused = await form(world)
    assert refused.ephemeral
    assert refused.response.content.startswith("Nobody would read that: this bot has no moderators yet")
    assert "library@example.org" in refused.response.content
    await world.member.submit_modal(waiting, {"text": "My words."})
    assert "Nobody would read that" in read(world)
    assert "My words" in read(world)
    assert messages(world) == []


async def test_a_database_that_refuses_gives_the_text_back_and_logs_none_of_it(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = await form(world)
    await world.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    lock = sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await world.member.submit_modal(waiting, {"text": "secretword"})
    assert "I can't keep that right now. Please try again in a minute." in read(world)
    assert "secretword" in read(world)
    assert world.notices.last_message is None
    lock.execute("COMMIT")
    lock.close()
    assert "secretword" not in caplog.text
    assert messages(world) == []


async def test_words_of_danger_in_a_form_lead_with_whom_to_call(world: Stage) -> None:
    await send_suggestion(world, "I have chest pain")
    body = last_edit(world)
    assert body["embeds"][0]["author"]["name"] == "Urgent: get help first"
    assert "Thank you." in body["embeds"][1]["description"]
    assert len(messages(world)) == 1


async def test_help_comes_before_the_database_has_answered(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    async def slow(*given: Any, **options: Any) -> Any:
        seen.append(str(world.env.http_requests[-1]))
        return "taken", 1

    monkeypatch.setattr(queues, "send", slow)
    shown_form = await world.member.slash(world.channel, "suggest")
    await world.member.submit_modal(shown_form, {"text": "my chest hurts"})
    assert "Call your local emergency number now." in seen[0]


async def test_words_of_danger_where_a_source_is_asked_for_are_danger_too(world: Stage) -> None:
    sent = await send_report(world, "This is wrong.", "my chest hurts")
    assert "Call your local emergency number now." in text_of(sent)


async def test_a_form_is_logged_without_its_entry(world: Stage) -> None:
    await send_report(world, "This is wrong.")
    rows = await world.env.bot.deps.store.execute("SELECT entry FROM usage WHERE command = 'report'")
    assert set(rows) == {(None,)}


async def test_a_missing_name_of_someone_who_is_not_counted_is_not_counted_and_that_is_said(world: Stage) -> None:
    await privacy.opt(world.env.bot.deps.store, world.member.id, out=True)
    answer = await world.member.slash(world.channel, "define", term="Zyxomabtuzib")
    told_of = await world.member.click(answer.response, label="Tell the moderators it is missing")
    assert "so this is not counted either" in told_of.response.content


async def test_two_missing_names_that_begin_alike_can_both_be_begun(world: Stage) -> None:
    store, name = world.env.bot.deps.store, "A name that is so very long that only its beginning fits in a button"
    for end in ("one", "two"):
        await told(store, f"{name} {end}")
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    begin = [b for row in listed.response.components for b in row["components"] if "modnew" in b["custom_id"]]
    assert len(begin) == 2
    assert len({b["custom_id"] for b in begin}) == 2


async def test_a_form_without_a_word_in_it_is_not_kept(world: Stage) -> None:
    await send_suggestion(world, "   \n ")
    assert read(world) == "I could not read any words in that."
    assert messages(world) == []


async def test_the_moderators_channel_that_refuses_takes_nothing_from_the_sender(world: Stage) -> None:
    world.env.inject_error("POST", f"/channels/{world.notices.id}/messages", status=403, code=50001)
    await send_suggestion(world, "Kept all the same.")
    assert "Thank you." in read(world)
    assert len(messages(world)) == 1


async def test_a_report_of_an_entry_that_has_gone_says_so(world: Stage, folder: Path) -> None:
    result = await world.member.slash(world.channel, "define", term="Nemluvio")
    (folder / "medicines/nemolizumab.yaml").unlink()
    path = folder / "medicines/pembrolizumab.yaml"
    path.write_text(path.read_text().replace("look_alikes: [nemolizumab]\n", ""))
    library = world.env.bot.deps.library
    assert await library.reload(), library.problems
    gone = await world.member.click(result.response, label="Report a mistake")
    assert gone.response.content.startswith("That entry is no longer here.")


async def test_reports_are_worked_through_the_oldest_first_and_each_step_can_be_undone(world: Stage) -> None:
    await send_report(world, "The first.")
    await send_report(world, "The second.")
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    assert queue.ephemeral
    assert "The first" in read(world)
    await world.moderator.click(queue.response, label="Next")
    assert "The second" in read(world)
    assert "2 of 2" in read(world)
    await world.moderator.click(queue.response, label="Back")
    await world.moderator.click(queue.response, label="Done")
    assert read(world).startswith("Done.\n")
    assert "The second" in read(world), "the next one follows by itself"
    await world.moderator.click(queue.response, label="Undo")
    assert read(world).startswith("It is open again.\n")
    assert "The first" in read(world)
    await world.moderator.click(queue.response, label="Decline")
    await world.moderator.click(queue.response, label="Done")
    assert read(world).strip() == "Done. No report is waiting."
    assert [row[4] for row in messages(world)] == ["declined", "done"]
    assert world.member.name not in read(world)


async def test_the_second_of_two_moderators_is_told_that_it_is_done(world: Stage) -> None:
    await send_report(world, "The only one.")
    second = another_moderator(world)
    one = await world.moderator.slash(world.channel, "knowledge reports")
    other = await second.slash(world.channel, "knowledge reports")
    await world.moderator.click(one.response, label="Done")
    await second.click(other.response, label="Decline")
    assert read(world).strip() == "That one is done already: someone else was faster. No report is waiting."
    assert messages(world)[0][4] == "done"


async def test_a_message_that_its_sender_deleted_is_gone_for_the_moderators(world: Stage) -> None:
    await send_report(world, "I regret this.")
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    mine = await world.member.slash(world.channel, "privacy")
    question = await world.member.click(mine.response, label="Delete my data")
    await world.member.click(question.response, label="Delete it")
    assert messages(world) == []
    await world.moderator.click(queue.response, label="Done")
    assert "That message is gone: its sender deleted it, or it has expired." in read(world)


async def test_the_entry_is_a_press_away_and_says_so_when_it_is_gone(world: Stage, folder: Path) -> None:
    shown_form = await form(world, term="MSX")
    await world.member.submit_modal(shown_form, {"text": "Hm."})
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    opened = await world.moderator.click(queue.response, label="Open entry")
    assert opened.response.embeds[0].title == "MSX"
    (folder / "terms/ms-term.yaml").unlink()
    assert await world.env.bot.deps.library.reload()
    gone = await world.moderator.click(queue.response, label="Open entry")
    assert gone.response.content.startswith("That entry is no longer here.")
    await world.moderator.slash(world.channel, "knowledge reports")
    assert "A mistake in ms-term" in read(world), "the report can still be read"


async def test_blocking_asks_once_is_told_kindly_and_can_be_taken_back(world: Stage) -> None:
    await send_report(world, "Rude.")
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.moderator.click(queue.response, label="Block sender")
    assert "Block whoever sent this?" in read(world)
    await world.moderator.click(queue.response, label="Don't block")
    assert "Blocked" not in read(world)
    await world.moderator.click(queue.response, label="Block sender")
    await world.moderator.click(queue.response, label="Block them")
    assert "No more messages are taken from this sender." in read(world)
    for refused in (await form(world), await world.member.slash(world.channel, "suggest")):
        text = "The moderators take no more messages from you. Everything else works as before."
        assert refused.response.content == text
    await world.moderator.click(queue.response, label="Unblock sender")
    assert "Unblocked" in read(world)
    await send_report(world, "Sorry.")
    assert len(messages(world)) == 2


async def test_after_another_key_the_sender_of_an_older_message_can_not_be_blocked(world: Stage) -> None:
    await send_report(world, "Older.")
    store = world.env.bot.deps.store
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.moderator.click(queue.response, label="Block sender")
    store._key = b"another key of the hashes"
    await note(store, anew=True)
    said = (
        "This sender can't be recognized any more: the message is older than the change of the key that the hashes of "
        "senders are made with. Nobody was blocked."
    )
    await world.moderator.click(queue.response, label="Block them")
    assert said in read(world)
    await world.moderator.click(queue.response, label="Block sender")
    assert said in read(world), "said before anyone is asked to confirm"
    assert "Block them" not in [each.get("label") for each in buttons(world)]
    assert "Blocked senders" not in [each.get("label") for each in buttons(world)], "no block that holds nobody up"
    await send_report(world, "Newer.")
    await world.moderator.click(queue.response, label="Done")
    await world.moderator.click(queue.response, label="Block sender")
    await world.moderator.click(queue.response, label="Block them")
    assert "No more messages are taken from this sender." in read(world)
    assert (await form(world)).response.content.startswith("The moderators take no more messages from you.")


async def test_a_block_outlives_its_messages_and_is_taken_back_from_the_list(world: Stage) -> None:
    await send_report(world, "Rude.")
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.moderator.click(queue.response, label="Block sender")
    await world.moderator.click(queue.response, label="Block them")
    mine = await world.member.slash(world.channel, "privacy")
    question = await world.member.click(mine.response, label="Delete my data")
    await world.member.click(question.response, label="Delete it")
    assert "Kept: that your messages to the moderators are not taken any more." in read(world)
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.moderator.click(queue.response, label="Blocked senders")
    assert "Nothing that they sent is kept any more." in read(world)
    await world.moderator.click(queue.response, label="Unblock number 1")
    assert "Nobody is blocked." in read(world)
    await send_report(world, "Back again.")
    assert len(messages(world)) == 1


async def test_who_is_no_moderator_can_press_none_of_it(world: Stage) -> None:
    client = world.env.bot
    moderation = replace(client.deps.config.moderation, channel_id=world.channel.id)
    client.deps.config = replace(client.deps.config, moderation=moderation)
    await send_report(world, "secretword")
    refused = await world.member.click(world.channel.last_message, label="Read it")
    assert refused.response.content == "Only the moderators of this bot can do that, in their own server."
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    client.deps.config = replace(client.deps.config, moderation=replace(moderation, guild_id=7))
    refused = await world.moderator.click(queue.response, label="Done")
    assert refused.response.content == "Only the moderators of this bot can do that, in their own server."
    assert messages(world)[0][4] == "open"


async def test_a_locked_database_is_told_to_the_moderator(world: Stage) -> None:
    await send_report(world, "One.")
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    lock = sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    refused = await world.moderator.click(queue.response, label="Done")
    assert refused.followups[-1].content == "I can't reach that right now. Please try again in a minute."
    lock.execute("COMMIT")
    lock.close()
    assert messages(world)[0][4] == "open"


async def tell(world: Stage, name: str, people: list[Any]) -> None:
    for person in people:
        result = await person.slash(world.channel, "define", term=name)
        await person.click(result.response, label="Tell the moderators it is missing")


async def test_a_missing_name_is_listed_begun_and_dismissed(world: Stage, folder: Path) -> None:
    people = [world.env.guild.add_member(world.env.create_user(f"p{n}")) for n in range(4)]
    await tell(world, "Zyxo-**mab**", people)
    await tell(world, "Melanomica", people[:3])
    await tell(world, "Known to two", people[:2])
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    assert listed.ephemeral
    assert "• **Zyxo-\\*\\*mab\\*\\***: asked for 4 times\n• **Melanomica**: asked for 3 times" in read(world)
    assert "Known" not in read(world)
    begin = buttons_of(listed.response)["Write “Zyxo-**mab**”"]
    assert begin == join("modnew", "term-0", encode_text("Zyxo-**mab**"))

    (folder / "terms/new.yaml").write_text((folder / "terms/tnf.yaml").read_text().replace("TNF-α", "Melanomica"))
    (folder / "terms/new.yaml").rename(folder / "terms/melanomica.yaml")
    library = world.env.bot.deps.library
    assert await library.reload(), library.problems
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    assert "Melanomica" not in read(world), "it has an entry by now"

    await world.moderator.click(listed.response, label="Dismiss")
    assert "is dismissed for good." in read(world)
    assert "No name is missing" in read(world)
    await world.moderator.click(listed.response, label="Undo")
    assert "is back in the list." in read(world)
    await world.moderator.click(listed.response, label="Dismiss")
    await tell(world, "Zyxo-**mab**", people)
    await world.moderator.slash(world.channel, "knowledge gaps")
    assert "No name is missing" in read(world)


async def test_many_missing_names_turn_page_by_page_past_those_that_have_entries(world: Stage) -> None:
    store = world.env.bot.deps.store
    rows = [[f"{n:032x}", "T cell" if n % 3 else f"Name {n}", 3 + n] for n in range(600)]
    await store.execute(
        "INSERT INTO gaps (name, text, people) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
        (json.dumps(rows),),
    )
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    seen: list[str] = []
    while True:
        seen += re.findall(r"Name \d+", read(world).split("Missing names")[1])
        if not any(each.get("label") == "Next" and not each.get("disabled") for each in buttons(world)):
            break
        await world.moderator.click(listed.response, label="Next")
    assert seen == [f"Name {n}" for n in range(597, -1, -3)]
    for _ in range(3):
        await world.moderator.click(listed.response, label="Back")
    assert re.findall(r"Name \d+", read(world))[0] == seen[-16]


def buttons(world: Stage) -> list[dict[str, Any]]:
    return [each for row in last_edit(world).get("components") or () for each in row["components"]]


async def test_help_names_the_command(world: Stage) -> None:
    assert "**/suggest**" in text_of(await world.member.slash(world.channel, "help"))
