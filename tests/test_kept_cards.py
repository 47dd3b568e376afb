"""What is kept or shared outlives what it says: Refresh says so, and puts what is said now in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.features.cards.presses import lasting, refresh
from bot.interactions.custom_id import LONGEST
from bot.knowledge.library import Snapshot
from bot.language import language
from bot.service.tryout import Stage

from .conftest import MORE, buttons_of, in_more, spoken_in, text_of, turn
from .test_settings import sent_as


async def shared(world: Stage, term: str = "T cell") -> discord.Message:
    shown = await world.member.slash(world.channel, "define", term=term)
    question = await in_more(world.member, shown.response, "Share here")
    await world.member.click(question.response, label="Share it")
    message: discord.Message = world.channel.last_message
    return message


async def rewritten(world: Stage, folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert await world.env.bot.deps.library.reload(), world.env.bot.deps.library.problems


async def test_a_shared_card_says_what_its_entry_says_now(world: Stage, folder: Path) -> None:
    message = await shared(world)
    stranger = world.env.guild.add_member(world.env.create_user("stranger"))
    same = await stranger.click(message, label="Refresh")
    assert same.ephemeral
    assert same.response.content == "Nothing has changed since: this is what I say today."
    await rewritten(world, folder, "terms/t-cell.yaml", "A white blood cell.", "A cell that fights.")
    await stranger.click(message, label="Refresh")
    now = world.channel.last_message
    assert now.id == message.id, "in its place, for everyone"
    assert not now.flags.ephemeral
    assert now.content.startswith("**Renewed on ")
    assert "A cell that fights." in now.embeds[0].description
    assert (await stranger.click(now, label="Refresh")).response.content.startswith("Nothing has changed since")
    assert (await stranger.click(now, label="Remove")).response.content.startswith("Only the person who shared this")
    await world.member.click(now, label="Remove")
    assert world.channel.last_message is None or world.channel.last_message.id != message.id


async def test_a_change_of_a_sign_is_a_change_of_every_card_that_names_it(world: Stage, folder: Path) -> None:
    message = await shared(world, "TIL therapy")
    await rewritten(world, folder, "symptoms/fever.yaml", "name: Fever", "name: Hot fever")
    await world.member.click(message, label="Refresh")
    assert "hot fever" in world.channel.last_message.embeds[0].description


async def test_a_card_keeps_its_language_whoever_presses(
    world: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await shared(world)
    await rewritten(world, folder, "terms/t-cell.yaml", "A white blood cell.", "A cell that fights.")
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-ES"))
    await world.member.click(message, label="Refresh")
    assert "A cell that fights." in world.channel.last_message.embeds[0].description
    told = await world.member.click(world.channel.last_message, label="Refresh")
    assert told.response.content.startswith("Nada ha cambiado"), "what they alone read is in theirs"


async def test_what_was_withdrawn_or_is_gone_is_said_in_its_place_until_it_is_back(world: Stage, folder: Path) -> None:
    message = await shared(world, "TNF-α")
    path = folder / "terms/tnf.yaml"
    text = path.read_text(encoding="utf-8")
    for changed, said in ((text + "withdrawn: 2026-11-01\n", "“TNF-α” is under review"), (None, "no longer here")):
        path.write_text(changed, encoding="utf-8") if changed else path.unlink()
        assert await world.env.bot.deps.library.reload()
        await world.member.click(message, label="Refresh")
        message = world.channel.last_message
        assert said in message.content
        assert message.embeds == []
        assert (await world.member.click(message, label="Refresh")).response.content.startswith("Nothing has changed since")
    path.write_text(text, encoding="utf-8")
    assert await world.env.bot.deps.library.reload()
    await world.member.click(message, label="Refresh")
    assert world.channel.last_message.embeds[0].title == "TNF-α"


async def test_a_copy_in_direct_messages_is_refreshed_there(world: Stage, folder: Path) -> None:
    shown = await world.member.slash(world.channel, "define", term="T cell")
    await in_more(world.member, shown.response, "Keep a copy")
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")][-1].json
    labels = [item.get("label") for item in sent["components"][-1]["components"]]
    assert labels[:2] == [MORE, "Refresh"]


async def test_a_damaged_button_has_expired(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    message = await shared(world)
    sent_as(monkeypatch, lambda payload: payload["data"].update(custom_id="im1:refresh:t-cell:no-page:0:xx:a:and-more"))
    assert "expired" in (await world.member.click(message, label="Refresh")).response.content
    sent_as(monkeypatch, lambda payload: payload["data"].update(custom_id="im1:refresh:t-cell:no-page:0:xx"))
    await world.member.click(message, label="Refresh")
    assert world.channel.last_message.embeds[0].title == "T cell", (
        "an unknown page is the first, an unknown language English"
    )


def test_the_longest_id_fits(snapshot: Snapshot) -> None:
    assert len(refresh.id("x" * 48, "overview", "0" * 6, "es", "0" * 16)) <= LONGEST
    for lang in ("en", "es"):
        shown = spoken_in(language(lang), card, snapshot, "til-therapy", CardContext(), "ask")
        assert shown
        assert len(spoken_in(language(lang), lasting, shown, "til-therapy", "ask", "0" * 16).rows) <= 5


# --- questions to take along ---


async def ticked(world: Stage, *places: int) -> Any:
    shown = await world.member.slash(world.channel, "define", term="Keytruda")
    page = (await turn(world.member, shown.response, "ask")).response
    select = next(item for row in page.components for item in row["components"] if item["custom_id"].startswith("im1:take"))
    assert select["max_values"] == len(select["options"]) == 2
    values = [select["options"][place]["value"] for place in places]
    return page, select["custom_id"], values


async def test_questions_that_were_ticked_come_back_as_a_list_to_keep(world: Stage) -> None:
    page, custom_id, values = await ticked(world, 1, 0)
    listed = await world.member.select(page, values, custom_id=custom_id)
    assert listed.ephemeral
    text = "**Questions for my care team: Pembrolizumab**\n1. Why this one?\n2. Is it for me?"
    assert listed.response.content == text
    assert list(buttons_of(listed.response)) == ["Keep a copy"]
    await world.member.click(listed.response, label="Keep a copy")
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")]
    assert sent[-1].json["content"] == text
    one = await world.member.select(page, values[:1], custom_id=custom_id)
    assert one.response.content.endswith("1. Is it for me?")


async def test_questions_that_were_changed_since_are_not_taken_for_others(world: Stage, folder: Path) -> None:
    page, custom_id, values = await ticked(world, 0)
    await rewritten(world, folder, "medicines/pembrolizumab.yaml", "Why this one?", "Why now?")
    told = await world.member.select(page, values, custom_id=custom_id)
    assert told.response.content.startswith("These questions were changed since.")
    (folder / "medicines/pembrolizumab.yaml").unlink()
    for name, old, new in (("therapies/til-therapy.yaml", "examples: [pembrolizumab]\n", ""),
                           ("medicines/nemolizumab.yaml", "look_alikes: [pembrolizumab]\n", "")):  # fmt: skip
        path = folder / name
        path.write_text(path.read_text().replace(old, new))
    assert await world.env.bot.deps.library.reload(), world.env.bot.deps.library.problems
    assert "no longer here" in text_of(await world.member.select(page, values, custom_id=custom_id))


async def test_nothing_of_what_was_ticked_is_kept(world: Stage) -> None:
    page, custom_id, values = await ticked(world, 0, 1)
    await world.member.select(page, values, custom_id=custom_id)
    used = world.env.bot.deps.store.last
    assert (used.command, used.entry, used.outcome) == ("page", None, "offered")
