"""The running bot makes backups by itself, as often as it was told to, and keeps as many as it was told to."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.publishing.backup import keep
from bot.service import gateway
from bot.service.tryout import Stage
from bot.settings import Backup, Config, Privacy
from bot.store import backups
from bot.store.errors import StoreUnavailable
from bot.store.usage import Store

from .test_backup import CAPSYS, damage, files_in

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def daily(config: Config) -> Config:
    return replace(config, backup=Backup("1d", 3))


async def made(config: Config, *times: datetime) -> list[str]:
    """The backups that are there after the bot looked at these times; it was restarted between them."""
    async with await Store.open(config.database_path()):
        for now in times:
            await keep(config, now)
    folder = config.database_path().parent / "backups"
    return files_in(folder) if folder.exists() else []


async def test_a_backup_is_made_when_one_is_due_however_often_the_bot_is_started(daily: Config) -> None:
    assert await made(daily, NOON, NOON + HOUR, NOON + 23 * HOUR) == ["immunobot-2026-11-30-120000-000000.zip"]
    assert await made(daily, NOON + DAY, NOON + DAY + HOUR) == [
        "immunobot-2026-11-30-120000-000000.zip",
        "immunobot-2026-12-01-120000-000000.zip",
    ]
    folder = daily.database_path().parent / "backups"
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert all(backups.read(file).schema == len(backups.migrations()) for file in folder.iterdir())


@pytest.mark.parametrize(("every", "count"), [("off", 0), ("12h", 5), ("2d", 2), ("30d", 1)])
async def test_the_settings_say_how_often(config: Config, every: str, count: int) -> None:
    config = replace(config, backup=Backup(every))
    assert len(await made(config, *(NOON + number * HOUR for number in range(49)))) == count


async def test_the_latest_are_kept_and_nothing_of_anybody_else_is_deleted(daily: Config) -> None:
    await made(daily, NOON)
    folder = daily.database_path().parent / "backups"
    for name in ("mine.zip", "immunobot-2020-01-01.zip", "immunobot-2020-01-01-120000-000000.zip.gpg"):
        (folder / name).write_text("mine")
    assert await made(daily, *(NOON + number * DAY for number in range(1, 6))) == [
        "immunobot-2020-01-01-120000-000000.zip.gpg",
        "immunobot-2020-01-01.zip",
        *(f"immunobot-2026-12-0{day}-120000-000000.zip" for day in (3, 4, 5)),
        "mine.zip",
    ]


async def test_none_is_kept_longer_than_the_rows_that_are_in_it(daily: Config) -> None:
    daily = replace(daily, privacy=Privacy(retention_days=30))
    await made(daily, NOON)
    off = replace(daily, backup=Backup())
    assert len(await made(off, NOON + 30 * DAY)) == 1
    assert await made(off, NOON + 31 * DAY) == []


async def test_one_of_an_upgrade_goes_with_the_others(daily: Config) -> None:
    async with await Store.open(daily.database_path()):
        kept = backups.back_up(daily.database_path(), 3)
    os.utime(kept, (NOON.timestamp(), NOON.timestamp()))
    off = replace(daily, backup=Backup())
    assert await made(off, NOON + 90 * DAY) == ["immunobot-schema-3.zip"]
    assert await made(off, NOON + 91 * DAY) == []


async def test_where_none_can_be_made_the_older_ones_stay(daily: Config, tmp_path: Path) -> None:
    daily = replace(daily, backup=Backup("1d", 1))
    there = await made(daily, NOON)
    (tmp_path / "data").mkdir()
    daily.database_path().rename(tmp_path / "data/immunobot.db")
    damage(tmp_path)
    (tmp_path / "data/immunobot.db").rename(daily.database_path())
    with pytest.raises(StoreUnavailable, match="is damaged"):
        await keep(daily, NOON + DAY)
    assert files_in(tmp_path / "backups") == there


async def test_the_running_bot_says_what_it_made_or_why_not(
    world: Stage, daily: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = world.env.bot
    client.deps.config = daily
    caplog.set_level("INFO")
    client.intake.ahead = 10 * 86_400
    await gateway.back_up(client)
    assert not (tmp_path / "backups").exists(), "by a wrong clock, all others would be too old"
    client.intake.ahead = 0
    await gateway.back_up(client)
    assert f"A backup was made: {tmp_path}/backups/immunobot-20" in caplog.text
    await gateway.back_up(client)
    assert len(files_in(tmp_path / "backups")) == 1
    for file in (tmp_path / "backups").iterdir():
        file.unlink()
    (tmp_path / "backups").rmdir()
    (tmp_path / "backups").write_text("a file in its place")
    await gateway.back_up(client)
    assert "No backup was made: The backup" in caplog.text
    assert "In an hour it is tried again." in caplog.text


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("EVERY", "sometimes", "`backup.every` is no time between two backups; write off, or one as in 1d or 12h"),
        ("EVERY", "0h", "`backup.every` is no time between two backups; write off, or one as in 1d or 12h"),
        ("KEEP", "0", "`backup.keep` is not a number of backups from 1 to 999; write how many are kept"),
    ],
)
def test_what_is_no_setting_has_its_sentence(
    key: str, value: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: CAPSYS
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"IMMUNOBOT_BACKUP__{key}", value)
    assert main(["privacy", "purge"]) == 78
    assert sentence in capsys.readouterr().err
