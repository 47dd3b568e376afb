"""What a translation lacks is found with file and line, and readers are told; another language is begun with a command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bot
from bot.cli import main
from bot.knowledge.files import read_folder
from bot.knowledge.translated import ease, hints, report
from bot.service.tryout import Stage

from .conftest import SHIPPED, text_of
from .test_settings import sent_as


def found(folder: Path, text: str) -> list[str]:
    """Return what is found in a translation of the therapy."""
    (folder / "es/therapies").mkdir(parents=True, exist_ok=True)
    (folder / "es/therapies/til-therapy.yaml").write_text(text, encoding="utf-8")
    read = read_folder(folder)
    assert read.problems == []
    return [f"{each.line}: {each.what}; {each.todo}" for each in hints(read, "es") if "/therapies/" in each.file]


WHOLE = "short: El sol da luz.\nhow_it_works: Las células hallan el tumor.\nask: [¿Es para mí?]\nside_effects: [Fiebre.]\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        ("ask: [¿Es para mí?]\n", "", ["1: missing: `ask` is in English still; translate it"]),
        (
            "[Fiebre.]",
            "[Fiebre., Tos.]",
            ["4: items: `side_effects` has 2 here and 1 in English; say the same, item by item"],
        ),
        (
            "hallan el tumor",
            "hallan 2 tumores",
            ["2: number: 2 stands in `how_it_works` here alone; give the same numbers, as digits"],
        ),
        ("hallan el tumor", "find the tumor with them", ["2: English: `the with` in `how_it_works`; translate it"]),
        (
            "El sol da luz.",
            "Inmunofarmacología oftalmológica multidisciplinaria.",
            ["1: hard to read: -253 of 100 (INFLESZ); reach 55: shorter words, shorter sentences"],
        ),
        (
            "hallan el tumor",
            "despiertan el sistema inmune",
            ["2: agreed word: `sistema inmune` in `how_it_works`; write `sistema inmunitario`"],
        ),
    ],
)
def test_what_is_not_right_is_said_with_its_line(folder: Path, old: str, new: str, said: list[str]) -> None:
    (folder / "es/words.yaml").write_text("agreed: {immune system: {write: sistema inmunitario, avoid: [sistema inmune]}}\n")
    assert found(folder, WHOLE.replace(old, new)) == said


def test_a_wrong_list_of_words_is_an_error(folder: Path) -> None:
    (folder / "es/words.yaml").write_text("agreed: {immune system: sistema inmunitario}\n")
    (problem,) = read_folder(folder).problems
    assert problem.file.endswith("es/words.yaml")


def test_the_ease_of_a_text_falls_with_long_words_and_sentences() -> None:
    easy, hard = "El sol da luz. La sal va al pan.", "La inmunofarmacología multidisciplinaria contemporánea evoluciona."
    assert ease(easy) > 100 > 55 > ease(hard)
    assert ease("día") == pytest.approx(206.835 - 62.3 * 2 - 1)
    assert ease("guerra que aire") == pytest.approx(206.835 - 62.3 * 5 / 3 - 3)


def test_all_that_is_shipped_is_whole_in_spanish_and_says_what_the_english_says() -> None:
    read = read_folder(SHIPPED)
    assert sorted(map(str, hints(read, "es"))) == []
    found = report(read, "es")
    assert (found["whole"], found["unmarked"], found["behind"]) == (found["entries"], 0, 0)


async def test_readers_are_told_where_the_english_was_changed_since(
    folder: Path, world: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-ES"))
    told = "El texto en inglés se cambió después de esta traducción"
    library = world.env.bot.deps.library
    assert main(["language", "es", str(folder), "--settled"]) == 0
    assert "1 translations say now which English they are of." in capsys.readouterr().out
    assert await library.reload()
    assert told not in text_of(await world.member.slash(world.channel, "define", term="T cell"))
    file = folder / "terms/t-cell.yaml"
    file.write_text(file.read_text().replace("A white blood cell.", "A white blood cell that finds what is ill."))
    assert await library.reload()
    shown = await world.member.slash(world.channel, "define", term="T cell")
    assert told in text_of(shown)
    english = await world.member.click(shown.response, label="English")
    assert told not in text_of(english)
    assert "finds what is ill" in text_of(english)
    assert main(["language", "es", str(folder), "--hints"]) == 0
    assert "behind: the English was changed since; compare the two" in capsys.readouterr().out
    assert main(["language", "es", str(folder), "--settled", "t-cell"]) == 0
    assert report(read_folder(folder), "es")["behind"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["en"], "English is what the entries are written in; name another language."),
        (["xx"], "xx is no language; give its code of two or three letters, such as fr or pt."),
        (["es", "--settled", "nothing"], "there is no translation of nothing into es."),
    ],
)
def test_what_cant_be_done_is_said(folder: Path, given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["language", given[0], str(folder), *given[1:]]) == 2
    assert said in capsys.readouterr().err


ASK = """
import asyncio, sys
from pathlib import Path
from bot.service.tryout import stage
from bot.settings import Config, Database, Knowledge

async def main():
    config = Config(knowledge=Knowledge(sys.argv[1], "none"), database=Database("sqlite:///" + sys.argv[2]))
    async with stage(config) as world:
        shown = await world.member.slash(world.channel, "define", term="T cell")
        french = await world.member.click(shown.response, label="Français")
        print(french.response.embeds[0].title, french.response.embeds[0].description, french.response.components)

asyncio.run(main())
"""


def test_another_language_is_begun_with_a_command_and_a_press_away_at_once(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(Path(bot.__file__).parent, tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    run = [sys.executable, "-m", "bot", "language", "fr", str(folder)]
    began = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "French (Français) is begun." in began.stdout
    catalogue = tmp_path / "bot/locales/fr/LC_MESSAGES/immunobot.po"
    catalogue.write_text(catalogue.read_text().replace('msgid "Read next"\nmsgstr ""', 'msgid "Read next"\nmsgstr "À lire"'))
    names = {"t-cell": "Lymphocyte T", "interleukin-2": "Interleukine-2", "tnf": "TNF-alpha", "til": "TIL", "ms-term": "MSX"}
    (folder / "fr/terms").mkdir()
    for entry_id, name in names.items():
        (folder / f"fr/terms/{entry_id}.yaml").write_text(f"name: {name}\nshort: Un globule blanc.\n", encoding="utf-8")
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(folder), str(tmp_path / "fr.db")],
        cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    assert "Lymphocyte T" in asked.stdout
    assert "Un globule blanc." in asked.stdout
    assert "À lire" in asked.stdout
    told = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "fr: of 11 entries 5 whole, 0 in part, 6 not at all." in told.stdout
