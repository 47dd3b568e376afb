"""Where people begin who don't know what to ask: /start, a panel of buttons, a letter pasted whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.features.finding.start import PATHS
from bot.knowledge.library import Snapshot
from bot.service.tryout import Stage

from .conftest import buttons_of, text_of


def kept(world: Stage) -> str:
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path())) as connection:
        return "\n".join(connection.iterdump())


async def posted(world: Stage) -> Any:
    """The panel, as a manager has posted it."""
    settings = await world.moderator.slash(world.channel, "settings")
    told = await world.moderator.click(settings.response, label="Post a panel with Ask here")
    assert told.ephemeral
    return world.channel.last_message


def test_every_step_of_every_path_is_there(shipped: Snapshot) -> None:
    for path, (_name, ids) in PATHS.items():
        assert len(ids) == 5, path
        assert [i for i in ids if i not in shipped.entries] == [], path


async def test_a_path_leads_from_answer_to_answer(shipped_world: Stage) -> None:
    world = shipped_world
    which = await world.member.slash(world.channel, "start")
    first = await world.member.click(which.response, label="Someone I love is ill")
    assert first.ephemeral
    card, ids = first.response, PATHS["loved"][1]
    snapshot = world.env.bot.deps.library.current
    for number, entry_id in enumerate(ids, start=1):
        assert card.content == f"**Someone I love is ill: {number} of 5**"
        assert card.embeds[0].title == snapshot.entries[entry_id].name
        if number < 5:
            card = (await world.member.click(card, label="Next")).response or card
    back = await world.member.click(card, label="Back")
    assert (back.response or card).content == "**Someone I love is ill: 4 of 5**"


async def test_a_letter_is_explained_in_its_order_and_nothing_of_it_is_kept(world: Stage) -> None:
    form = await world.member.slash(world.channel, "explain")
    text = "Mrs Quixote denies pain. T cell count low. Melanoma, treated with Keytruda; T-cell growth factor stable."
    answer = await world.member.submit_modal(form, {"text": text})
    assert answer.ephemeral
    said = answer.response.embeds[0].description.splitlines()
    assert said == [
        "**Cells**",
        "• **T cell**: A white blood cell.",
        "**Conditions**",
        "• **Melanoma**: A skin cancer.",
        "**Medicines**",
        "• **Pembrolizumab**: It blocks PD-1.",
        "**Molecules**",
        "• **Interleukin-2**: A messenger that makes T cells grow.",
    ]
    opened = await world.member.select(answer.response, ["melanoma"], custom_id="im1:pick")
    assert opened.response.embeds[0].title == "Melanoma"
    assert "Quixote" not in kept(world)


async def test_danger_in_a_letter_is_answered_first(world: Stage) -> None:
    form = await world.member.slash(world.channel, "explain")
    answer = await world.member.submit_modal(form, {"text": "I have chest pain right now and take Keytruda"})
    assert answer.response.embeds[0].title == "Chest pain"


async def test_a_panel_answers_whoever_asks_alone(world: Stage) -> None:
    panel = await posted(world)
    assert panel.embeds[0].title == "Ask about immunotherapy"
    asked = await world.member.click(panel, label="Ask")
    answer = await world.member.submit_modal(asked, {"text": "keytruda"})
    assert answer.ephemeral
    assert answer.response.embeds[0].title == "Pembrolizumab (Keytruda)"
    unknown = await world.member.submit_modal(await world.member.click(panel, label="Ask"), {"text": "zyxomab"})
    assert "I have no entry called “zyxomab”." in unknown.response.content
    symptoms = await world.member.click(panel, label="I have a symptom")
    assert symptoms.ephemeral
    assert "• Chest pain" in symptoms.response.embeds[0].description
    assert "What fits you best?" in text_of(await world.member.click(panel, label="Where to begin"))
    assert world.channel.last_message.id == panel.id, "nothing of this is seen by others"
    assert "zyxomab" not in kept(world)


async def test_help_has_the_same_ways_as_buttons(world: Stage) -> None:
    shown = await world.member.slash(world.channel, "help")
    assert list(buttons_of(shown.response)) == ["Ask", "I have a symptom", "Where to begin", "Browse", "Español"]
    assert "/knowledge" not in text_of(shown)
    assert "/knowledge, /stats" in text_of(await world.moderator.slash(world.channel, "help")), "moderators see theirs"


@pytest.mark.parametrize(("term", "label"), [("grandma's letter", "Explain a letter or a report"), ("lettering", "")])
async def test_who_asks_about_a_letter_can_have_its_words_explained(world: Stage, term: str, label: str) -> None:
    answer = (await world.member.slash(world.channel, "define", term=term)).response
    assert ("Explain a letter or a report" in buttons_of(answer)) is bool(label)
    if label:
        form = await world.member.click(answer, label=label)
        explained = await world.member.submit_modal(form, {"text": "Melanoma was seen."})
        assert "• **Melanoma**: A skin cancer." in text_of(explained)


async def test_a_symptom_in_a_sentence_is_suggested_before_what_its_last_words_begin(world: Stage) -> None:
    shown = await world.member.autocomplete(world.channel, "define", "term", "with fever since keytr")
    assert [choice["name"] for choice in shown] == ["Fever", "Keytruda (pembrolizumab)"]
