"""Figures as moderators and the operator see them: in words, as a picture, and without anyone who stands out."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from simcord.backend.errors import SetupError

import bot.features.figures.picture as picture_module
from bot.cli import main
from bot.features.figures.picture import BACKGROUND, BARS, TEXT, Drawing, PictureError, drawn, png
from bot.features.figures.stats import described, drawing, report
from bot.interactions.limits import clamp
from bot.knowledge.library import Snapshot
from bot.language import language, long_day
from bot.service.tryout import Stage
from bot.store.statistics import Day, Figures
from bot.store.usage import Store

from .conftest import spoken_in, text_of
from .test_statistics import DAY, TODAY
from .test_store import use

# --- what a moderator sees ---


def some(days: int = 30, **changes: Any) -> Figures:
    values: dict[str, Any] = {
        "days": tuple(Day(TODAY - timedelta(days=back), 100 + back, 15 + back % 3) for back in range(days - 1, -1, -1)),
        "answers": 12_345, "people": 678, "found": 900, "offered": 90, "nothing": 10, "failed": 0,
        "p50": 1.2, "p95": 14.0, "entries": {"t-cell": 1234, "gone": 5}, "commands": {"define": 1000},
        "languages": {"en": 3, "es": 1}, "places": {"server": 3, "direct message": 1},
    }  # fmt: skip
    return Figures(**(values | changes))


def said(figures: Figures, snapshot: Snapshot, locale: str) -> str:
    (embed,) = spoken_in(language(locale), report, figures, snapshot).embeds
    fields = [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields, embed.footer])


FOOTER = (
    "Days are counted in UTC. People are counted about an hour later, 10 or more at once, so there may be more of them; some "
    "don't want to be counted."
)


def test_the_figures_in_words(snapshot: Snapshot) -> None:
    text = said(some(), snapshot, "en-US")
    assert text == (
        "The last 30 days\n**12,345 answers** · **at least 678 people**\n"
        "Questions for a name\nFound: 900 (90%)\nOffered: 90 (9%)\nNot found: 10 (1%)\n"
        "Shown most\n1. T cell: 1,234\n2. gone: 5\n"
        "Languages\nEnglish: 3 (75%)\nSpanish: 1 (25%)\nWhere\nServers: 3 (75%)\nDirect messages: 1 (25%)\n"
        "Speed\nHalf were ready within 1.2 ms, 95 of 100 within 14 ms.\n" + FOOTER
    )
    text = said(some(1, failed=2, people=None), snapshot, "en-US")
    assert text.startswith("Today\n**12,345 answers** · **fewer than 10 people**\n2 answers failed on my side")


def test_the_figures_in_spanish(snapshot: Snapshot) -> None:
    text = said(some(), snapshot, "es-ES")
    for part in ("Los últimos 30 días", "12.345 respuestas", "Encontradas: 900 (90 %)", "1. Linfocito T: 1.234",
                 "Inglés: 3 (75 %)", "Mensajes directos", "en 1,2 ms", "al menos 678 personas"):  # fmt: skip
        assert part in text
    assert "menos de 10 personas" in said(some(people=None), snapshot, "es-ES")


def test_no_figures_are_no_mistake_and_many_fit(snapshot: Snapshot) -> None:
    nothing = some(
        answers=0, people=None, found=0, offered=0, nothing=0, p50=None, p95=None, entries={}, languages={}, places={}
    )
    assert said(nothing, snapshot, "en") == f"The last 30 days\n**0 answers**\n{FOOTER}"
    many = some(entries={f"entry-{number}": 10**9 for number in range(20)})
    reply = spoken_in(language("en"), report, many, snapshot)
    assert clamp(reply).embeds == reply.embeds, "nothing has to be cut"
    assert "entry-9:" in said(many, snapshot, "en")
    assert "entry-10:" not in said(many, snapshot, "en")


def test_what_the_picture_shows_is_said_in_words() -> None:
    text = spoken_in(language("en"), described, some())
    assert text == (
        "Two bar charts, October 24, 2026 to November 22, 2026. Answers a day: 12,345 in all, most on October 24, 2026 (129), "
        "fewest on November 22, 2026 (100). People a day: most on October 24, 2026 (17); fewer than 10 on days without a bar."
    )
    few = replace(some(), days=tuple(replace(day, people=None) for day in some().days))
    assert spoken_in(language("en"), described, few).endswith("People a day: fewer than 10 on each.")
    assert spoken_in(language("es"), described, few).endswith("Personas por día: menos de 10 en cada uno.")
    assert "menos de 10" in list(spoken_in(language("es"), drawing, few)["panels"])[1]
    assert "Dos gráficos de barras, del 24 de octubre de 2026" in spoken_in(language("es"), described, some())
    assert [name for _, name in spoken_in(language("es"), drawing, some())["days"]][-1] == "22 nov"


# --- the picture ---


def luminance(colour: tuple[int, ...]) -> float:
    parts = [value / 255 for value in colour[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.parametrize("figures", [some(1), some(7), some(90), some(answers=0, days=7)])
def test_the_picture_reads_the_same_on_every_theme(figures: Figures) -> None:
    data = png(spoken_in(language("en"), drawing, figures))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(data) < 200_000
    picture = Image.open(BytesIO(data)).convert("RGBA")
    assert picture.size == (900, 750)
    assert picture.getchannel("A").getextrema() == (255, 255), "no theme shines through"
    assert picture.getpixel((0, 0))[:3] == rgb(BACKGROUND)
    colours = {colour for _, (*colour, _) in picture.getcolors(1 << 20) or () for colour in [tuple(colour)]}
    for colour in (TEXT, *BARS):
        assert rgb(colour) in colours
        assert contrast(rgb(colour), rgb(BACKGROUND)) > 4.5


async def test_the_picture_of_a_process_of_its_own_is_the_same() -> None:
    drawn_there = await drawn(spoken_in(language("es"), drawing, some()))
    assert (
        Image.open(BytesIO(drawn_there)).tobytes()
        == Image.open(BytesIO(png(spoken_in(language("es"), drawing, some())))).tobytes()
    )


def test_matplotlib_stays_out_of_the_bot() -> None:
    code = "import sys, bot.service.client, bot.features.figures.picture; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


NOTHING: Drawing = {"panels": {}, "days": []}


def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Have something else run in place of what draws."""
    program = tmp_path / "instead"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(picture_module.sys, "executable", str(program))


def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started from now on."""
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **options: started.append(begin(*args, **options)) or started[-1])
    return started


async def test_drawing_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, "import time\ntime.sleep(600)")
    monkeypatch.setattr(picture_module, "SECONDS", 0.1)
    started = processes(monkeypatch)
    with pytest.raises(PictureError, match="could not be drawn within"):
        await drawn(NOTHING)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


async def test_drawing_that_nobody_waits_for_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    instead(monkeypatch, tmp_path, "import time\ntime.sleep(15)")
    monkeypatch.setattr(picture_module, "SECONDS", 600.0)
    started = processes(monkeypatch)
    drawing_it = asyncio.create_task(drawn(NOTHING))
    await asyncio.sleep(0)  # it has started by now
    drawing_it.cancel()
    await asyncio.gather(drawing_it, return_exceptions=True)
    assert await asyncio.to_thread(started[0].wait) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise SystemExit(3)", "needs the extra `plot`"),
        ("raise SystemExit(1)", "ended with status 1"),
        ("", "ended with status 0"),
    ],
)
async def test_a_picture_that_fails_has_its_sentence(
    code: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead(monkeypatch, tmp_path, code)
    with pytest.raises(PictureError, match=sentence):
        await drawn(NOTHING)


async def test_what_draws_is_told_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMMUNOBOT_DISCORD__TOKEN", "a token")
    instead(monkeypatch, tmp_path, "import os, sys\nsys.stdout.write(repr(dict(os.environ)))")
    told = await drawn(NOTHING)
    assert b"PATH" in told
    assert b"IMMUNOBOT" not in told


def test_without_matplotlib_the_process_says_so(tmp_path: Path) -> None:
    code = "import sys; sys.modules['matplotlib'] = None; from bot.features.figures.picture import main; sys.exit(main())"
    assert subprocess.run([sys.executable, "-c", code], input=json.dumps(NOTHING).encode()).returncode == 3


# --- /stats ---


async def test_how_often_few_were_in_danger_no_moderator_sees(world: Stage) -> None:
    for _ in range(4):
        await world.member.slash(world.channel, "define", term="chest pain")
    await ask_some(world)
    text = text_of(await world.moderator.slash(world.channel, "stats"))
    assert "1. T cell: 1" in text
    assert "Chest pain" not in text
    await world.member.slash(world.channel, "define", term="chest pain")
    assert "1. Chest pain: 5" in text_of(await world.moderator.slash(world.channel, "stats"))


async def ask_some(world: Stage) -> None:
    for term in ("T cell", "qqqq", "TIL"):
        await world.member.slash(world.channel, "define", term=term)


async def test_moderators_get_the_figures_and_a_described_picture(world: Stage) -> None:
    await ask_some(world)
    result = await world.moderator.slash(world.channel, "stats")
    assert result.ephemeral
    text = text_of(result)
    assert "The last 30 days\n**3 answers** · **fewer than 10 people**" in text, "this one isn't among them yet"
    assert "Found: 1 (33%)\nOffered: 1 (33%)\nNot found: 1 (33%)" in text
    assert "1. T cell: 1" in text
    (file,) = result.response.attachments
    assert file.filename == "statistics.png"
    assert file.description.startswith("Two bar charts")
    assert (await file.read()).startswith(b"\x89PNG")


async def test_today_has_a_picture_of_the_week(world: Stage) -> None:
    await ask_some(world)
    result = await world.moderator.slash(world.channel, "stats", days=1)
    assert "Today" in text_of(result)
    begins = long_day(datetime.now(UTC).date() - timedelta(days=6))
    assert f"Two bar charts, {begins}" in result.response.attachments[0].description


async def test_who_is_no_moderator_here_is_refused(world: Stage) -> None:
    client = world.env.bot
    client.deps.config = replace(client.deps.config, moderation=replace(client.deps.config.moderation, guild_id=7))
    result = await world.moderator.slash(world.channel, "stats")
    assert result.ephemeral
    assert result.response.content == "Only the moderators of this bot can do that, in their own server."
    assert not result.response.attachments
    with pytest.raises(SetupError, match="not visible to this user"):
        await world.member.slash(world.channel, "stats")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("raise SystemExit(3)", "Without a picture: whoever runs this bot can add it with the extra `plot`."),
        ("raise SystemExit(1)", "Without a picture: it could not be drawn this time."),
    ],
)
async def test_without_a_picture_the_figures_come_and_it_is_said(
    code: str, sentence: str, world: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instead(monkeypatch, tmp_path, code)
    result = await world.moderator.slash(world.channel, "stats")
    assert result.response.content == sentence
    assert "The last 30 days" in text_of(result)
    assert not result.response.attachments


async def test_a_database_that_can_not_be_read_is_told(world: Stage, caplog: pytest.LogCaptureFixture) -> None:
    path = world.env.bot.deps.config.database_path()
    path.rename(path.with_suffix(".away"))
    result = await world.moderator.slash(world.channel, "stats")
    assert result.ephemeral
    assert result.response.content == "I can't reach the figures right now. Please try again in a minute."
    assert "it was deleted or replaced" in caplog.text


async def test_a_database_that_is_locked_to_others_holds_up_no_figures(world: Stage) -> None:
    await ask_some(world)
    await world.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(world.env.bot.deps.config.database_path(), isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        result = await world.moderator.slash(world.channel, "stats")
    assert "**3 answers**" in text_of(result)


# --- immunobot stats ---


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database that has three answers."""
    monkeypatch.chdir(tmp_path)

    async def write() -> None:
        store = await Store.open(tmp_path / "data/immunobot.db")
        for number, outcome in enumerate(("served", "served", "nothing")):
            entry = "t-cell" if outcome == "served" else None
            await store.record(use(number, at=int(time.time()) - number * 5 * DAY, outcome=outcome, entry=entry), 42)
        await store.close()

    asyncio.run(write())
    return tmp_path


def test_the_operator_sees_four_spans_beside_each_other(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["today", "7", "days", "30", "days", "90", "days"]
    assert lines[1].split() == ["answers", "1", "2", "3", "3"]
    assert lines[2].split("  ")[-1] == "fewer than 10"
    assert lines[3].split() == ["names", "found", "100%", "100%", "67%", "67%"]
    assert "shown most, 30 days:" in lines
    assert "         2  t-cell" in lines


def test_how_often_few_were_in_danger_the_operator_does_not_see(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    urgent = "chest-pain"

    async def write(number: int) -> None:
        store = await Store.open(asked / "data/immunobot.db")
        for each in range(number, number + 4):
            await store.record(use(each, at=int(time.time()), entry=urgent), None)
        await store.record(use(number + 4, at=int(time.time()), entry=f"gone-{number}"), None)
        await store.close()

    for number, is_shown in ((10, False), (20, True)):
        asyncio.run(write(number))
        for form in ([], ["--json"]):
            assert main(["stats", *form]) == 0
            out = capsys.readouterr().out
            assert (urgent in out) is is_shown
            assert "gone" not in out, "it may have been about danger, too"


def test_the_operator_can_ask_for_days_a_picture_and_json(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--days", "6", "--json", "--plot", "picture.png"]) == 0
    out, err = capsys.readouterr()
    figures = json.loads(out)["6"]
    assert (figures["answers"], figures["people"], len(figures["days"])) == (2, None, 6)
    assert err == "The picture is in picture.png.\n"
    with Image.open("picture.png") as picture:
        assert picture.size == (900, 750)


def test_what_the_operator_can_get_wrong_has_its_sentence(
    asked: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in ("0", "-1", "x", "99999"):
        with pytest.raises(SystemExit):
            main(["stats", f"--days={days}"])
        assert "days are a number from 1 to 3660" in capsys.readouterr().err
    assert main(["stats", "--plot", "no/folder.png"]) == 2
    assert "no/folder.png can't be written (No such file or directory)" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["stats", "--plot", "picture.png"]) == 2
    out, err = capsys.readouterr()
    assert "answers" in out, "the figures come all the same"
    assert err == (
        "immunobot: The picture needs the extra `plot`: run pip install '.[plot]' in the project's folder, or install the "
        "wheel with [plot].\n"
    )
    (asked / "data/immunobot.db").write_bytes(b"no database" * 100)
    assert main(["stats"]) == 73
    assert "is no SQLite database" in capsys.readouterr().err
