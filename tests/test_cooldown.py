"""Who asks very much in a short time waits a moment; nobody waits for help in danger."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.interactions import rate_limit
from bot.interactions.rate_limit import ANSWERS, SECONDS, RateLimit
from bot.service.tryout import Stage

from .conftest import MORE, read_next, text_of, turn
from .test_settings import sent_as

WAIT = re.compile(r"You have asked me a lot in a short time\. In (\d+) seconds? I can answer you again\.")


@pytest.fixture(autouse=True)
def _three_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough to be used up quickly."""
    monkeypatch.setattr(rate_limit, "ANSWERS", 3)


async def use_up(world: Stage) -> Any:
    """Have all the answers of a minute, and return the last one."""
    for _ in range(rate_limit.ANSWERS):
        result = await world.member.slash(world.channel, "medicine", name="Keytruda")
        assert not held_up(result)
    return result


def held_up(result: Any) -> bool:
    return result.response is not None and bool(WAIT.match(result.response.content or ""))


def uses(world: Stage) -> int:
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path())) as connection, connection:
        return int(connection.execute("SELECT COUNT(*) FROM usage").fetchone()[0])


async def test_whoever_asks_too_much_is_told_kindly_how_long_to_wait(world: Stage) -> None:
    await use_up(world)
    await world.env.advance_time(20)
    before = uses(world)
    result = await world.member.slash(world.channel, "define", term="T cell")
    assert result.ephemeral
    assert result.response.content == (
        "You have asked me a lot in a short time. In 40 seconds I can answer you again. If this is about how you feel right "
        "now, call your care team or your local emergency number."
    )
    assert uses(world) == before, "what was not answered is not counted as an answer"
    await world.env.advance_time(41)
    assert not held_up(await world.member.slash(world.channel, "define", term="T cell"))


async def test_the_minute_ends_where_the_time_of_discord_stands_still(world: Stage) -> None:
    now = [1000.0]
    world.env.bot.rate_limit.clock = lambda: now[0]
    await use_up(world)
    assert held_up(await world.member.slash(world.channel, "define", term="T cell"))
    now[0] += SECONDS + 1
    assert not held_up(await world.member.slash(world.channel, "define", term="T cell"))


async def test_others_do_not_wait(world: Stage) -> None:
    await use_up(world)
    other = world.env.guild.add_member(world.env.create_user("other"))
    assert not held_up(await other.slash(world.channel, "define", term="T cell"))


async def test_turning_pages_and_opening_count_too(world: Stage) -> None:
    card = await use_up(world)
    for pressed in (
        await turn(world.member, card.response, "details"),
        await read_next(world.member, card.response, "til-therapy"),
        await world.member.click(card.response, label=MORE),
    ):
        assert held_up(pressed)
    await world.env.advance_time(SECONDS + 1)
    for number in range(rate_limit.ANSWERS + 1):
        pressed = await turn(world.member, card.response, ("details", "overview")[number % 2])
    assert held_up(pressed)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("define", {"term": "chest pain"}),
        ("define", {"term": "my chest hurts"}),
        ("define", {"term": "#chest-pain"}),
        ("search", {"words": "my chest hurts after the infusion"}),
        ("compare", {"first": "Keytruda", "second": "chest pain"}),
    ],
)
async def test_words_of_danger_are_always_answered(world: Stage, command: str, options: dict[str, str]) -> None:
    await use_up(world)
    for _ in range(5):
        result = await world.member.slash(world.channel, command, **options)
        assert result.response.embeds[0].title == "Chest pain"


async def test_a_message_with_words_of_danger_is_always_explained(world: Stage) -> None:
    await use_up(world)
    message = await world.moderator.send(world.channel, "My chest hurts since the infusion.")
    result = await world.member.context_menu(world.channel, "Explain terms", message)
    assert result.response.embeds[0].title == "Chest pain"
    calm = await world.moderator.send(world.channel, "What is a T cell?")
    assert held_up(await world.member.context_menu(world.channel, "Explain terms", calm))


async def test_a_press_that_leads_to_help_is_always_answered(world: Stage) -> None:
    which = await world.member.slash(world.channel, "browse")
    await world.env.advance_time(SECONDS + 1)
    card = await use_up(world)
    assert held_up(await read_next(world.member, card.response, "til-therapy"))
    urgent = await world.member.select(which.response, ["symptom"], custom_id="im1:group")
    listed = urgent.response or which.response
    assert "Chest pain" in listed.embeds[0].description
    opened = await world.member.select(listed, ["chest-pain"], custom_id="im1:pick")
    assert opened.response.embeds[0].title == "Chest pain"
    turned = await turn(world.member, card.response, "help")
    assert not held_up(turned)
    assert "Rash." in text_of(card)


async def test_ones_own_data_help_and_settings_never_wait(world: Stage) -> None:
    card = await use_up(world)
    for command in ("privacy", "help", "disclaimer"):
        result = await world.member.slash(world.channel, command)
        assert not held_up(result), command
    asked = await world.member.slash(world.channel, "privacy")
    for label in ("Show my data", "Delete my data", "Don't count me"):
        assert not held_up(await world.member.click(asked.response, label=label)), label
    assert held_up(await world.member.click(card.response, label=MORE))


async def test_typing_is_not_counted_and_moderators_do_not_wait(world: Stage) -> None:
    for _ in range(10):
        assert await world.member.autocomplete(world.channel, "define", "term", "T c")
    await use_up(world)
    for _ in range(10):
        assert not held_up(await world.moderator.slash(world.channel, "knowledge status"))
        assert not held_up(await world.moderator.slash(world.channel, "define", term="T cell"))


async def test_it_is_told_in_spanish_too(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-ES"))
    for _ in range(rate_limit.ANSWERS + 1):
        result = await world.member.slash(world.channel, "define", term="T cell")
    assert result.response.content.startswith("Me ha preguntado mucho en poco tiempo. Dentro de 60 segundos")


async def test_discord_failing_meanwhile_is_ended_like_any_error(world: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await use_up(world)
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await world.member.slash(world.channel, "define", term="T cell")
    assert "An answer came too late or twice" in caplog.text


def test_the_shipped_numbers_are_generous() -> None:
    assert (ANSWERS, SECONDS) == (30, 60)


def test_each_minute_begins_with_its_first_answer() -> None:
    people = RateLimit()
    assert [people.take(1, 1000.0 + second) for second in range(3)] == [0, 0, 0]
    assert people.take(1, 1010.0) == SECONDS - 10
    assert people.take(2, 1010.0) == 0
    assert people.take(1, 1061.0) == 0


def test_nobody_is_remembered_longer_than_needed_and_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    people = RateLimit()
    for user_id in range(500):
        people.take(user_id, 1000.0 + user_id)
    assert len(people) == SECONDS + 1, "whose minute is over is forgotten when the next one asks"
    monkeypatch.setattr(rate_limit, "MOST", 10)
    for user_id in range(500):
        people.take(user_id, 2000.0)
    assert len(people) == 10
    assert vars(people).keys() == {"_people"}
