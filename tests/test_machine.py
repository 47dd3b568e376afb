"""Whatever the machine is like: its clock, its terminal, its pipes and what it sets in the environment."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import repeats
from bot.knowledge import files
from bot.knowledge.kinds import values
from bot.knowledge.library import Library
from bot.service.tryout import Stage, stage
from bot.setting_sources import load
from bot.settings import Config

from .conftest import SHIPPED, text_of
from .desk.helpers import reads, run

# The clock ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is behind all files, as of a machine without a battery."""
    day = datetime(2025, 12, 31, tzinfo=UTC).date()
    monkeypatch.setattr(values, "latest_today", lambda: day)
    monkeypatch.setattr(files, "latest_today", lambda: day)


async def test_a_clock_that_is_behind_is_warned_of_and_stops_nothing(behind: None, config: Config) -> None:
    async with stage(config) as world:
        assert "A white blood cell." in text_of(await world.member.slash(world.channel, "define", term="T cell"))
        (warning,) = world.env.bot.deps.library.current.warnings
        assert str(warning).endswith(
            "knowledge:1: 22 days are in the future of this machine's clock, by which it is 2025-12-31; set the clock"
        )
        assert "set the clock" in reads(await run(world, "status"))


async def test_with_a_clock_that_is_behind_entries_are_taken_down_and_stay_so(behind: None, desk: Stage) -> None:
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    assert await desk.env.bot.deps.library.reload()
    assert "under review" in text_of(await desk.member.slash(desk.channel, "define", term="T cell"))


def test_even_all_that_is_shipped_can_be_loaded_then(behind: None) -> None:
    assert len(Library([SHIPPED]).current.entries) > 800


async def test_a_single_day_of_the_future_is_named_and_what_moderators_change_has_none(
    desk: Stage, folder: Path, tmp_path: Path
) -> None:
    path, day = folder / "terms/t-cell.yaml", (datetime.now(UTC) + timedelta(days=9)).date()
    path.write_text(path.read_text().replace("checked: 2026-01-02", f"checked: {day}"))
    assert await desk.env.bot.deps.library.reload()
    for command in ("status", "check"):
        assert f"`checked` is {day}, which is in the future" in reads(await run(desk, command))
    shown = await run(desk, "edit", entry="interleukin-2", as_file=True)
    assert shown.attachments


# The terminal and the log ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "cp850", "cp932", "latin-1"])
@pytest.mark.parametrize("how", [(), ("--json",)])
def test_what_a_terminal_has_no_letters_for_stops_no_command(encoding: str, how: tuple[str, ...], tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "IMMUNOBOT_DATABASE__URL": f"sqlite:///{tmp_path}/i.db"}
    command = [sys.executable, "-m", "bot", "ask", "/define term:TNF-α", *how]
    done = subprocess.run(command, capture_output=True, env=environment | {"PYTHONPATH": str(SHIPPED.parent)})
    assert done.returncode == 0, done.stderr
    if how:
        said = str(json.loads(done.stdout.decode(encoding)))
        assert any(ord(letter) > 127 for letter in said), "nothing is lost of it"
    else:
        assert "TNF" in done.stdout.decode(encoding)


def test_a_log_that_nobody_reads_holds_nothing_up_and_says_later_what_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "PATIENCE", 0.01)
    reading, writing = os.pipe()
    log = logging.Logger("unread")
    with os.fdopen(writing, "w") as stream, os.fdopen(reading) as reader:
        log.addHandler(handler := repeats.Unhurried(stream))
        for number in range(5000):
            log.warning("line %d %s", number, "x" * 100)
        handler.flush()
        lines = [reader.readline() for _ in range(1000)]
        log.warning("and on")
        while not lines[-1].startswith("and on"):
            lines.append(reader.readline())
        assert lines[0].startswith("line 0 ")
        dropped = [line for line in lines if "lines of the log were dropped, as they were not read." in line]
        kept = sum(line.startswith("line") for line in lines)
        assert kept + sum(int(line.split()[0]) for line in dropped) == 5000
        assert kept < 5000


# The environment ----------------------------------------------------------------------------------------------------------------


def test_what_kubernetes_sets_for_a_service_of_our_name_is_passed_over() -> None:
    names = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP", "PORT_8080_TCP_PROTO",
             "PORT_8080_TCP_PORT", "PORT_8080_TCP_ADDR", "WEB_SERVICE_HOST", "WEB_PORT_53_UDP_ADDR"]  # fmt: skip
    assert load(None, {f"IMMUNOBOT_{name}": "tcp://10.0.0.1:8080" for name in names}) == Config()


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text("abc")
    names = {
        "DATABASE__URL": "sqlite:///~/i.db",
        "KNOWLEDGE__PATH": "~/k",
        "KNOWLEDGE__CHANGES": "~/c",
        "DISCORD__TOKEN_FILE": "~/token",
    }
    config = load(None, {f"IMMUNOBOT_{name}": value for name, value in names.items()})
    assert config.database_path() == tmp_path / "i.db"
    assert config.knowledge_paths() == (tmp_path / "k", tmp_path / "c")
    assert config.discord.token.get_secret_value() == "abc"
    url = {"IMMUNOBOT_DATABASE__URL": "sqlite:///~nobody-of-this-name/i.db"}
    assert load(None, url).database_path() == Path("~nobody-of-this-name/i.db")
