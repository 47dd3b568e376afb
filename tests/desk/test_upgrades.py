"""A changed entry meets the newer one that came with the bot."""

from __future__ import annotations

from typing import Any

import pytest

from bot.service.tryout import Stage

from .helpers import changed, define, noticed, press, reads, run, written


async def test_newer_shipped_versions_are_shown_with_both_changes_one_after_the_other(desk: Stage) -> None:
    assert (await run(desk, "upgrades")).content == "No changed entry is behind what came with the bot."
    await changed(desk, "t-cell", short="Mine.")
    await changed(desk, "til", short="Mine too.")
    shipped = desk.env.bot.deps.config.shipped_path()
    for name in ("t-cell", "til"):
        path = shipped / f"terms/{name}.yaml"
        path.write_text(path.read_text().replace("topic: cells", "topic: cells\nsay: tee"))
    assert "2 changed entries have newer versions that came with the bot" in reads(await run(desk, "status"))
    answer = await run(desk, "upgrades")
    mine, theirs = reads(answer).split("What the newer one changed")
    assert "Members see yours until you choose." in mine
    assert "terms/t-cell.yaml" in mine
    assert "+short: Mine." in mine
    assert "+say: tee" in theirs
    await press(desk, answer, "Keep mine")
    assert "terms/til.yaml" in reads(answer), "the next one, in its place"
    await press(desk, answer, "Take theirs")
    assert answer.content == "No changed entry is behind what came with the bot."
    assert "Mine." in await define(desk, "T cell")
    assert "tee" in await define(desk, "Tumor-infiltrating lymphocyte")
    assert list(written(desk)) == ["terms/t-cell.yaml"]
    assert "given up for the one that came with the bot" in noticed(desk)[0].content
    assert "kept, although a newer one came with the bot" in noticed(desk)[1].content


async def behind(desk: Stage) -> Any:
    """Change an entry of which a newer version then comes with the bot, and return the choice."""
    await changed(desk, "t-cell", short="Mine.")
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("A white blood cell.", "Theirs."))
    return await run(desk, "upgrades")


@pytest.mark.parametrize("label", ["Keep mine", "Take theirs"])
async def test_what_was_changed_since_it_was_shown_is_not_chosen(desk: Stage, label: str) -> None:
    answer = await behind(desk)
    await changed(desk, "t-cell", short="Mine too.")
    told = len(noticed(desk))
    await press(desk, answer, label)
    assert answer.content.startswith("This was changed or settled since it was shown, so nothing was done.\n")
    assert "+short: Mine too." in reads(answer), "the choice as it is now"
    assert "Mine too." in await define(desk, "T cell")
    assert len(noticed(desk)) == told
    await press(desk, answer, label)
    assert answer.content == "No changed entry is behind what came with the bot."


@pytest.mark.parametrize(
    ("label", "said", "seen"),
    [("Keep mine", "Kept as it is: ", "Mine."), ("Take theirs", "Replaced by the one that came with the bot: ", "Theirs.")],
)
async def test_a_choice_is_undone_with_one_press(desk: Stage, label: str, said: str, seen: str) -> None:
    done = (await press(desk, await behind(desk), label)).followups[-1]
    assert done.content == f"{said}`terms/t-cell.yaml`. Members see it now."
    assert seen in await define(desk, "T cell")
    await press(desk, done, "Undo this")
    assert "Mine." in await define(desk, "T cell")
    assert "1 changed entry has a newer version" in (await run(desk, "upgrades")).content


async def test_an_entry_under_review_stays_so_when_theirs_is_taken(desk: Stage) -> None:
    await behind(desk)
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    done = (await press(desk, await run(desk, "upgrades"), "Take theirs")).followups[-1]
    assert done.content.endswith("Whoever asks for it reads that it is under review.")
    assert "under review" in await define(desk, "T cell")
    await press(desk, done, "Put it back")
    assert "Theirs." in await define(desk, "T cell")
