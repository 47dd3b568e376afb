"""A small knowledge with symptoms, which the tests of signs share."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.knowledge.checks import check_folder
from bot.knowledge.files import read_folder
from bot.knowledge.library import Snapshot, build

from .conftest import SMALL, SOURCES

TODAY = date(2026, 11, 29)
PAGE = "https://www.cancer.gov/page"


def symptom(name: str, urgency: str, more: str = "", words: str = "") -> str:
    """Return a symptom's file; its words begin with its name, so that no two symptoms have one in common."""
    own = words or ", ".join(f"{name.lower()} word {letter}" for letter in "abcdefgh")
    steps = "at_once: [Call your local emergency number now., Sit down.]\n" if urgency == "emergency" else ""
    return f"name: {name}\nsign: {name.lower()} that you feel\nurgency: {urgency}\nwords: [{own}]\nshort: It matters.\n{steps}{more}"


SYMPTOMS = {
    "symptoms/trouble-breathing.yaml": symptom("Trouble breathing", "emergency"),
    "symptoms/fainting.yaml": symptom("Fainting", "emergency"),
    "symptoms/fever.yaml": symptom("Fever", "now", "worse: [fainting]\n"),
    "symptoms/cough.yaml": symptom("Cough", "now"),
    "symptoms/itching.yaml": symptom("Itching", "today", "worse: [fever, trouble-breathing]\nalso: [itch]\n"),
    "es/symptoms/fever.yaml": "name: Fiebre\nsign: fiebre que usted siente\nwords: [tengo calentura]\nshort: Es importante.\n",
}
MEDICINE = "name: Onemab\nshort: It blocks something.\n"


def written(base: Path, files: dict[str, str]) -> Path:
    """Write files, each with sources and a day where it is no translation."""
    for name, text in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + ("" if name.startswith(("es/", "disc")) else SOURCES), encoding="utf-8")
    return base


def folder_with(base: Path, files: dict[str, str]) -> Path:
    """Write the small knowledge, the symptoms, and these files."""
    return written(base / "knowledge", SMALL | SYMPTOMS | files)


def problems(base: Path, files: dict[str, str]) -> list[str]:
    """Return what is wrong with the small knowledge, the symptoms and these files."""
    folder = folder_with(base, files)
    return [str(p).removeprefix(folder.as_posix() + "/") for p in check_folder(read_folder(folder, today=TODAY))]


def snapshot_with(base: Path, files: dict[str, str]) -> Snapshot:
    """Return the small knowledge, the symptoms and these files as the bot has them."""
    return build([folder_with(base, files)])
