"""An entry is taken down at once, mended and put back."""

from __future__ import annotations

import pytest

from bot.service.tryout import Stage

from ..conftest import MORE, leads_to, read_next, text_of, turn
from .helpers import changed, changes, define, edit, files_of, noticed, press, publish, run, unzipped, written


async def test_what_is_taken_down_is_gone_everywhere_at_once_and_put_back(desk: Stage) -> None:
    card = (await desk.member.slash(desk.channel, "therapy", name="TIL therapy")).response
    other = (await desk.member.slash(desk.channel, "define", term="pembrolizumab")).response
    more = (await desk.member.click(card, label=MORE)).response
    assert "til-therapy" in leads_to(other)
    done = await run(desk, "withdraw", entry="til-therapy", why="the source is gone")
    assert done.content == "Taken down: `therapies/til-therapy.yaml`. Whoever asks for it reads that it is under review."
    assert "“TIL therapy” is under review" in await define(desk, "TIL therapy")
    for label in ("page", "Share here", "Keep a copy", "Report a mistake"):
        answer = await (turn(desk.member, card, "help") if label == "page" else desk.member.click(more, label=label))
        told = answer.followups[-1] if answer.followups else answer.response
        assert "is under review" in told.content, label
    answer = await read_next(desk.member, other, "til-therapy")
    assert "is under review" in answer.response.content
    assert "til-therapy" not in leads_to((await desk.member.slash(desk.channel, "define", term="keytruda")).response)
    assert "withdrawn by" in noticed(desk)[0].content
    assert "the source is gone" in noticed(desk)[0].content
    already = await run(desk, "withdraw", entry="til-therapy", why="again")
    assert already.content == "It is under review already."
    await press(desk, already, "Put it back")
    assert "Cells grown in a lab." in await define(desk, "TIL therapy")
    assert written(desk) == {}
    assert "Nothing to change" in (await press(desk, done, "Put it back")).response.content


async def test_an_entry_under_review_is_mended_seen_and_put_back_with_the_mending(desk: Stage) -> None:
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    review = await edit(desk, "t-cell", short="Mended.")
    assert "Members see that this entry is under review." in review.content
    assert "Mended." in review.embeds[1].description, "its card all the same"
    done = (await publish(desk, review)).response
    assert done.content == "Published: `terms/t-cell.yaml`. Whoever asks for it reads that it is under review."
    assert "under review" in await define(desk, "T cell")
    back = (await press(desk, done, "Put it back")).response
    assert back.content == "Published: `terms/t-cell.yaml`. Members see it now."
    assert "Mended." in await define(desk, "T cell")


async def test_what_is_wrong_with_another_file_does_not_keep_an_entry_up(desk: Stage) -> None:
    await changed(desk)
    (changes(desk) / "terms/broken.yaml").write_text("name: [\n")
    await run(desk, "withdraw", entry="til", why="wrong")
    assert "under review" in await define(desk, "Tumor-infiltrating lymphocyte")
    assert "A white blood cell that fights." in await define(desk, "T cell")


async def test_an_entry_whose_own_file_is_broken_is_taken_down_and_put_back_with_its_last_good_text(desk: Stage) -> None:
    await changed(desk, short="Mine.")
    path = changes(desk) / "terms/t-cell.yaml"
    path.write_text(path.read_text() + "colour: red\n")
    done = await run(desk, "withdraw", entry="t-cell", why="wrong")
    assert done.content == "Taken down: `terms/t-cell.yaml`. Whoever asks for it reads that it is under review."
    assert "under review" in await define(desk, "T cell")
    assert "colour: red" in (await files_of(noticed(desk)[0]))["terms-t-cell.before.yaml"]
    back = (await press(desk, done, "Put it back")).response
    assert back.content == "Published: `terms/t-cell.yaml`. Members see it now."
    assert "Mine." in await define(desk, "T cell")


async def test_a_file_in_another_encoding_is_named_and_stays(desk: Stage) -> None:
    undone = await changed(desk, short="Mine.")
    path = changes(desk) / "terms/t-cell.yaml"
    path.write_bytes(data := path.read_text().replace("Mine.", "Café.").encode("latin-1"))
    (changes(desk) / "terms/new.yaml").write_bytes(data)
    told = "Nothing was changed: `terms/t-cell.yaml` isn't saved as UTF-8. Whoever saved it should save it anew as UTF-8."
    assert (await run(desk, "edit", entry="t-cell")).content == told
    assert (await press(desk, undone, "Undo this")).response.content == told
    export = await run(desk, "export")
    said = "Left out, as it isn't saved as UTF-8, which members don't see either: `terms/new.yaml`, `terms/t-cell.yaml`."
    assert said in export.content
    assert "terms/t-cell.yaml" not in await unzipped(export)
    assert path.read_bytes() == data


@pytest.mark.parametrize("words", ["interleukin-2", "T-cell growth factor", "melanoma"])
async def test_what_leads_to_a_withdrawn_entry_is_found_as_before(
    desk: Stage, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    found = await desk.member.slash(desk.channel, "search", words=words)
    assert "What I found" in text_of(found)
    assert "Incident" not in caplog.text
