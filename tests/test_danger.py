"""Alarm where there is danger, and none where there is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.features.cards.offers import offered
from bot.interactions.text import texts_in
from bot.knowledge.kinds import Kind, is_urgent
from bot.knowledge.library import Snapshot, build
from bot.service.tryout import Stage

from .conftest import SHIPPED, buttons_of, text_of

EVERYDAY = (
    "how long will my father live",
    "will I lose my hair",
    "is herceptin a chemo drug",
    "my father has a new drug",
    "what does grade 3 mean",
    "switching from humira to a biosimilar",
    "fewer infusions",
    "painting my nails during treatment",
    "blending food after radiation",
    "can I take a pill instead of a drip",
    "when will I see the doctor",
    "how many weeks off work",
    "is it normal to be tired",
    "does insurance pay for a scan",
    "what can I eat",
    "may I drink wine",
    "breeding dogs with asthma",
    "¿cuánto va a vivir mi padre?",
    "qué grado tiene mi tumor",
)


def urgent_in(snapshot: Snapshot, ids: list[str]) -> list[str]:
    return [i for i in ids if is_urgent(snapshot.entries[i])]


@pytest.mark.parametrize("text", EVERYDAY)
def test_an_everyday_question_shows_nothing_urgent(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ()
    assert urgent_in(shipped, shipped.search.find(text)) == []
    assert urgent_in(shipped, offered(shipped, text)) == []
    assert urgent_in(shipped, [i for s in shipped.index.suggest(text) for i in shipped.index.exact(s.value)]) == []


def test_no_word_of_the_entries_is_taken_for_a_misspelt_word_of_danger(shipped: Snapshot) -> None:
    """All that the entries say, word by word: two thousand words as people write them."""
    said = " ".join(f"{e.short} {e.more} {getattr(e, 'given', '')}" for e in shipped.entries.values())
    words = sorted(set(re.findall(r"[a-z]{4,}", said.lower())))
    assert len(words) > 2000
    found = {word: near for word in words if not shipped.index.danger(word) and (near := shipped.index.close(word))}
    assert {word: urgent for word, near in found.items() if (urgent := urgent_in(shipped, near))} == {}


@pytest.mark.parametrize(
    ("text", "entry"),
    [("bleding", "bleeding"), ("siezure", "seizure"), ("chset pain", "chest-pain"), ("fainnting", "fainting")],
)
def test_a_plainly_misspelt_danger_is_offered(shipped: Snapshot, text: str, entry: str) -> None:
    assert entry in offered(shipped, text)
    assert entry in shipped.search.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe", "i cant breathe", "I can t breathe", "I can’t breathe", "I can‘t breathe", "I can＇t breathe",
        "I canʼt breathe", "I can`t breathe", "I can´t breathe", "I can′t breathe", "can't\u200bbreathe", "ca\u00adn't bre\u200bathe",
        "can't\u3164breathe", "can't\ufe0f breathe", "can't\U000e0020breathe", "c a n ' t  b r e a t h e", "CAN'T.BREATHE!!",
        "can\u034f't breathe", "c\u0336an't br\u0336eathe",
    ],
)  # fmt: skip
def test_no_mark_hides_words_of_danger(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ("trouble-breathing",)


@pytest.mark.parametrize("text", ["harmed", "a plan to breathe", "the chests pained us", "myself", "overdosedx"])
def test_a_part_of_a_word_is_no_word_of_danger(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ()


def test_what_others_asked_in_danger_is_nobodys_suggestion() -> None:
    urgent = {"thoughts-of-self-harm": 1000, "chest-pain": 900, "bleeding": 800}
    quiet, used = build([SHIPPED]), build([SHIPPED], urgent)
    for typed in ("", "b", "bl", "th", "ch", "che"):
        assert used.index.suggest(typed) == quiet.index.suggest(typed)
    assert urgent_in(used, [i for s in used.index.suggest("") for i in used.index.exact(s.value)]) == []


def test_the_list_opens_with_what_most_people_look_for_first(shipped: Snapshot) -> None:
    asked_often = build([SHIPPED], {"fever": 100_000, "apoptosis": 50_000})
    for snapshot in (shipped, asked_often):
        assert [s.label for s in snapshot.index.suggest("")][:3] == [
            "Immunotherapy",
            "Checkpoint inhibitor",
            "CAR T-cell therapy",
        ]
        assert snapshot.index.suggest("", Kind.MEDICINE)[0].label == "Pembrolizumab"
        assert snapshot.index.suggest("", Kind.CONDITION)[0].label == "Melanoma"


@pytest.mark.parametrize(("command", "option"), [("define", "term"), ("search", "words"), ("medicine", "name")])
@pytest.mark.parametrize(
    "text", ["I want to die", "I want to die because of interferon alfa-2b and Keytruda", "quiero morirme"]
)
async def test_who_wants_to_die_is_offered_help_and_no_medicine(
    shipped_world: Stage, shipped: Snapshot, command: str, option: str, text: str
) -> None:
    result = await shipped_world.member.slash(shipped_world.channel, command, **{option: text})
    assert result.ephemeral
    assert result.response.embeds[0].author.name == "Urgent: get help first"
    assert len(result.response.embeds) == 1
    assert list(buttons_of(result.response)) == ["Numbers for my country", "Español"]
    assert "988" in text_of(result)


async def test_the_entry_on_self_harm_links_to_no_medicine(shipped: Snapshot) -> None:
    entry = shipped.entries["thoughts-of-self-harm"]
    assert [i for i in entry.links() if shipped.entries[i].kind in (Kind.MEDICINE, Kind.THERAPY)] == []


DANGER = "I can't breathe"
MESSAGES: dict[str, dict[str, Any]] = {
    "its own words": {"content": DANGER},
    "an embed's title": {"content": "", "embeds": [{"title": DANGER}]},
    "an embed's text": {"content": "", "embeds": [{"description": DANGER}]},
    "an embed's field": {"content": "", "embeds": [{"fields": [{"name": "How are you?", "value": DANGER}]}]},
    "a field's name": {"content": "", "embeds": [{"fields": [{"name": DANGER, "value": "since noon"}]}]},
    "an embed's author": {"content": "", "embeds": [{"author": {"name": DANGER}}]},
    "an embed's footer": {"content": "", "embeds": [{"footer": {"text": DANGER}}]},
    "what it forwards": {"content": "", "message_snapshots": [{"message": {"content": DANGER, "embeds": []}}]},
    "an embed it forwards": {
        "content": "",
        "message_snapshots": [{"message": {"content": "", "embeds": [{"title": DANGER}]}}],
    },
    "a text display": {"content": "", "components": [{"type": 17, "components": [{"type": 10, "content": DANGER}]}]},
}


@pytest.mark.parametrize("part", MESSAGES)
def test_danger_is_heard_wherever_it_stands_in_a_message(shipped: Snapshot, part: str) -> None:
    text = "\n".join(texts_in(MESSAGES[part]))
    assert shipped.index.danger(text) == ("trouble-breathing",)


def test_what_a_message_lacks_is_no_text() -> None:
    assert [
        text for text in texts_in({"content": None, "embeds": [{"title": None, "author": None, "footer": None}]}) if text
    ] == []


def test_the_shipped_folder_has_the_curated_entries(shipped: Snapshot) -> None:
    """A renamed entry would silently fall out of the list that opens /define."""
    from bot.knowledge.index import FIRST

    assert [i for i in FIRST if i not in shipped.entries] == []
    assert Path(SHIPPED).is_dir()
