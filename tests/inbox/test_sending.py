"""A report or a suggestion reaches the moderators without a name."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.service.tryout import Stage
from bot.settings import Operator
from bot.store import privacy

from ..conftest import MORE, in_more, text_of
from .helpers import form, last_edit, messages, read, send_report, told


async def send_suggestion(world: Stage, text: str, person: Any = None) -> Any:
    person = person or world.member
    shown_form = await person.slash(world.channel, "suggest")
    return await person.submit_modal(shown_form, {"text": text})


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
    question = await in_more(world.member, result.response, "Share here")
    await world.member.click(question.response, label="Share it")
    stranger = world.env.guild.add_member(world.env.create_user("stranger"))
    shown_form = await in_more(stranger, world.channel.last_message, "Report a mistake")
    await stranger.submit_modal(shown_form, {"text": "Wrong here."})
    assert messages(world) == [("report", "t-cell", "Wrong here.", "", "open")]
    await in_more(world.member, result.response, "Keep a copy")
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")][-1]
    assert MORE in str(sent.json["components"])


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


async def test_help_comes_before_the_database_has_answered(world: Stage) -> None:
    shown_form = await world.member.slash(world.channel, "suggest")
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        sending = asyncio.create_task(world.member.submit_modal(shown_form, {"text": "my chest hurts"}))
        async with asyncio.timeout(60):
            while "Call your local emergency number now." not in str(world.env.http_requests[-1]):  # noqa: ASYNC110 (nothing tells of a request)
                await asyncio.sleep(0.01)
        assert not sending.done()
        lock.execute("ROLLBACK")
    await sending
    assert "Thank you." in read(world)


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
    told_of = await world.member.click(answer.response, label="Tell moderators")
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
    older = await world.member.click(result.response, label=MORE)
    (folder / "medicines/nemolizumab.yaml").unlink()
    path = folder / "medicines/pembrolizumab.yaml"
    path.write_text(path.read_text().replace("look_alikes: [nemolizumab]\n", ""))
    library = world.env.bot.deps.library
    assert await library.reload(), library.problems
    for label, press in ((MORE, result), ("Report a mistake", older)):
        gone = await world.member.click(press.response, label=label)
        assert gone.response.content.startswith("That entry is no longer here.")


async def test_help_names_the_command(world: Stage) -> None:
    assert "/suggest, " in text_of(await world.member.slash(world.channel, "help"))
