"""A change is seen as prose: before and after, the changed words bold, on the page of the card where they stand."""

from __future__ import annotations

from bot.service.tryout import Stage

from .helpers import T_CELL, edit, form, lines, opened, pick, reads, send, upload


async def test_changed_words_are_bold_on_the_page_where_they_stand(desk: Stage) -> None:
    review = await edit(desk, "pembrolizumab", is_not="It is not chemotherapy at all.")
    said = reads(review)
    assert "**What it is not**\nBefore: It is not **chemotherapy.**\nNow: It is not **chemotherapy at all.**" in said
    review = await edit(desk, "til-therapy", side_effects="Fever.\nChills for an hour.")
    assert "**Side effects**\nNew: Chills for an hour." in reads(review)
    page = review.embeds[1]
    assert any("• **Chills for an hour.**" in field.value for field in page.fields), (
        "the page with side effects, not the first"
    )
    assert "```" not in reads(review)
    assert "+side_effects: [Fever., Chills for an hour.]" in await lines(desk, review)


async def test_signs_are_told_under_whom_to_call(desk: Stage) -> None:
    shown = await form(desk, "til-therapy", "call_now")
    review = (await send(desk, shown, emergency="Chest pain\nFever", now="")).response
    said = reads(review)
    assert "**When to call: Call your local emergency number now.**\nNew: Fever" in said
    assert "Gone: Fever (even a mild or short one)" in said


async def test_a_spanish_change_is_told_beside_the_spanish_card(desk: Stage) -> None:
    shown = await pick(desk, await opened(desk, "t-cell", language="es"), "short")
    review = (await send(desk, shown, short="Un glóbulo blanco, y bravo.")).response
    assert "Before: Un glóbulo **blanco.**\nNow: Un glóbulo **blanco, y bravo.**" in reads(review)
    assert "Un glóbulo **blanco, y bravo.**" in review.embeds[1].description


async def test_marks_that_are_typed_stay_as_they_are(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A *white* blood **cell**.")
    assert "Now: A **\\*white\\*** blood **\\*\\*cell\\*\\*.**" in reads(review)


async def test_what_is_the_bots_own_to_write_is_told_by_its_key(desk: Stage) -> None:
    review = await upload(desk, "t-cell.yaml", T_CELL.replace("checked: 2026-01-02", "checked: 2026-01-03"))
    assert "**`checked`**\nBefore: **2026-01-02**\nNow: **2026-01-03**" in reads(review).replace("\\-", "-")
