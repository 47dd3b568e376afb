"""Moderators work through reports and block senders; each step can be undone."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.service.tryout import Stage
from bot.store.keys import note

from .helpers import buttons, form, messages, read, send_report


def another_moderator(world: Stage) -> Any:
    return world.env.guild.add_member(world.env.create_user("second"), roles=[world.env.guild.roles["Moderators"]])


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
    store.key = b"another key of the hashes"
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


async def test_many_blocks_are_shown_page_by_page(world: Stage) -> None:
    store = world.env.bot.deps.store
    await store.execute(
        "INSERT INTO blocked (sender, day) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) "
        "SELECT 'sender' || i, date() FROM n"
    )
    queue = await world.moderator.slash(world.channel, "knowledge reports")
    await world.moderator.click(queue.response, label="Blocked senders")
    seen = re.findall(r"Number (\d+),", read(world))
    for _ in range(2):
        await world.moderator.click(queue.response, label="Next")
        seen += re.findall(r"Number (\d+),", read(world))
    assert seen == [str(number) for number in range(10, 0, -1)], "the latest first, each once"
    await world.moderator.click(queue.response, label="Unblock number 1")
    assert re.findall(r"Number (\d+),", read(world)) == ["10", "9", "8", "7"]
    await world.moderator.click(queue.response, label="Back to the messages")
    assert read(world).strip() == "No report is waiting."


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
