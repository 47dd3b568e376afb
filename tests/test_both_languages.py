"""Whatever was asked can be had in the other language: a press on the answer, and all that is pressed after it follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.library import build
from bot.language import language, speaking
from bot.service.tryout import Stage

from .conftest import buttons_of, read_next, text_of, turn


async def test_a_card_is_had_in_the_other_language_in_its_place_and_back(shipped_world: Stage) -> None:
    member = shipped_world.member
    english = await member.slash(shipped_world.channel, "define", term="fever")
    spanish = await member.click(english.response, label="Español")
    assert spanish.response.id == english.response.id, "it takes the place of the first"
    assert spanish.response.embeds[0].title == "Fiebre"
    back = await member.click(spanish.response, label="English")
    assert text_of(back) == text_of(english)


async def test_what_is_pressed_on_it_stays_in_the_language_that_was_chosen(shipped_world: Stage) -> None:
    member = shipped_world.member
    english = await member.slash(shipped_world.channel, "therapy", name="CAR-T")
    spanish = await member.click(english.response, label="Español")
    for page in ("details", "help", "ask"):
        spanish = await turn(member, spanish.response, page)
        assert "English" in buttons_of(spanish.response)
    opened = await read_next(member, spanish.response, "cytokine-release-syndrome")
    assert opened.response.embeds[0].title == "Síndrome de liberación de citocinas"
    offered = await member.click(opened.response, label="Más …")
    form = await member.click(offered.response, label="Avisar de un error")
    assert "error" in str(form.modal)


ANSWERS = {
    "start": ({}, "Me lo acaban de decir"),
    "browse": ({}, "Explorar"),
    "help": ({}, "Preguntar"),
    "about": ({}, "inmunoterapia"),
    "privacy": ({}, "borra"),
    "disclaimer": ({}, "médico"),
    "search": ({"words": "skin cancer drugs"}, "Página 1"),
    "compare": ({"first": "Keytruda", "second": "Opdivo"}, "Distinto"),
    "define": ({"term": "Kytruda"}, "¿Quiso decir"),
}


@pytest.mark.parametrize("command", ANSWERS)
async def test_every_answer_is_had_in_the_other_language(shipped_world: Stage, command: str) -> None:
    given, said = ANSWERS[command]
    member = shipped_world.member
    english = await member.slash(shipped_world.channel, command, **given)
    assert said not in text_of(english)
    spanish = await member.click(english.response, label="Español")
    shown = f"{text_of(spanish)} {' '.join(buttons_of(spanish.response))}"
    assert said in shown
    back = await member.click(spanish.response, label="English")
    assert text_of(back) == text_of(english)


async def test_what_is_too_long_to_be_asked_again_has_the_card_alone(shipped_world: Stage) -> None:
    sentence = "my chest hurts so badly since the infusion this morning that I can hardly lie down or breathe at all"
    member = shipped_world.member
    english = await member.slash(shipped_world.channel, "define", term=sentence)
    spanish = await member.click(english.response, label="Español")
    assert "número local de emergencias" in text_of(spanish).lower() or "emergencias" in text_of(spanish)
    offered = await member.slash(shipped_world.channel, "define", term="is there any word at all " * 4)
    assert "Español" not in buttons_of(offered.response)


def test_other_names_are_those_of_the_language(folder: Path) -> None:
    (folder / "es/terms/interleukin-2.yaml").write_text("name: Interleucina-2\nshort: Un mensajero.\n", encoding="utf-8")
    snapshot = build([folder])
    with speaking(language("es")):
        entry = snapshot.entry("interleukin-2")
    assert entry is not None
    assert (entry.name, entry.also) == ("Interleucina-2", ())
    assert snapshot.index.exact("T-cell growth factor") == snapshot.index.exact("Interleucina-2")
