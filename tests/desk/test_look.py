"""Moderators see what is loaded, check and preview it, and take it home."""

from __future__ import annotations

from bot.service.tryout import Stage

from ..conftest import SMALL, SOURCES
from .helpers import changed, changes, define, files_of, reads, run, unzipped, upload, zipped


async def test_status_says_what_is_loaded_and_changed(desk: Stage) -> None:
    said = reads(await run(desk, "status"))
    assert "2 symptoms, 5 terms, 1 therapy, 2 medicines, 1 condition." in said
    assert "No errors." in said
    await changed(desk)
    await run(desk, "withdraw", entry="til", why="wrong")
    said = reads(await run(desk, "status"))
    assert "2 files are changed here." in said
    assert "Under review: Tumor-infiltrating lymphocyte." in said


async def test_status_and_check_name_file_and_line_and_members_still_get_answers(desk: Stage) -> None:
    await changed(desk)
    for number in range(12):
        (changes(desk) / f"terms/broken{number}.yaml").write_text("name: [\n")
    await desk.env.bot.deps.library.reload()
    for command in ("status", "check"):
        answer = await run(desk, command)
        assert "members still see the last good version" in answer.content
        assert "**terms/broken0.yaml, line 2**" in reads(answer)
        assert "and 4 more, in the file" in reads(answer)
        assert len((await files_of(answer))["errors.txt"].splitlines()) == 12
    assert "A white blood cell that fights." in await define(desk, "T cell")


async def test_check_reads_the_files_as_they_are_on_the_disk(desk: Stage) -> None:
    assert (await run(desk, "check")).content == "11 entries, no errors."
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("cells", "proteins"))
    assert "**terms/t-cell.yaml, line 2**: `topic` is not a topic" in reads(await run(desk, "check"))


async def test_a_preview_has_every_page_in_either_language_and_publishes_nothing(desk: Stage) -> None:
    said = reads(answer := await run(desk, "preview", entry="TIL therapy"))
    for part in ("A preview: nothing was changed.", "How it works", "Fever.", "Is it for me?", "Checked January"):
        assert part in said
    assert said.count("Checked January") == 1
    assert answer.components == [], "a press would leave the preview for what members see now"
    assert "Un glóbulo blanco." in reads(await run(desk, "preview", entry="t-cell", language="es"))
    text = SMALL["terms/t-cell.yaml"].replace("A white blood cell.", "Brand new.") + SOURCES
    said = reads(await run(desk, "preview", file=("t-cell.yaml", text.encode())))
    assert "Brand new." in said
    assert "Brand new." not in await define(desk, "T cell")
    assert "The urgent disclaimer." in reads(await run(desk, "preview", entry="disclaimers"))
    assert (await run(desk, "preview")).content == "Name an entry, or attach a file; then you see its card."
    assert "`sources`" in reads(await run(desk, "preview", file=("t-cell.yaml", b"name: T\ntopic: cells\nshort: x\n")))


async def test_the_export_comes_back_as_an_upload(desk: Stage) -> None:
    await changed(desk)
    texts = await unzipped(await run(desk, "export"))
    assert texts.keys() == SMALL.keys()
    assert "A white blood cell that fights." in texts["terms/t-cell.yaml"]
    again = await upload(desk, "knowledge.zip", zipped(texts))
    assert again.content == "Nothing to change: this is what members see already."
