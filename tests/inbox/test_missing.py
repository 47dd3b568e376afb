"""Names that are asked for and missing are listed, begun and dismissed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bot.interactions.custom_id import encode_text, join
from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import buttons, read


async def tell(world: Stage, name: str, people: list[Any]) -> None:
    for person in people:
        result = await person.slash(world.channel, "define", term=name)
        await person.click(result.response, label="Tell moderators")


async def test_a_missing_name_is_listed_begun_and_dismissed(world: Stage, folder: Path) -> None:
    people = [world.env.guild.add_member(world.env.create_user(f"p{n}")) for n in range(4)]
    await tell(world, "Zyxo-**mab**", people)
    await tell(world, "Melanomica", people[:3])
    await tell(world, "Known to two", people[:2])
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    assert listed.ephemeral
    assert "• **Zyxo-\\*\\*mab\\*\\***: asked for 4 times\n• **Melanomica**: asked for 3 times" in read(world)
    assert "Known" not in read(world)
    begin = buttons_of(listed.response)["Write “Zyxo-**mab**”"]
    assert begin == join("modnew", "term-0", encode_text("Zyxo-**mab**"))

    (folder / "terms/new.yaml").write_text((folder / "terms/tnf.yaml").read_text().replace("TNF-α", "Melanomica"))
    (folder / "terms/new.yaml").rename(folder / "terms/melanomica.yaml")
    library = world.env.bot.deps.library
    assert await library.reload(), library.problems
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    assert "Melanomica" not in read(world), "it has an entry by now"

    await world.moderator.click(listed.response, label="Dismiss")
    assert "is dismissed for good." in read(world)
    assert "No name is missing" in read(world)
    await world.moderator.click(listed.response, label="Undo")
    assert "is back in the list." in read(world)
    await world.moderator.click(listed.response, label="Dismiss")
    await tell(world, "Zyxo-**mab**", people)
    await world.moderator.slash(world.channel, "knowledge gaps")
    assert "No name is missing" in read(world)


async def test_many_missing_names_turn_page_by_page_past_those_that_have_entries(world: Stage) -> None:
    store = world.env.bot.deps.store
    rows = [[f"{n:032x}", "T cell" if n % 3 else f"Name {n}", 3 + n] for n in range(600)]
    await store.execute(
        "INSERT INTO gaps (name, text, people) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
        (json.dumps(rows),),
    )
    listed = await world.moderator.slash(world.channel, "knowledge gaps")
    seen: list[str] = []
    while True:
        seen += re.findall(r"Name \d+", read(world).split("Missing names")[1])
        if not any(each.get("label") == "Next" and not each.get("disabled") for each in buttons(world)):
            break
        await world.moderator.click(listed.response, label="Next")
    assert seen == [f"Name {n}" for n in range(597, -1, -3)]
    for _ in range(3):
        await world.moderator.click(listed.response, label="Back")
    assert re.findall(r"Name \d+", read(world))[0] == seen[-16]
    await world.moderator.click(listed.response, label="Next")
    await store.execute("UPDATE gaps SET dismissed = 1 WHERE people < 38")
    await world.moderator.click(listed.response, label="Next")
    assert re.findall(r"Name \d+", read(world))[0] == "Name 45", "where all of a page have gone, the last one is shown"
