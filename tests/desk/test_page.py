"""The try-out's moderator in a real browser: upload, look, publish, ask as a member, roll back; change it in the form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from ..conftest import SHIPPED
from ..test_page import SETTLED, Try, ask, browser, messages, opened, press, tried

__all__ = ["browser", "tried"]

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desktop", "phone"])
OLD = "A kind of cytokine, a message protein that carries signals between immune cells."
NEW = "A message protein. Immune cells send it to each other."


async def view_as(page: Page, who: str) -> None:
    await page.wait_for_function(SETTLED)
    await page.get_by_label("Viewing as").select_option(label=who)
    await page.wait_for_function(SETTLED)


async def command(page: Page, name: str) -> None:
    """Type a command and pick it from the list."""
    await page.get_by_placeholder(re.compile("Message #")).press_sequentially(f"/{name}")
    await press(page, page.get_by_role("option", name=f"/{name}"))


async def send(page: Page) -> None:
    await press(page, page.get_by_role("button", name="Send"))


async def submit(page: Page) -> None:
    await press(page, page.get_by_role("dialog").get_by_role("button", name="Submit"))
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def publish(page: Page, review: Locator) -> None:
    """Press Publish, say why, and that it was compared with its sources."""
    await press(page, review.get_by_role("button", name="Publish"))
    await page.get_by_label("Why?").fill("Plainer words")
    await page.get_by_role("radio", name=re.compile("Yes")).check()
    await submit(page)


async def nothing_is_wider_than_the_screen(page: Page) -> None:
    for part in (page.locator("html"), page.get_by_role("log")):
        assert await part.evaluate("part => part.scrollWidth - part.clientWidth") == 0


@SIZES
async def test_a_file_is_uploaded_looked_at_published_asked_for_and_rolled_back(
    browser: Browser, tried: Try, tmp_path: Path, width: int, height: int
) -> None:
    file = tmp_path / "interleukin.yaml"
    file.write_text((SHIPPED / "terms/interleukin.yaml").read_text().replace(OLD, NEW))
    page = await opened(browser, tried, width, height)
    await view_as(page, "moderator")

    await command(page, "knowledge upload")
    await page.get_by_label(re.compile("^file attachment")).set_input_files(file)
    await send(page)
    review = messages(page).nth(1)
    await expect(review).to_contain_text("Ready to publish")
    await expect(review).to_contain_text("Now: A message protein. Immune cells send it to each other.")
    await expect(review.get_by_text("Term · molecules")).to_be_visible()
    await press(page, review.get_by_role("button", name="See the whole card"))
    await expect(messages(page).nth(2)).to_contain_text("A preview: nothing was changed.")
    await nothing_is_wider_than_the_screen(page)
    await publish(page, review)
    await expect(review).to_contain_text("Published: terms/interleukin.yaml. Members see it now.")

    await view_as(page, "member")
    await ask(page, "define", "interleuk", "Interleukin")
    await expect(messages(page).last).to_contain_text(NEW)

    await view_as(page, "moderator")
    await press(page, review.get_by_role("button", name="Undo this"))
    rolled_back = messages(page).filter(has_text="Rolled back: terms/interleukin.yaml. Members see it now.")
    await expect(rolled_back).to_have_count(1)
    await view_as(page, "member")
    await ask(page, "define", "interleuk", "Interleukin")
    await expect(messages(page).last).to_contain_text(OLD)
    assert "Ended." in tried.end()


@SIZES
async def test_an_entry_is_changed_in_its_form_and_its_history_is_read(
    browser: Browser, tried: Try, tmp_path: Path, width: int, height: int
) -> None:
    page = await opened(browser, tried, width, height)
    await view_as(page, "moderator")
    await command(page, "knowledge edit")
    await page.get_by_role("combobox", name="required").press_sequentially("interleuk")
    await press(page, page.get_by_role("option", name="Interleukin (terms/interleukin)", exact=True))
    await send(page)
    review = messages(page).nth(1)
    await press(page, review.get_by_text("Edit what it says"))
    await press(page, page.get_by_role("option", name=re.compile("^What it is")))
    await expect(page.get_by_role("textbox", name="What it is")).to_have_value(OLD)
    await page.get_by_role("textbox", name="What it is").fill("word " * 30)
    await submit(page)
    await expect(review).to_contain_text("What it is has 30 words, and 25 is the most")
    await press(page, review.get_by_role("button", name="Change it again"))
    await expect(page.get_by_role("textbox", name="What it is")).to_have_value(re.compile("^word word"))
    await page.get_by_role("textbox", name="What it is").fill(NEW)
    await submit(page)
    await publish(page, review)
    await expect(review).to_contain_text("Members see it now.")
    await nothing_is_wider_than_the_screen(page)

    await command(page, "knowledge history")
    await send(page)
    await expect(messages(page).nth(2)).to_contain_text("Plainer words")
    kept = (tmp_path / "data/knowledge/terms/interleukin.yaml").read_text()
    shipped = (SHIPPED / "terms/interleukin.yaml").read_text().replace(OLD, NEW)
    assert kept.startswith(shipped.partition("\nchecked:")[0]), "every other byte is as it was"
    assert "Ended." in tried.end()
