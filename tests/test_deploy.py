"""What deploy/, the Dockerfile and the wheel promise: nothing of the knowledge is missing, nobody is root, little may be written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot import settings
from bot.settings import Config, Knowledge

ROOT = Path(__file__).parent.parent


def test_a_wheel_has_all_of_the_knowledge() -> None:
    globs = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["data-files"]
    there = {path for base in ("knowledge", "knowledge/es") for path in (ROOT / base).glob("*/*.yaml")}
    there = {path for path in there | {*(ROOT / "knowledge").glob("*.yaml")} if path.parent.name != "schema"}
    assert {path for patterns in globs.values() for each in patterns for path in ROOT.glob(each)} == there
    for target, (pattern,) in globs.items():
        assert target == "share/immunobot/" + pattern.removesuffix("/*.yaml")


def test_the_knowledge_of_a_wheel_is_found_unless_another_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "share/knowledge").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path / "site-packages")
    monkeypatch.setattr(settings, "INSTALLED", tmp_path / "share")
    assert Config().shipped_path() == tmp_path / "share/knowledge"
    assert Config(knowledge=Knowledge(path="of-mine")).shipped_path() == Path("of-mine"), "told as missing"
    (tmp_path / "empty/knowledge").mkdir()
    assert Config().shipped_path() == Path("knowledge")
