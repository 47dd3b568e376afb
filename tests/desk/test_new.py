"""A new entry is written in a form, and found once it was compared with its sources."""

from __future__ import annotations

from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import (
    NEW,
    SOURCE,
    TODAY,
    begun,
    define,
    files_of,
    filled,
    lines,
    pick,
    press,
    publish,
    reads,
    run,
    send,
    written,
)


async def test_a_new_entry_is_found_once_it_was_compared_with_its_sources(desk: Stage) -> None:
    shown = await begun(desk)
    assert filled(shown)["name"] == "B cell"
    assert "Groups of medicines" in str(shown.modal), "topics as members read them"
    review = (await send(desk, shown, **NEW)).response
    assert "**terms/b-cell.yaml (new)**" in reads(review)
    refused = await publish(desk, review, checked="no")
    assert "must be compared with its sources" in refused.followups[-1].content
    assert "Publish" in buttons_of(review)
    await publish(desk, review, why="missed by members")
    assert "A cell that makes antibodies." in await define(desk, "b-cell")
    assert f"checked: {TODAY}" in written(desk)["terms/b-cell.yaml"]


async def test_a_new_entry_gets_more_fields_before_it_is_published(desk: Stage) -> None:
    review = (await send(desk, await begun(desk), **NEW)).response
    await press(desk, review, "Change more")
    shown = await pick(desk, review, "topic")
    assert "Molecules" in str(shown.modal)
    await send(desk, shown, topic="molecules")
    assert "+topic: molecules" in await lines(desk, review)
    await publish(desk, review)
    assert "topic: molecules" in written(desk)["terms/b-cell.yaml"]


async def test_a_new_symptom_is_begun_in_the_form_and_told_what_it_lacks(desk: Stage) -> None:
    review = (
        await send(desk, await begun(desk, "symptom", "Hiccups"), short="Hiccups that don't stop.", sources=SOURCE)
    ).response
    assert "**" in reads(review)
    for key, text in {"sign": "hiccups", "urgency": "today", "words": "\n".join(f"hiccup {n}" for n in range(6))}.items():
        await press(desk, review, "Change more")
        await send(desk, await pick(desk, review, key), **{key: text})
    assert "Publish" in buttons_of(review), reads(review)
    await publish(desk, review)
    assert "Hiccups that don't stop." in await define(desk, "hiccups")


async def test_a_new_medicine_asks_for_other_names_instead_of_a_topic(desk: Stage) -> None:
    shown = await begun(desk, "medicine", "Ipilimumab")
    assert set(filled(shown)) == {"name", "also", "short", "more", "sources"}
    review = (await send(desk, shown, short="It blocks CTLA-4.", also="Yervoy", sources=SOURCE)).response
    await publish(desk, review)
    assert "It blocks CTLA-4." in await define(desk, "yervoy")


async def test_a_name_that_is_taken_or_has_no_letters_is_said_before_and_after_the_form(desk: Stage) -> None:
    assert "There is an entry `t-cell` already" in (await run(desk, "new", kind="term", name="T Cells")).content
    assert "has no letters" in (await run(desk, "new", kind="term", name="♥♥♥")).content
    for name, said in (("T cell", "There is an entry `t-cell` already"), ("♥", "has no letters")):
        answer = (await send(desk, await begun(desk), **{**NEW, "name": name})).response
        assert said in answer.content
        assert "A cell that makes antibodies." in (await files_of(answer))["what-you-typed.txt"]
    answer = (await send(desk, await begun(desk), **{**NEW, "name": "T lymphocyte"})).response
    assert "There is an entry `t-cell` already" in answer.content, "by another name of it"
    answer = (await send(desk, await begun(desk), **{**NEW, "sources": "x"})).response
    assert "a source has no `url`" in reads(answer)
    assert "Change more" in buttons_of(answer), "what was typed is kept"
