"""Whatever lies in the folders of knowledge, the bot reads, reloads and takes down the rest, and says what it passes over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from bot.knowledge.library import Library
from bot.service.live import reload
from bot.service.tryout import Stage
from bot.strict_yaml import Problem

from .conftest import text_of
from .desk.helpers import reads, run
from .test_live import notices

GIGABYTE = 2**30


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # the path of a socket may be 107 bytes long
        made.bind(path.name)
        os.chdir(here)


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.yaml").write_text("name: [")


def a_name(path: Path) -> None:
    Path(os.fsdecode(os.fsencode(path).replace(b".yaml", b"\xff.yaml"))).write_text("name: [")


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe": (a_pipe, "this is no file"),
    "a socket": (a_socket, "this is no file"),
    "a folder": (a_folder, "this is a folder"),
    "a name that isn't UTF-8": (a_name, "the name isn't UTF-8"),
}
on_odd = pytest.mark.parametrize("odd", ODD)


@on_odd
async def test_what_is_no_file_is_passed_over_with_a_warning_and_the_rest_works(
    desk: Stage, tmp_path: Path, odd: str
) -> None:
    make, said = ODD[odd]
    terms = tmp_path / "changes/terms"
    terms.mkdir(parents=True)
    make(terms / "t-cell.yaml")
    text = (tmp_path / "knowledge/terms/tnf.yaml").read_text()
    (terms / "tnf.yaml").write_text(text.replace("A messenger of inflammation.", "Changed by hand."))
    for _ in range(2):
        await reload(desk.env.bot)
    assert "A white blood cell." in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))
    assert "Changed by hand." in text_of(await desk.member.slash(desk.channel, "define", term="TNF"))
    for command in ("status", "check"):
        assert said in reads(await run(desk, command))
    assert said in notices(desk)[0]
    assert "last good version" not in notices(desk)[0]
    await run(desk, "export")
    for entry in ("tnf", "interleukin-2", "chest-pain"):
        await run(desk, "withdraw", entry=entry, why="wrong")
    assert "under review" in text_of(await desk.member.slash(desk.channel, "define", term="Interleukin-2"))


async def test_an_entry_in_whose_place_a_pipe_stands_is_taken_down_all_the_same(desk: Stage, tmp_path: Path) -> None:
    (tmp_path / "changes/terms").mkdir(parents=True)
    a_pipe(tmp_path / "changes/terms/t-cell.yaml")
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    assert "under review" in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))
    await reload(desk.env.bot)
    assert "under review" in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))


@on_odd
def test_check_in_the_terminal_says_so_and_ends(folder: Path, capsys: pytest.CaptureFixture[str], odd: str) -> None:
    make, said = ODD[odd]
    make(folder / "terms/new.yaml")
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert said in out
    assert "1 warning. The bot goes on without what it warns of." in out


async def test_a_pipe_in_the_place_of_an_entry_that_others_link_to_is_an_error(folder: Path, library: Library) -> None:
    (folder / "terms/t-cell.yaml").unlink()
    a_pipe(folder / "terms/t-cell.yaml")
    assert not await library.reload()
    assert "A white blood cell." in library.current.entries["t-cell"].short


@pytest.mark.parametrize("which", ["knowledge", "changes"])
async def test_of_a_huge_file_no_more_than_is_allowed_is_read(desk: Stage, tmp_path: Path, which: str) -> None:
    path = tmp_path / which / "terms/huge.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, 64 * GIGABYTE)  # more than there is memory
    await reload(desk.env.bot)
    for command in ("status", "check"):
        assert "the file has more than 256,000 bytes" in reads(await run(desk, command))
    await run(desk, "export")
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    assert "under review" in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))


@pytest.mark.parametrize("which", ["knowledge", "changes"])
async def test_a_link_to_a_folder_where_entries_belong_is_told(desk: Stage, tmp_path: Path, which: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / which).mkdir(exist_ok=True)
    (tmp_path / which / "es/medicines").parent.mkdir(exist_ok=True)
    (tmp_path / which / "es/medicines").symlink_to(tmp_path / "elsewhere")
    await reload(desk.env.bot)
    for command in ("status", "check"):
        assert "the folder is a link; put the folder itself there" in reads(await run(desk, command))


def test_other_links_to_folders_are_nobodys_business(folder: Path, tmp_path: Path) -> None:
    (folder / "pictures").symlink_to(tmp_path)
    assert main(["check", str(folder)]) == 0


def test_nothing_in_a_files_name_moves_the_cursor_or_ends_a_line(folder: Path) -> None:
    for name in ("a\x1b[31mred\n2026-01-01 INFO all is well.yaml", "b\u202elmay.yaml", os.fsdecode(b"c\xff.yaml")):
        (folder / "terms" / name).write_text("name: [")
    (folder / "terms/t-cell.yaml").write_text('name: T cell\ntopic: "\\e[31mred\\nsecond line"\n')
    command = [sys.executable, "-m", "bot", "check", str(folder)]
    done = subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    printed = done.stdout.decode()
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "a\\x1b[31mred\\n2026-01-01 INFO all is well.yaml:" in printed
    assert "c\\udcff.yaml:1: the name isn't UTF-8" in printed
    assert done.returncode == 1


def test_neither_does_what_a_problem_quotes() -> None:
    assert str(Problem("a\nb", 1, "`\x1b[31m` is no topic", "write one")) == "a\\nb:1: `\\x1b[31m` is no topic; write one"
