"""Questions as patients ask them: any of their phrasings, in either language, is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.knowledge.library import Snapshot, build
from bot.language import language
from bot.service.tryout import Stage

from .conftest import SOURCES, spoken_in, text_of
from .signs import problems

HAIR = (
    "name: Will I lose my hair?\nasked_as: [does it make hair fall out, will i go bald]\nabout: [til-therapy]\n"
    "short: Usually not, though hair may thin.\nmore: Your team can say more.\nrelated: [t-cell]\n"
)
PELO = (
    "name: ¿Se me va a caer el pelo?\nasked_as: [me quedaré calvo]\nshort: Por lo general no.\nmore: Su equipo sabe más.\n"
)
FILE, SPANISH = "questions/hair.yaml", "es/questions/hair.yaml"


@pytest.fixture
def folder(folder: Path) -> Path:
    """The small knowledge, with a question."""
    for name, text in ((FILE, HAIR + SOURCES), (SPANISH, PELO)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    "asked",
    [
        "Will I lose my hair?",
        "will i lose my hair",
        "Does it make hair fall out",
        "se me va a caer el pelo",
        "¿Me quedaré calvo?",
    ],
)
async def test_any_way_of_asking_is_answered(world: Stage, asked: str) -> None:
    result = await world.member.slash(world.channel, "define", term=asked)
    assert "Usually not, though hair may thin." in text_of(result)
    assert "Your team can say more." in text_of(result)


def test_its_card_leads_to_what_it_is_about(snapshot: Snapshot) -> None:
    english, spanish = (spoken_in(language(code), card, snapshot, "hair", CardContext()) for code in ("en-US", "es-ES"))
    assert english is not None
    assert spanish is not None
    assert english.embeds[0].footer.startswith("Question · Checked ")
    assert [o.label for o in english.rows[0][0].options] == ["TIL therapy", "T cell"]
    assert (spanish.embeds[0].title, spanish.embeds[0].footer[:10]) == ("¿Se me va a caer el pelo?", "Pregunta ·")
    assert "Por lo general no." in spanish.embeds[0].description


def test_a_search_finds_it_by_how_it_is_asked(folder: Path) -> None:
    assert build([folder]).search.find("bald")[0] == "hair"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HAIR.replace("til-therapy", "no-such"), "`about` links to `no-such`, and there is no such entry"),
        (HAIR.replace("Your team can say more.", "word " * 91), "`more` has 91 words, and 90 is the most"),
        (HAIR.replace("will i go bald", "T cell"), "T cell"),
        (HAIR + "call_now: {now: [fever]}\n", "a question has no key `call_now`"),
    ],
)
def test_a_mistake_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(tmp_path, {FILE: text})), problems(tmp_path, {FILE: text})
