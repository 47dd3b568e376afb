"""Any field of an entry is changed in a form: signs and links by their names, a source by its address, days by a press."""

from __future__ import annotations

from typing import Any

import discord

from bot.interactions.custom_id import join
from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import TODAY, filled, form, noticed, opened, pick, press, publish, reads, send, written


async def labels(desk: Stage, entry: str, **options: Any) -> list[str]:
    shown = await opened(desk, entry, **options)
    items = [item for row in shown.components for item in row["components"] if item["type"] == 3]
    return [option["label"] for item in items for option in item["options"]]


async def choose(desk: Stage, message: Any, value: str) -> Any:
    item = next(i for row in message.components for i in row["components"] if i["type"] == 3)
    return await desk.moderator.select(message, [value], custom_id=item["custom_id"])


async def test_every_field_that_is_a_moderators_to_write_is_in_the_lists_in_their_words(desk: Stage) -> None:
    found = await labels(desk, "pembrolizumab")
    for name in ("What it is", "When to call", "Side effects", "What it is used for", "Sources", "Brand names"):
        assert name in found, name
    assert not {"reviewed_by", "withdrawn", "checked", "based_on"} & set(found)
    assert "Sources" not in await labels(desk, "pembrolizumab", language="es"), "a translation has those of its entry"
    assert {"How urgent it is", "What people type when it happens"} <= set(await labels(desk, "fever"))


async def test_signs_are_typed_by_their_names_and_keep_their_notes(desk: Stage) -> None:
    shown = await form(desk, "til-therapy", "call_now")
    assert filled(shown) == {"emergency": "Chest pain", "now": "Fever (even a mild or short one)", "today": ""}
    review = (await send(desk, shown, emergency="Chest pain (show your wallet or safety card)")).response
    await publish(desk, review, checked="no")
    text = written(desk)["therapies/til-therapy.yaml"]
    assert "call_now:\n  emergency: [{chest-pain: safety-card}]\n  now: [{fever: any-counts}]\n" in text
    assert "chest pain" in (await _define(desk, "TIL therapy"))


async def _define(desk: Stage, term: str) -> str:
    return reads((await desk.member.slash(desk.channel, "therapy", name=term)).response).lower()


async def test_what_is_no_name_is_asked_about_with_the_nearest(desk: Stage) -> None:
    shown = await form(desk, "pembrolizumab", "call_now")
    asked = (await send(desk, shown, emergency="pain in chest", now="fevr\nfever of the hay")).response
    assert asked.content == "No single entry is called “pain in chest”. Which is meant?"
    options = [o["value"] for o in asked.components[0]["components"][0]["options"]]
    assert options == ["chest-pain", "-"]
    await choose(desk, asked, "chest-pain")
    assert "“fevr”" in asked.content
    await choose(desk, asked, "fever")
    assert "“fever of the hay”" in asked.content
    await choose(desk, asked, "-")
    await publish(desk, asked, checked="no")
    assert "call_now:\n  emergency: [chest-pain]\n  now: [fever]\n" in written(desk)["medicines/pembrolizumab.yaml"]


async def test_what_a_treatment_is_used_for_may_be_words_once_that_is_confirmed(desk: Stage) -> None:
    shown = await form(desk, "pembrolizumab", "treats")
    assert filled(shown) == {"treats": "Melanoma\nOther cancers"}
    asked = (await send(desk, shown, treats="Melanoma\nOther cancers\nMelanomas of the eye")).response
    assert [o["value"] for o in asked.components[0]["components"][0]["options"]] == ["melanoma", "=", "-"]
    await choose(desk, asked, "=")
    await publish(desk, asked, checked="no")
    assert "treats: [melanoma, Other cancers, Melanomas of the eye]" in written(desk)["medicines/pembrolizumab.yaml"]


async def test_a_source_is_a_bare_address(desk: Stage) -> None:
    shown = await form(desk, "t-cell", "sources")
    typed = filled(shown)["sources"] + "\nhttps://www.cancer.gov/what-are-t-cells"
    review = (await send(desk, shown, sources=typed)).response
    await publish(desk, review)
    text = written(desk)["terms/t-cell.yaml"]
    assert (
        f"title: What are t cells, publisher: NCI, url: 'https://www.cancer.gov/what-are-t-cells', seen: {TODAY}"
        in text.replace("url: https://www.cancer.gov/what-are-t-cells,", "url: 'https://www.cancer.gov/what-are-t-cells',")
    )
    assert f"checked: {TODAY}" in text


async def test_compared_today_is_one_press_with_undo(desk: Stage) -> None:
    shown = await opened(desk, "t-cell")
    answer = (await press(desk, shown, "Compared today")).response
    assert "Published" in answer.content
    assert f"checked: {TODAY}" in written(desk)["terms/t-cell.yaml"]
    assert "Compared with its sources" in noticed(desk)[0].content
    await press(desk, answer, "Undo this")
    assert written(desk) == {}


async def test_the_translation_is_a_press_away_and_stands_beside_the_english(desk: Stage) -> None:
    shown = await opened(desk, "til-therapy")
    spanish = (await press(desk, shown, "In Spanish")).response
    asked = await pick(desk, spanish, "side_effects")
    assert asked.modal["components"][0]["content"] == "In English: Fever."
    review = (await send(desk, asked, side_effects="Fiebre.")).response
    await publish(desk, review)
    assert written(desk)["es/therapies/til-therapy.yaml"].startswith("side_effects: [Fiebre.]\n")
    assert list(buttons_of(spanish))  # the message became the review
    back = (await press(desk, (await opened(desk, "til-therapy", language="es")), "The English text")).response
    assert "Compared today" in buttons_of(back)


async def test_a_forged_field_is_refused(desk: Stage) -> None:
    forged = [await posted_select(desk, key) for key in ("checked", "reviewed_by", "nothing")]
    for message in forged:
        assert "That field is gone" in (await choose_forged(desk, message)).response.content
    assert written(desk) == {}


async def posted_select(desk: Stage, key: str) -> Any:
    """A message with a list that names a field which no list offers."""
    view = discord.ui.View(timeout=None)
    select = discord.ui.Select(
        custom_id=join("modpick", "terms_t-cell", "0"), options=[discord.SelectOption(label=key, value=key)]
    )
    view.add_item(select)
    view.stop()
    message = await desk.env.bot.get_partial_messageable(desk.channel.id).send("old", view=view)
    await desk.env.settle()
    return message


async def choose_forged(desk: Stage, message: Any) -> Any:
    (option,) = message.components[0].children[0].options
    return await desk.moderator.select(message, [option.value], custom_id=message.components[0].children[0].custom_id)
