"""The try-out page in a real browser: type, choose, read, press, share."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.service.tryout import Stage

from .conftest import SHIPPED

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE = 60
"""Seconds after which something that should be seen is given up; far more than a slow machine needs."""

# The page drops a press that comes while an action of its own is under way, and draws its lists anew after one. This is
# its own word on that. Telling its server its size is such an action, and comes a frame after its toolbar grew.
SETTLED = """() => {
    const page = window.simcordPreview, told = page.presentation?.host, now = page.geometry.host;
    return page.ready && page.awaitingRevision === null && told?.width === now.width && told.height === now.height;
}"""

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; .ci/run installs it")
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class Try:
    """`immunobot try` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "data/immunobot.db"
        own = {"IMMUNOBOT_KNOWLEDGE__PATH": str(SHIPPED), "PYTHONPATH": str(SHIPPED.parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "try", "--no-browser"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("IMMUNOBOT_")} | own,
            stdout=subprocess.PIPE,
            text=True,
        )

    def address(self) -> str:
        """Wait for the address that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/\S*", line)
        assert address, f"no address in {line!r}"
        return address[0]

    def end(self) -> str:
        """Press Ctrl-C and return what it prints last."""
        self.process.send_signal(signal.SIGINT)
        printed, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0
        return printed

    def uses(self) -> list[tuple[str, str | None, str]]:
        """Return what it logged: command, entry, outcome."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT command, entry, outcome FROM usage ORDER BY command, entry").fetchall()


@pytest.fixture
def tried(browser: Browser, tmp_path: Path) -> Iterator[Try]:
    tried = Try(tmp_path)
    yield tried
    tried.process.kill()
    tried.process.communicate()


async def opened(browser: Browser, tried: Try, width: int, height: int) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE * 1000)
    await page.goto(tried.address())
    await expect(messages(page)).to_contain_text(["This is immunobot on a page of your own"])
    return page


def messages(page: Page) -> Locator:
    """The messages of the channel, the oldest first."""
    return page.locator("article.channel-message")


async def press(page: Page, button: Locator) -> None:
    await page.wait_for_function(SETTLED)
    await button.click()


async def ask(page: Page, command: str, letters: str, choice: str) -> None:
    """Type a command and the first letters of a name, and choose from the lists, as a member does."""
    await page.get_by_placeholder(re.compile("Message #")).press_sequentially(f"/{command}")
    await press(page, page.get_by_role("option", name=f"/{command}"))
    await page.get_by_role("combobox", name="required").press_sequentially(letters)
    await press(page, page.get_by_role("option", name=choice, exact=True))
    await press(page, page.get_by_role("button", name="Send"))


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desktop", "phone"])
async def test_a_member_types_chooses_reads_presses_and_shares(
    browser: Browser, tried: Try, width: int, height: int
) -> None:
    page = await opened(browser, tried, width, height)

    await ask(page, "define", "interleuk", "Interleukin")
    answer = messages(page).nth(1)
    await expect(answer).to_contain_text("member used /define")
    await expect(answer).to_contain_text("Only you can see this")
    await expect(answer.get_by_text("Term · molecules · Checked")).to_be_visible()
    await expect(answer.locator("strong", has_text="Sources")).to_be_visible()
    await expect(answer.get_by_role("link").first).to_have_attribute("href", re.compile("^https://"))
    await expect(answer.get_by_text(re.compile(r"Checked [A-Z][a-z]+ 20\d\d, next by [A-Z][a-z]+ 20\d\d\."))).to_be_visible()

    await press(page, answer.get_by_text("Read next"))
    await press(page, page.get_by_role("option", name=re.compile("^Cytokine")))
    related = messages(page).nth(2)
    await expect(related.get_by_text("Cytokine", exact=True).first).to_be_visible()
    await press(page, related.get_by_role("button", name="More …"))
    more = messages(page).nth(3)
    await press(page, more.get_by_role("button", name="Share here"))
    asked = messages(page).nth(4)
    await expect(asked.get_by_text("Everyone in this channel will see it")).to_be_visible()
    await press(page, asked.get_by_role("button", name="Share it"))
    shared = messages(page).nth(5)
    await expect(shared.get_by_role("button", name="Remove")).to_be_visible()
    await expect(shared.get_by_text("Cytokine", exact=True).first).to_be_visible()
    await expect(shared).not_to_contain_text("Only you can see this")

    # Whatever was shown, nothing is wider than the screen.
    for part in (page.locator("html"), page.get_by_role("log")):
        assert await part.evaluate("part => part.scrollWidth - part.clientWidth") == 0

    # Ctrl-C while the page is still open in the browser.
    assert "Ended." in tried.end()
    assert tried.uses() == [
        ("define", "interleukin", "served"),
        ("open", "cytokine", "served"),
        ("page", None, "offered"),
        ("share", None, "offered"),
        ("share", "cytokine", "served"),
    ]


async def test_a_moderator_can_be_acted_as_and_does_not_see_what_a_member_asked(browser: Browser, tried: Try) -> None:
    page = await opened(browser, tried, 1280, 900)
    await ask(page, "define", "interleuk", "Interleukin")
    await expect(messages(page).nth(1)).to_contain_text("member used /define")

    await page.get_by_label("Viewing as").select_option(label="moderator")
    await expect(messages(page)).to_have_count(1)
    await ask(page, "medicine", "keytr", "Keytruda (pembrolizumab)")
    await expect(messages(page).nth(1)).to_contain_text("moderator used /medicine")
    await expect(messages(page).nth(1).get_by_text("Medicine · Checked")).to_be_visible()

    assert "Ended." in tried.end()
    assert tried.uses() == [("define", "interleukin", "served"), ("medicine", "pembrolizumab", "served")]


async def test_what_the_page_has_no_place_for_is_in_its_one_channel(browser: Browser, tried: Try) -> None:
    page = await opened(browser, tried, 390, 844)
    box = page.get_by_placeholder(re.compile("Message #"))
    await box.press_sequentially("They found a biomarker and planned a biopsy")
    await press(page, page.get_by_role("button", name="Send"))
    await expect(messages(page)).to_have_count(2)
    await box.press_sequentially("/explain-terms")
    await press(page, page.get_by_role("option", name="/explain-terms"))
    await press(page, page.get_by_role("button", name="Send"))
    await expect(messages(page).nth(2)).to_contain_text("The words in that text")
    await expect(messages(page).nth(2)).to_contain_text("Biopsy")

    await ask(page, "define", "interleuk", "Interleukin")
    await press(page, messages(page).nth(3).get_by_role("button", name="More …"))
    await press(page, messages(page).nth(4).get_by_role("button", name="Report a mistake"))
    await page.get_by_role("dialog").get_by_role("textbox").first.press_sequentially("A comma is missing.")
    await press(page, page.get_by_role("dialog").get_by_role("button", name="Submit"))
    await expect(messages(page).filter(has_text="Somebody reported a mistake in Interleukin.")).to_have_count(1)
    await press(page, messages(page).nth(3).get_by_role("button", name="Español"))
    await expect(messages(page).nth(3)).to_contain_text("Fuentes")
    assert "Ended." in tried.end()


@pytest.mark.parametrize("term", ["chest pain", "can't breathe", "overdose", "I want to die", "fever"])
async def test_what_cannot_wait_fits_a_hand(browser: Browser, tried: Try, term: str) -> None:
    """From the first line of what to do to its button: at most 350 px on a phone's width."""
    page = await opened(browser, tried, 390, 844)
    await page.get_by_placeholder(re.compile("Message #")).press_sequentially("/define")
    await press(page, page.get_by_role("option", name="/define"))
    await page.get_by_role("combobox", name="required").press_sequentially(term)
    await press(page, page.get_by_role("button", name="Send"))
    answer = messages(page).nth(1)
    button = answer.get_by_role("button").last
    await expect(button).to_be_visible()
    await page.wait_for_function(SETTLED)
    first = await answer.get_by_text(re.compile("^(Urgent: get help first|Symptom: call)")).bounding_box()
    last = await button.bounding_box()
    assert first is not None
    assert last is not None
    assert last["y"] + last["height"] - first["y"] <= 350


@pytest.mark.parametrize(
    ("kind", "most"),
    [("symptom", 745), ("question", 700), ("term", 970), ("therapy", 1160), ("medicine", 1185), ("condition", 835)],
)
async def test_a_card_is_no_taller_on_a_phone_than_it_was(
    browser: Browser, shipped_world: Stage, kind: str, most: int
) -> None:
    """The four longest first pages of each kind, with the head of the message and all controls, at 390 px; up to 48 signs."""
    world = shipped_world
    snapshot = world.env.bot.deps.library.current

    def length(entry_id: str) -> int:
        message = card(snapshot, entry_id, CardContext())
        assert message
        return len(message.embeds[0].description)

    of_kind = [entry_id for entry_id, entry in snapshot.entries.items() if entry.kind == kind]
    for entry_id in sorted(of_kind, key=length)[-4:]:
        await world.moderator.slash(world.channel, "define", term=f"#{entry_id}")
    async with world.env.preview(world.channel, viewers=(world.moderator,), layout="channel", display="responsive") as shown:
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(shown.url)
        await expect(messages(page)).to_have_count(4)
        await page.wait_for_function(SETTLED)  # until then it is laid out wider than the screen
        heights = await messages(page).evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
        assert max(heights) <= most
