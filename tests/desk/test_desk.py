"""All that waits stands on one desk: counted, a press from the first of it, and left by a press."""

from __future__ import annotations

from datetime import timedelta

import simcord

from bot.service.tryout import Stage
from bot.store.gaps import PEOPLE, tell_missing

from ..conftest import buttons_of
from ..inbox.helpers import send_report
from .helpers import (
    TODAY,
    changed,
    changes,
    define,
    edit,
    noticed,
    pick,
    press,
    publish,
    reads,
    run,
    upload,
    written,
    zipped,
)


async def test_what_waits_is_counted_and_its_first_is_a_press_away(desk: Stage) -> None:
    await send_report(desk, "The first mistake.")
    await send_report(desk, "The second mistake.")
    for person in range(PEOPLE):
        await tell_missing(desk.env.bot.deps.store, "b cell", "B cell", person)
    shown = await run(desk, "desk")
    said = reads(shown)
    assert "What waits for you\n**2** reports of mistakes\n**1** names that members miss\n" in said
    assert "None: changes that wait for a second moderator, suggestions, errors in files" in said
    assert list(buttons_of(shown))[:2] == ["Reports (2)", "Missing names (1)"]
    await press(desk, shown, "Reports (2)")
    assert "The first mistake" in reads(shown), "in place of the desk"
    await press(desk, shown, "Desk")
    await press(desk, shown, "Missing names (1)")
    assert "B cell" in reads(shown)


async def test_a_report_stands_beside_its_entry_with_edit_first_and_publishing_settles_it(desk: Stage) -> None:
    await send_report(desk, "They are not white.")
    notice = noticed(desk)[0]
    queue = (await desk.moderator.click(notice, label="Read it")).response
    assert "They are not white" in reads(queue)
    assert "A white blood cell." in reads(queue), "what members read stands beside it"
    assert queue.components[0]["components"][0]["placeholder"] == "Edit what it says", "first of all"
    assert (await pick(desk, queue, "short")).modal["title"] == "What it is: T cell"
    review = await edit(desk, "t-cell", short="A cell.")
    asked = await press(desk, review, "Publish")
    settles = asked.modal["components"][-1]
    assert settles["label"] == "Does it settle this report?"
    assert [option["label"] for option in settles["component"]["options"]] == [
        "No, or not wholly: it stays open",
        "Yes: “They are not white.”",
    ]
    number = settles["component"]["options"][1]["value"]
    await desk.moderator.submit_modal(asked, {"why": "read", "checked": "yes", "settles": number})
    assert "reports of mistakes" in reads(await run(desk, "desk")).split("None:")[1]


async def test_a_report_that_is_not_settled_and_one_of_another_entry_stay_open(desk: Stage) -> None:
    await send_report(desk, "Wrong.")
    asked = await press(desk, await edit(desk, "t-cell", short="A cell."), "Publish")
    await desk.moderator.submit_modal(asked, {"why": "read", "checked": "yes", "settles": "no"})
    asked = await press(desk, await edit(desk, "til", short="Another cell."), "Publish")
    assert len(asked.modal["components"]) == 2, "nobody reported that one"
    await desk.moderator.submit_modal(asked, {"why": "read", "checked": "yes"})
    assert "**1** reports of mistakes" in reads(await run(desk, "desk"))


async def test_entries_that_wait_are_gone_through_one_by_one(desk: Stage) -> None:
    shown = await run(desk, "desk")
    await press(desk, shown, next(label for label in buttons_of(shown) if label.startswith("Untranslated")))
    first = reads(shown)
    assert first.startswith("Not in Spanish yet. 1 of ")
    assert list(buttons_of(shown)) == ["Back", "Next", "Desk"]
    await press(desk, shown, "Next")
    assert reads(shown) != first
    assert "In English" in str((await pick(desk, shown, "short")).modal)
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    await press(desk, shown, "Desk")
    await press(desk, shown, "Under review (1)")
    assert "Under review: members see nothing of it. 1 of 1." in reads(shown)


async def test_what_is_due_and_what_is_wrong_stand_there_too(desk: Stage) -> None:
    long_ago = TODAY - timedelta(days=500)
    file = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    file.write_text(file.read_text().replace("checked: 2026-01-02", f"checked: {long_ago}"))
    await desk.env.bot.deps.library.reload()
    shown = await run(desk, "desk")
    await press(desk, shown, next(label for label in buttons_of(shown) if label.startswith("Due")))
    assert "Due for a check on " in reads(shown)
    assert "Due for a check" in reads(await run(desk, "due")), "the list of them all, too"
    (changes(desk) / "terms").mkdir(parents=True)
    (changes(desk) / "terms/til.yaml").write_text("name: [\n")
    await desk.env.bot.deps.library.reload()
    shown = await run(desk, "desk")
    status = (await press(desk, shown, "Errors (1)")).response
    assert "til.yaml" in reads(status)
    assert "What waits for you" in reads((await press(desk, status, "All that waits")).response)


async def test_every_notice_of_a_change_has_undo_whoever_made_it(desk: Stage) -> None:
    await changed(desk)
    (notice,) = noticed(desk)
    assert [b.label for row in notice.components for b in row.children] == ["Undo this", "All that waits"]
    second = desk.env.guild.add_member(desk.env.create_user("second"), roles=[desk.env.guild.roles["Moderators"]])
    assert "Rolled back" in (await second.click(notice, label="Undo this")).response.content
    assert "A white blood cell." in await define(desk, "T cell")
    two = {"terms/t-cell.yaml": "short: Cell.", "terms/til.yaml": "short: A TIL."}
    shipped = desk.env.bot.deps.config.shipped_path()
    texts = {name: (shipped / name).read_text().replace("short: A ", "short: No ") for name in two}
    await publish(desk, await upload(desk, "knowledge.zip", zipped(texts)))
    assert len(written(desk)) == 2
    undone = (await second.click(noticed(desk)[0], label="Undo this")).response
    assert undone.content.startswith("Rolled back: ")
    assert written(desk) == {}


async def test_a_member_has_no_desk(desk: Stage) -> None:
    try:
        await desk.member.slash(desk.channel, "knowledge desk")
    except simcord.SetupError:
        return
    raise AssertionError("a member sees the desk")
