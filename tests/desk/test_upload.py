"""Files are uploaded, looked at and published; what is wrong with one changes nothing."""

from __future__ import annotations

import aiohttp
import discord
import pytest

from bot.service.tryout import Stage

from ..conftest import SMALL, SOURCES, buttons_of
from .helpers import T_CELL, changed, define, edit, noticed, posted, press, publish, reads, unzipped, upload, written, zipped


async def test_a_file_is_shown_with_warnings_then_the_change_then_the_card(desk: Stage) -> None:
    text = T_CELL.replace("also: [T lymphocyte]\n", "").replace("A white blood cell.", "You should stop taking 5 mg.")
    review = await upload(desk, "t-cell.yaml", text)
    said = reads(review)
    parts = (
        "Ready to publish",
        "This looks like a dose: `5 mg`",
        "This reads like advice to take or stop a medicine: `stop taking`",
        "Members who type this will no longer find it: `T lymphocyte`",
        "The Spanish text still says what the old one said: change it too",
        "Gone: T lymphocyte",
        "Term · cells",
    )
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert list(buttons_of(review)) == ["Publish", "Throw away", "The files' lines", "As a file"]


async def test_the_whole_card_is_a_press_away(desk: Stage) -> None:
    text = SMALL["therapies/til-therapy.yaml"].replace("Is it for me?", "Is it right for me?") + SOURCES
    review = await upload(desk, "til-therapy.yaml", text)
    shown = reads((await press(desk, review, "See the whole card")).response)
    assert "Is it right for me?" in shown
    assert "nothing was changed" in shown


async def test_a_zip_is_published_and_undone_as_one(desk: Stage) -> None:
    texts = {
        "knowledge/terms/t-cell.yaml": T_CELL.replace("A white", "One white"),
        "knowledge/terms/b-cell.yaml": "name: B cell\ntopic: cells\nshort: It makes antibodies.\n" + SOURCES,
        "knowledge/es/terms/b-cell.yaml": "short: Una célula.\n",
        "knowledge/README.md": "explains",
    }
    review = await upload(desk, "mine.zip", zipped(texts))
    assert "**3 files (2 new, 1 changed)**" in reads(review)
    select = review.components[1]["components"][0]
    assert [o["value"] for o in select["options"]] == ["terms/t-cell.yaml", "terms/b-cell.yaml", "es/terms/b-cell.yaml"]
    card = await desk.moderator.select(review, ["es/terms/b-cell.yaml"], custom_id=select["custom_id"])
    assert "Una célula." in reads(card.response)
    handed = await unzipped((await press(desk, review, "As a file")).response)
    assert handed == {name.removeprefix("knowledge/"): text for name, text in texts.items() if "README" not in name}
    done = (await publish(desk, review)).response
    assert "Members see it now." in done.content
    assert "It makes antibodies." in await define(desk, "B cell")
    (notice,) = noticed(desk)
    assert "`terms/b-cell.yaml`" in notice.content
    assert "terms-b-cell.after.yaml" in await unzipped(notice)
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content.startswith("Rolled back: ")
    assert written(desk) == {}
    assert "no entry called" in await define(desk, "B cell")
    again = (await press(desk, done, "Undo this")).response
    assert again.content.startswith("Changed again since, so nothing was undone: ")
    back = (await press(desk, undone, "Undo this")).response
    assert "Members see it now." in back.content
    assert len(written(desk)) == 3
    await changed(desk, "b-cell", short="It makes many antibodies.")
    refused = (await press(desk, back, "Undo this")).response
    assert refused.content.startswith("Changed again since, so nothing was undone: `terms/b-cell.yaml`.")


async def test_an_unknown_id_needs_its_kind(desk: Stage) -> None:
    text = "name: Ipilimumab\nshort: It blocks CTLA-4.\n" + SOURCES
    answer = await upload(desk, "ipilimumab.yaml", text)
    assert answer.content == (
        "There is no entry `ipilimumab` yet. Upload it again and say its `kind`, or mend the file's name."
    )
    review = await upload(desk, "ipilimumab.yaml", text, kind="medicine")
    assert "**medicines/ipilimumab.yaml (new)**" in reads(review)
    await publish(desk, review)
    assert "Medicine" in await define(desk, "ipilimumab")


async def test_a_translation_is_uploaded_by_its_language(desk: Stage) -> None:
    review = await upload(desk, "t-cell.yaml", "name: Linfocito T\nshort: Una célula.\n", language="es")
    assert "**es/terms/t-cell.yaml**" in reads(review)
    await publish(desk, review)
    assert written(desk) == {"es/terms/t-cell.yaml": written(desk)["es/terms/t-cell.yaml"]}
    review = await upload(desk, "disclaimers.yaml", SMALL["disclaimers.yaml"].replace("The general", "Our general"))
    assert "**disclaimers.yaml**" in reads(review)
    await publish(desk, review)
    assert "Our general disclaimer." in await define(desk, "T cell")


BAD_UPLOADS = {
    "broken YAML": ("t-cell.yaml", b"name: x\nshort: [\n", "**t-cell.yaml, line 3**: this is not valid YAML"),
    "too large": ("t-cell.yaml", b"#" * 300_000, "Nothing was changed: the file has 300,000 bytes, and"),
    "a zip too large": ("a.zip", b"#" * 2_000_001, "the file has 2,000,001 bytes, and 2,000,000 is the most"),
    "no zip": ("a.zip", b"PK no", "this is no zip that can be read"),
    "no entry": ("a.pdf", b"%PDF", "this is no .yaml file"),
    "a name": ("T cell.yaml", b"name: x", "the file's name is no id"),
    "a way out": ("a.zip", zipped({"../terms/x.yaml": "name: x"}), "its name leads out of the folder"),
    "another id": (
        "t-cell.yaml",
        f"id: b-cell\n{T_CELL}".encode(),
        "**terms/t-cell.yaml, line 1**: the id `b-cell` is not the file's name",
    ),
    "a link to nothing": ("t-cell.yaml", T_CELL.replace("[interleukin-2]", "[il-99]").encode(), "il-99"),
    "an alias": ("t-cell.yaml", b"name: &a x\nshort: *a\n", "line 1**"),
    "nothing new": ("t-cell.yaml", T_CELL.encode(), "Nothing to change: this is what members see already."),
}


@pytest.mark.parametrize("name", BAD_UPLOADS)
async def test_what_is_wrong_with_an_upload_is_said_and_changes_nothing(desk: Stage, name: str) -> None:
    file, data, said = BAD_UPLOADS[name]
    answer = await upload(desk, file, data)
    assert said in reads(answer)
    assert "Publish" not in buttons_of(answer)
    assert written(desk) == {}


@pytest.mark.parametrize(
    "error",
    [
        discord.NotFound(type("R", (), {"status": 404, "reason": "gone"})(), "gone"),  # type: ignore[arg-type]
        aiohttp.ClientPayloadError("cut off"),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
        ConnectionResetError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_file_that_discord_does_not_give_is_asked_for_again(
    desk: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def gone(*_: object, **__: object) -> bytes:
        raise error

    monkeypatch.setattr(discord.Attachment, "read", gone)
    assert (await upload(desk, "t-cell.yaml", T_CELL)).content == "Discord did not give me the file. Please send it again."


async def test_a_proposal_is_thrown_away(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    message = await posted(desk, buttons_of(review)["Publish"])
    await press(desk, review, "Throw away")
    assert review.content == "Thrown away; nothing was changed."
    assert buttons_of(review) == {}
    assert (await press(desk, message, "modpublish")).response.content.startswith("That proposal is not yours")
