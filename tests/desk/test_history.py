"""Every change is kept, shown and undone, also after a restart."""

from __future__ import annotations

from bot.interactions.custom_id import join
from bot.service.client import Client
from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import (
    NEW,
    begun,
    changed,
    define,
    edit,
    files_of,
    form,
    noticed,
    posted,
    press,
    publish,
    reads,
    run,
    send,
    written,
)


async def test_a_change_is_undone_with_one_press_and_that_too(desk: Stage) -> None:
    done = await changed(desk, short="A cell.")
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content == "Rolled back: `terms/t-cell.yaml`. Members see it now."
    assert written(desk) == {}, "as it came with the bot, with no file of its own"
    assert "A white blood cell." in await define(desk, "T cell")
    assert noticed(desk)[0].content.endswith("back to what was there before")
    await press(desk, undone, "Undo this")
    assert "A cell." in await define(desk, "T cell")


async def test_undo_takes_nobody_elses_change_along(desk: Stage) -> None:
    done = await changed(desk, short="A cell.")
    await changed(desk, also="T lymphocyte\nLympho")
    answer = (await press(desk, done, "Undo this")).response
    assert answer.content == "This was changed again since, so nothing was undone. Pick the version that you want back."
    assert "**#2**" in reads(answer)
    assert "A cell." in await define(desk, "Lympho")


async def test_undo_and_put_it_back_bring_the_newer_shipped_text(desk: Stage) -> None:
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    await press(desk, await changed(desk, short="Mine."), "Undo this")
    path.write_text(path.read_text().replace("A white blood cell.", "A newer shipped text."))
    await desk.env.bot.deps.library.reload()
    undone = (await press(desk, await changed(desk, short="Mine too."), "Undo this")).response
    assert undone.content == "Rolled back: `terms/t-cell.yaml`. Members see it now."
    assert "A newer shipped text." in await define(desk, "T cell")
    path.write_text(path.read_text().replace("A newer shipped text.", "The newest."))
    await desk.env.bot.deps.library.reload()
    down = await run(desk, "withdraw", entry="t-cell", why="x")
    await press(desk, down, "Put it back")
    assert "The newest." in await define(desk, "T cell")
    assert written(desk) == {}


async def test_a_new_translation_that_is_undone_is_seen_in_english(desk: Stage) -> None:
    review = (await send(desk, await form(desk, "til", language="es"), short="Una célula.")).response
    undone = (await press(desk, (await publish(desk, review)).response, "Undo this")).response
    assert undone.content == "Rolled back: `es/terms/til.yaml`. Members see it in English."


async def test_the_history_turns_its_pages_and_shows_and_rolls_back_every_version(desk: Stage) -> None:
    for number in range(1, 11):
        await publish(desk, await edit(desk, "t-cell", short=f"Text {number}."), why=f"reason {number}", checked="no")
    answer = await desk.moderator.slash(desk.channel, "knowledge history", entry="t-cell")
    said = reads(answer.response)
    assert f"**#10** · published · <@{desk.moderator.id}>" in said
    assert "reason 3" in said
    assert "reason 2" not in said
    assert list(buttons_of(answer.response)) == ["Older"]
    await press(desk, answer.response, "Older")
    said = reads(answer.response)
    assert "reason 1\n" in said + "\n"
    assert "reason 3" not in said
    assert list(buttons_of(answer.response)) == ["Latest"]
    select = answer.response.components[0]["components"][0]
    assert [o["label"] for o in select["options"]] == ["Version 2", "Version 1", "Before all changes"]
    shown = (await desk.moderator.select(answer.response, ["2"], custom_id=select["custom_id"])).response
    assert "-short: Text 1." in reads(shown)
    assert "+short: Text 2." in reads(shown)
    assert "short: Text 2." in (await files_of(shown))["t-cell.yaml"]
    back = (await press(desk, shown, "Roll back to this")).response
    assert back.content.startswith("Rolled back")
    assert "Text 2." in await define(desk, "T cell")
    assert "Nothing to change" in (await press(desk, shown, "Roll back to this")).response.content
    first = (await desk.moderator.select(answer.response, ["0"], custom_id=select["custom_id"])).response
    assert "What was there before all changes." in reads(first)
    await press(desk, answer.response, "Latest")
    said = reads(answer.response)
    assert "**#11** · rolled back" in said
    assert "back to version 2" in said
    latest = reads(await run(desk, "history"))
    assert latest.startswith("Latest changes\n`terms/t-cell.yaml` #11")


async def test_rollback_suggests_the_versions_and_refuses_one_that_is_not_there(desk: Stage) -> None:
    await changed(desk)
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="t-cell")
    assert [(c["name"], c["value"]) for c in found] == [
        ("#1 published clearer", 1),
        ("#0 Before all changes", 0),
    ]
    assert await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="nothing") == []
    answer = await run(desk, "rollback", entry="t-cell", version=7)
    assert answer.content == "There is no such version; `/knowledge history` shows them."
    await run(desk, "rollback", entry="t-cell", version=0)
    assert written(desk) == {}
    assert "This was never changed" in reads(await run(desk, "history", entry="til"))


async def test_a_new_entry_that_was_undone_keeps_its_history_and_comes_back(desk: Stage) -> None:
    done = (await publish(desk, (await send(desk, await begun(desk), **NEW)).response)).response
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content == "Rolled back: `terms/b-cell.yaml`. Members no longer find it."
    assert "**#1** · published" in reads(await run(desk, "history", entry="b-cell"))
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="b-cell")
    assert [c["value"] for c in found] == [2, 1, 0]
    await run(desk, "rollback", entry="b-cell", version=1)
    assert "A cell that makes antibodies." in await define(desk, "B cell")


async def restarted(desk: Stage) -> None:
    """Start the bot again, on the same folders and database."""
    old = desk.env.bot.deps
    await desk.env.restart_bot(Client(old.config, old.library, old.store, shard_count=1))


async def test_buttons_and_versions_from_before_a_restart_still_work(desk: Stage) -> None:
    review, done = await edit(desk, "til", short="A good cell."), await changed(desk)
    await restarted(desk)
    assert "Published" in (await publish(desk, review)).response.content
    assert "Rolled back" in (await press(desk, done, "Undo this")).response.content
    assert "**#1** · published" in reads(await run(desk, "history", entry="t-cell"))


async def test_a_proposal_older_than_a_day_is_gone(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    asked = await press(desk, review, "Publish")
    await desk.env.bot.deps.store.execute("UPDATE proposals SET at = at - 86401")
    for label in ("Publish", "Change it again", "As a file", "Throw away"):
        answer = await press(desk, review, label)
        told = answer.followups[-1] if answer.followups else answer.response
        assert "older than a day" in told.content, label
    assert "older than a day" in (await send(desk, asked, why="x", checked="no")).followups[-1].content


async def test_an_unknown_button_has_expired(desk: Stage) -> None:
    message = await posted(desk, join("modold", "x"), join("modversion", "terms_t-cell"), join("modback", "terms_t-cell"))
    for label, said in {"modold": "expired", "modversion": "no such version", "modback": "expired"}.items():
        assert said in (await press(desk, message, label)).response.content
