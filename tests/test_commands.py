"""What a member sees when they ask and press, through the real client in a simulated server."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.service.client import Client
from bot.service.tryout import Stage

from .conftest import ANSWERED, MORE, buttons_of, in_more, read_next, text_of, turn
from .test_settings import sent_as


async def ask(world: Stage, command: str, **options: str) -> Any:
    result = await world.member.slash(world.channel, command, **options)
    assert result.ephemeral, "only the asker sees it"
    return result


def uses(world: Stage) -> list[tuple[str, str | None, str]]:
    """Command, entry and outcome of each row, in their order: which came first is not kept."""
    path = world.env.bot.deps.config.database_path()
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute("SELECT command, entry, outcome FROM usage ORDER BY command, entry").fetchall()


@pytest.mark.parametrize(
    ("command", "option", "text", "title"),
    [
        ("define", "term", "interleukin-2", "Interleukin-2"),
        ("define", "term", "IL2", "Interleukin-2"),
        ("define", "term", "Keytruda", "Pembrolizumab (Keytruda)"),
        ("therapy", "name", "til", "TIL therapy"),
        ("medicine", "name", "keytruda", "Pembrolizumab (Keytruda)"),
        ("condition", "name", "MELANOMA", "Melanoma"),
        ("medicine", "name", "T cells", "T cell"),
    ],
)
async def test_a_name_is_answered_with_its_card(world: Stage, command: str, option: str, text: str, title: str) -> None:
    result = await ask(world, command, **{option: text})
    (embed,) = result.response.embeds
    assert embed.title == title
    assert "[NCI](https://www.cancer.gov/page)" in text_of(result)
    assert "Checked January 2026, next by " in embed.footer.text
    assert "disclaimer." in embed.footer.text
    assert uses(world)[0][0] == command
    assert uses(world)[0][2] == "served"


async def test_a_shared_name_asks_which_and_each_button_opens_its_entry(world: Stage) -> None:
    result = await ask(world, "define", term="TIL")
    assert "is the name of more than one thing" in text_of(result)
    for label in ("Tumor-infiltrating lymphocyte", "TIL therapy"):
        opened = await world.member.click(result.response, label=label)
        assert opened.ephemeral
        assert opened.response.embeds[0].title == label
    assert uses(world) == [("define", None, "asked which"), ("open", "til", "served"), ("open", "til-therapy", "served")]


@pytest.mark.parametrize("text", ["pembrolizumb", "Keytrud", "IL-22", "nemolizuma"])
async def test_a_near_miss_is_never_served(world: Stage, text: str) -> None:
    result = await ask(world, "medicine", name=text)
    assert not result.response.embeds
    assert "I have no entry called" in result.response.content
    assert uses(world)[0][2] in ("offered", "nothing")


async def test_nothing_found_is_no_dead_end(world: Stage) -> None:
    result = await ask(world, "define", term="what helps melanoma")
    assert "These sentences come closest to it:" in result.response.content
    opened = await world.member.click(result.response, label="Melanoma")
    assert opened.response.embeds[0].title == "Melanoma"
    assert [u[2] for u in uses(world)] == ["offered", "served"]


@pytest.mark.parametrize("command", ["define", "therapy", "medicine", "condition"])
@pytest.mark.parametrize("text", ["I have chest pain", "chest pain"])
async def test_words_of_danger_in_any_command_lead_with_whom_to_call(world: Stage, command: str, text: str) -> None:
    result = await ask(world, command, **{"term" if command == "define" else "name": text})
    assert not result.response.content
    assert result.response.embeds[0].author.name == "Urgent: get help first"
    assert result.response.embeds[0].description.startswith("**Call your local emergency number now.**")


async def test_what_is_named_beside_words_of_danger_is_a_press_away(world: Stage) -> None:
    result = await ask(world, "define", term="chest pain after keytruda")
    assert result.response.embeds[0].author.name == "Urgent: get help first"
    opened = await world.member.click(result.response, label="Pembrolizumab")
    assert opened.response.embeds[0].title == "Pembrolizumab (Keytruda)"


async def test_autocomplete_answers_each_keystroke(world: Stage) -> None:
    for text, first in (("", None), ("k", "Keytruda (pembrolizumab)"), ("keyt", "Keytruda (pembrolizumab)")):
        choices = await world.member.autocomplete(world.channel, "medicine", "name", text)
        assert choices
        assert len(choices) <= 25
        assert first is None or choices[0]["name"] == first
    conditions = await world.member.autocomplete(world.channel, "condition", "name", "")
    assert [c["name"] for c in conditions] == ["Melanoma"]
    assert uses(world) == [], "typing is not logged"


async def test_autocomplete_that_fails_is_an_empty_list_and_logs_no_one(
    world: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.knowledge.index.Index.suggest", lambda *given: 1 / 0)
    assert await world.member.autocomplete(world.channel, "define", "term", "secret text") == []
    assert "secret" not in caplog.text
    assert str(world.member.id) not in caplog.text


async def test_the_pages_of_a_card_turn_in_place(world: Stage) -> None:
    result = await ask(world, "therapy", name="TIL therapy")
    pages = result.response.components[0]["components"][0]["options"]
    assert [page["label"] for page in pages] == [
        "● Overview (page 1 of 4)",
        "How it works",
        "Side effects, when to call",
        "Questions to ask",
    ]
    turned = await turn(world.member, result.response, "ask")
    message = turned.response or result.response
    assert "Is it for me?" in message.embeds[0].description
    assert [u[0] for u in uses(world)] == ["page", "therapy"]


async def test_what_a_medicine_can_and_cannot_do_and_what_to_ask(world: Stage) -> None:
    card = (await ask(world, "medicine", name="keytruda")).response
    page = (await turn(world.member, card, "details")).response or card
    said = page.embeds[0].description
    for text in (
        "It can shrink some tumors.",
        "Nobody knows for whom.",
        "• It is not chemotherapy.",
        "Nothing is kept at home.",
    ):
        assert text in said
    page = (await turn(world.member, card, "ask")).response or card
    assert page.embeds[0].description.endswith("• Why this one?\n• Is it for me?"), "its own, then its therapy's"


async def test_how_an_illness_shows_is_found_and_is_treated(world: Stage) -> None:
    card = (await ask(world, "condition", name="melanoma")).response
    page = (await turn(world.member, card, "details")).response or card
    for text in ("A spot that changes.", "A sample of skin.", "A skin doctor.", "Surgery."):
        assert text in page.embeds[0].description


@pytest.mark.parametrize(
    ("typed", "title", "line"),
    [
        ("keytruda", "Pembrolizumab (Keytruda)", "**Keytruda** is a brand name of pembrolizumab."),
        ("pembrolizumab", "Pembrolizumab (Keytruda)", None),
        ("il-2", "Interleukin-2", "**IL-2** is another name for **Interleukin-2**."),
        ("T lymphocytes", "T cell", None),
    ],
)
async def test_the_name_that_was_typed_stands_in_the_answer(world: Stage, typed: str, title: str, line: str | None) -> None:
    embed = (await ask(world, "define", term=typed)).response.embeds[0]
    assert embed.title == title
    assert ("name of" in embed.description or "another name" in embed.description) == (line is not None)
    assert line is None or line in embed.description


async def test_a_treatment_is_picked_from_a_condition(world: Stage) -> None:
    result = await ask(world, "condition", name="melanoma")
    picked = await read_next(world.member, result.response, "pembrolizumab")
    assert picked.response.embeds[0].title == "Pembrolizumab (Keytruda)"


async def share(world: Stage) -> discord.Message:
    result = await ask(world, "define", term="T cell")
    question = await in_more(world.member, result.response, "Share here")
    assert question.ephemeral
    assert question.response.content == "Share “T cell”? Everyone in this channel will see it, and that you shared it."
    assert world.channel.last_message is None, "nothing is shared before the answer to that"
    await world.member.click(question.response, label="Share it")
    message: discord.Message = world.channel.last_message
    assert message.embeds[0].title == "T cell"
    return message


async def test_a_shared_card_is_removed_by_whoever_shared_it(world: Stage) -> None:
    message = await share(world)
    stranger = world.env.guild.add_member(world.env.create_user("stranger"))
    refused = await stranger.click(message, label="Remove")
    assert refused.ephemeral
    assert refused.response.content == "Only the person who shared this, or a moderator, can remove it."
    assert world.channel.last_message.id == message.id
    await world.member.click(message, label="Remove")
    assert world.channel.last_message is None or world.channel.last_message.id != message.id


async def test_a_moderator_may_remove_a_shared_card(world: Stage) -> None:
    message = await share(world)
    await world.moderator.click(message, label="Remove")
    assert world.channel.last_message is None or world.channel.last_message.id != message.id


async def test_who_presses_a_shared_card_is_answered_alone(world: Stage) -> None:
    message = await share(world)
    stranger = world.env.guild.add_member(world.env.create_user("stranger"))
    opened = await read_next(stranger, message, "interleukin-2")
    assert opened.ephemeral
    assert opened.response.embeds[0].title == "Interleukin-2"


async def test_not_sharing_shares_nothing(world: Stage) -> None:
    result = await ask(world, "define", term="T cell")
    question = await in_more(world.member, result.response, "Share here")
    await world.member.click(question.response, label="Don't share")
    assert world.channel.last_message is None


async def test_sharing_asks_for_the_right_to_write_there(world: Stage) -> None:
    deny = {world.member: discord.PermissionOverwrite(send_messages=False, send_messages_in_threads=False)}
    quiet = world.env.guild.create_text_channel("read-only", overwrites=deny)
    result = await world.member.slash(quiet, "define", term="T cell")
    more = await world.member.click(result.response, label=MORE)
    assert list(buttons_of(more.response)) == ["Keep a copy", "Report a mistake", *ANSWERED]


async def test_keep_sends_a_copy_by_direct_message(world: Stage) -> None:
    result = await ask(world, "define", term="T cell")
    kept = await in_more(world.member, result.response, "Keep a copy")
    assert "A copy is in your direct messages." in (kept.followups or [kept.response])[-1].content
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")]
    assert sent[-1].json["embeds"][0]["title"] == "T cell"


async def test_keep_says_what_to_do_where_direct_messages_are_closed(world: Stage) -> None:
    result = await ask(world, "define", term="T cell")
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    kept = await in_more(world.member, result.response, "Keep a copy")
    assert "Allow direct messages" in (kept.followups or [kept.response])[-1].content
    assert ("keep", "t-cell", "nothing") in uses(world)


async def test_buttons_work_after_a_restart_and_say_so_when_the_entry_is_gone(world: Stage, folder: Path) -> None:
    result = await ask(world, "define", term="T cell")
    old = world.env.bot
    library = old.deps.library
    (folder / "terms/interleukin-2.yaml").unlink()
    path = folder / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("related: [interleukin-2]\n", ""))
    assert await library.reload(), library.problems
    await world.env.restart_bot(Client(old.deps.config, library, old.deps.store, shard_count=1))
    kept = await in_more(world.member, result.response, "Keep a copy")
    assert "A copy is in your direct messages." in (kept.followups or [kept.response])[-1].content
    gone = await read_next(world.member, result.response, "interleukin-2")
    assert gone.response.content.startswith("That entry is no longer here.")


async def test_a_button_of_an_older_bot_says_that_it_has_expired(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    result = await ask(world, "define", term="T cell")
    sent_as(monkeypatch, lambda payload: payload["data"].update(custom_id="im0:open:interleukin-2"))
    pressed = await read_next(world.member, result.response, "interleukin-2")
    assert pressed.response.content == "This button has expired. Ask again with a command; `/help` shows them."


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("disclaimer", ["The general disclaimer.", "The medicine disclaimer.", "The urgent disclaimer."]),
        ("about", ["2 symptoms, 5 terms, 1 therapy, 2 medicines, 1 condition.", "Reviewed by a clinician: 0 of 11 entries.",
                   "January 2, 2026", "I don't keep what you type."]),
        ("help", ["**/define**: a word", "/medicine, ", "Only you see the answer.", "call your local emergency number now"]),
    ],
)  # fmt: skip
async def test_what_the_bot_says_of_itself(world: Stage, command: str, words: list[str]) -> None:
    result = await ask(world, command)
    for word in words:
        assert word in text_of(result)
    assert uses(world) == [(command, None, "served")]


async def test_our_own_mistake_gives_an_incident_id_and_the_log_has_the_rest(
    world: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.knowledge.index.Index.exact", broken)
    result = await ask(world, "define", term="T cell")
    incident = result.response.content.split("incident ")[1][:8]
    assert f"Incident {incident}" in caplog.text
    assert "RuntimeError: a bug" in caplog.text
    assert "T cell" not in caplog.text
    assert str(world.member.id) not in caplog.text
    assert uses(world) == [("define", None, "failed")]


async def test_a_mistake_in_a_press_ends_in_the_same_place(
    world: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    result = await ask(world, "define", term="T cell")

    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.knowledge.library.Snapshot.entry", broken)
    pressed = await read_next(world.member, result.response, "interleukin-2")
    assert "incident" in pressed.response.content
    assert "RuntimeError: a bug" in caplog.text


@pytest.mark.parametrize("code", [10062, 40060])
async def test_too_late_is_one_line_in_the_log_and_no_retry(
    world: Stage, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    world.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=code)
    with caplog.at_level(logging.WARNING):
        await world.member.slash(world.channel, "define", term="T cell")
    assert f"came too late or twice (Discord's code {code})" in caplog.text
    assert "Traceback" not in caplog.text
    assert sum(r.path.endswith("/callback") for r in world.env.http_requests) == 1


async def test_a_command_that_is_not_known_here_says_to_try_again(world: Stage) -> None:
    world.env.bot.tree.remove_command("define")
    result = await world.member.slash(world.channel, "define", term="T cell")
    assert result.response.content == "The commands are being updated. Please try again in a minute."


async def test_who_types_into_a_command_that_is_not_known_here_gets_an_empty_list(world: Stage) -> None:
    world.env.bot.tree.remove_command("define")
    assert await world.member.autocomplete(world.channel, "define", "term", "inter") == []
    sent = [r.json for r in world.env.http_requests if r.path.endswith("/callback")]
    assert sent == [{"type": 8, "data": {"choices": []}}]
    assert uses(world) == []


async def test_absurd_input_is_answered_kindly(world: Stage) -> None:
    for text in ("💉💉", "x" * 6000, "\u202e\u200f", "**a** <@1> @everyone [x](http://a.b)", "`" * 50):
        result = await ask(world, "define", term=text)
        assert "Browse" in buttons_of(result.response), "never a dead end"
        assert not result.response.message.mentions
        assert not result.response.message.mention_everyone


async def test_nothing_but_the_permitted_is_stored(world: Stage) -> None:
    await ask(world, "define", term="my very private words")
    await share(world)
    world_db = world.env.bot.deps.config.database_path()
    await world.env.bot.deps.store.close()
    stored = b"".join(path.read_bytes() for path in world_db.parent.iterdir() if path.is_file())
    for secret in (b"private words", str(world.member.id).encode(), world.member.name.encode() + b"\0"):
        assert secret not in stored


async def test_answers_come_though_the_database_refuses(world: Stage, caplog: pytest.LogCaptureFixture) -> None:
    lock = sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)
    await world.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    lock.execute("BEGIN EXCLUSIVE")
    result = await ask(world, "define", term="T cell")
    assert result.response.embeds[0].title == "T cell"
    lock.execute("COMMIT")
    lock.close()
    await ask(world, "about")
    assert [u[0] for u in uses(world)] == ["about", "define"]


async def test_the_commands_are_registered_once_as_long_as_they_stay_the_same(config: Any, library: Any) -> None:
    from bot.store.usage import Store

    store = await Store.open(config.database_path())
    puts = []
    for _ in range(2):
        async with simcord.run(Client(config, library, store, shard_count=1)) as env:
            puts.append(sum(r.method == "PUT" for r in env.http_requests))
    await store.close()
    assert puts == [1, 0]
