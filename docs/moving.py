"""Make docs/try-out.gif: what a member sees on a phone, as single pictures of the try-out page, one after the other.

Run from the project's folder, with the extra `test` and Chromium:

    PYTHONPATH=. .venv/bin/python docs/moving.py
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, async_playwright

from bot.service.tryout import stage
from bot.settings import Config, Database, Knowledge
from tests.test_page import CHROMIUM, FLAGS, SETTLED

FILE = Path(__file__).with_name("try-out.gif")
WIDTH, HEIGHT, TOOLBAR = 390, 830, 112
COLOURS = 48
MOST_BYTES = 500_000

MOMENT, WHILE = 900, 4000
"""Milliseconds that a picture stands: of what is typed, and of what is read."""


class Recorder:
    """Takes pictures of a page."""

    def __init__(self, page: Page) -> None:
        """Take pictures of this page."""
        self.page = page
        self.pictures: list[tuple[bytes, int]] = []

    async def take(self, stands: int) -> None:
        """Take a picture that stands for so long."""
        await self.page.wait_for_function(SETTLED)
        await self.page.wait_for_timeout(300)  # its lists fade in
        clip = {"x": 0, "y": TOOLBAR, "width": WIDTH, "height": HEIGHT - TOOLBAR}
        self.pictures.append((await self.page.screenshot(clip=clip), stands))

    async def press(self, button: Locator) -> None:
        """Press a button once the page takes presses."""
        await self.page.wait_for_function(SETTLED)
        await button.click()

    async def ask(self, command: str, typed: str, choice: str = "") -> None:
        """Ask, with a picture of what is typed and suggested and, where nothing is chosen, of the form as it is sent."""
        page = self.page
        await page.get_by_placeholder(re.compile("Message #")).press_sequentially(f"/{command}")
        await self.press(page.get_by_role("option", name=f"/{command}"))
        await page.get_by_role("combobox", name="required").press_sequentially(typed)
        if choice:
            await page.get_by_role("option", name=choice, exact=True).wait_for()
        await self.take(MOMENT * 2)
        if choice:
            await self.press(page.get_by_role("option", name=choice, exact=True))
        before = await page.locator("article.channel-message").count()
        await self.press(page.get_by_role("button", name="Send"))
        answer = page.locator("article.channel-message").nth(before)
        await answer.wait_for()
        await page.wait_for_function(SETTLED)
        await answer.evaluate("each => each.scrollIntoView({block: 'start'})")

    def save(self) -> int:
        """Join the pictures, and return how large that is."""
        shown = [Image.open(BytesIO(data)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                 for data, _ in self.pictures]  # fmt: skip
        stands = [each for _, each in self.pictures]
        shown[0].save(FILE, save_all=True, append_images=shown[1:], duration=stands, loop=0, optimize=True)
        return FILE.stat().st_size


async def main() -> None:
    """Ask as a member does, and save what is seen."""
    with tempfile.TemporaryDirectory() as folder:
        knowledge = Knowledge(str(Path("knowledge")), "none")
        config = Config(knowledge=knowledge, database=Database(f"sqlite:///{folder}/immunobot.db"))
        async with stage(config) as world, async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            async with world.env.preview(world.channel, viewers=(world.member,), layout="channel") as preview:
                page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
                await page.goto(preview.url)
                recorder = Recorder(page)
                await recorder.ask("define", "interleuk", "Interleukin")
                await recorder.take(WHILE)
                await recorder.ask("define", "chest hurts since infusion")
                await recorder.take(WHILE)
                await recorder.ask("define", "kytruda")
                await recorder.take(WHILE)
            await browser.close()
    size = recorder.save()
    assert size <= MOST_BYTES, f"{FILE} has {size} bytes; take fewer pictures or colours"
    print(f"{FILE}: {len(recorder.pictures)} pictures, {size} bytes")


if __name__ == "__main__":
    asyncio.run(main())
