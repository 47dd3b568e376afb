"""No code that lies in the folder the bot is started in is run, whatever it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bot
from bot.features.figures.picture import drawn
from bot.publishing.unpack import unpack

ENTRY = "name: T cell\n"
NAMES = ("bot.py", "bot/__init__.py", "json.py", "yaml.py", "matplotlib.py", "sitecustomize.py")

Ran = Callable[[], list[str]]


@pytest.fixture
def ran(tmp_path: Path) -> Ran:
    """A working folder with code that leaves a mark, named as what the bot imports; returns what was executed."""
    marks = tmp_path / "marks"
    marks.mkdir()
    for name in NAMES:
        path = tmp_path / "working" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(marks / name.replace('/', '-'))!r}, 'w').close()\n")
    return lambda: sorted(path.name for path in marks.iterdir())


@pytest.fixture
def working(tmp_path: Path, ran: Ran, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path / "working")
    return tmp_path / "working"


@pytest.mark.parametrize("package", [False, True])
async def test_an_upload_and_a_picture_run_none_of_it(working: Path, ran: Ran, package: bool) -> None:
    (working / "bot.py").unlink() if package else shutil.rmtree(working / "bot")
    assert unpack(ENTRY.encode(), "t-cell.yaml") == ({"t-cell.yaml": ENTRY}, [])
    assert (await drawn({"panels": {"x": [1]}, "days": []})).startswith(b"\x89PNG")
    assert ran() == []


@pytest.mark.parametrize("argv", [("--version",), ("check",), ("ask", "/define term:interleukin")])
def test_the_command_runs_none_of_it(working: Path, ran: Ran, argv: tuple[str, ...]) -> None:
    command = Path(sys.executable).with_name("immunobot")
    done = subprocess.run([command, *argv], cwd=working, capture_output=True, text=True)
    assert (done.returncode, ran()) == (0, []), done.stderr


@pytest.mark.parametrize("safe", ["", "1"])
@pytest.mark.parametrize("how", ["from a checkout", "installed"])
def test_the_processes_it_starts_are_of_the_very_code_that_started_them(
    working: Path, ran: Ran, tmp_path: Path, how: str, safe: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(Path(bot.__file__).parent, copy / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "bot/publishing/unpack.py"
    path.write_text(path.read_text().replace("this is no .yaml file", "said by the copy"))
    (copy / "bot/upload.py").write_text("from bot.publishing.unpack import unpack\nprint(unpack(b'x', 'x.txt'))\n")
    environment = os.environ | {"PYTHONSAFEPATH": safe}
    if how == "installed" or safe:
        environment["PYTHONPATH"] = str(copy)
    folder = copy if how == "from a checkout" else working
    argv = ["-m", "bot.upload"] if how == "from a checkout" else ["-P", "-m", "bot.upload"]
    done = subprocess.run([sys.executable, *argv], cwd=folder, env=environment, capture_output=True, text=True)
    assert "said by the copy" in done.stdout, done.stderr
    assert ran() == []
