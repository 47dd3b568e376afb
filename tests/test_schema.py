"""The schemas that editors use say what the check says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.cli import main
from bot.knowledge.kinds import BY_FOLDER
from bot.knowledge.schema import schemas

from .conftest import SHIPPED


@pytest.mark.parametrize("folder", BY_FOLDER)
def test_every_shipped_entry_fits_and_a_mistake_does_not(folder: str) -> None:
    validator = jsonschema.Draft7Validator(schemas()[folder])
    for path in (SHIPPED / folder).glob("*.yaml"):
        entry = yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader)
        assert list(validator.iter_errors(entry)) == [], path
    assert not validator.is_valid(entry | {"shrot": "x"})
    assert not validator.is_valid({key: value for key, value in entry.items() if key != "short"})
    assert not validator.is_valid(entry | {"related": ["Not an id"]})


def test_check_writes_them_where_the_entries_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder), "--schemas"]) == 0
    assert capsys.readouterr() == ("11 entries, no problems.\n", f"The schemas are in {folder / 'schema'}.\n")
    written = json.loads((folder / "schema/terms.json").read_text(encoding="utf-8"))
    assert written["properties"]["short"]["description"] == "what it is, in one sentence; at most 25 words"
    assert sorted(path.stem for path in (folder / "schema").iterdir()) == sorted([*BY_FOLDER, "helplines"])
    assert main(["check", str(folder)]) == 0, "they are no entries"


def test_schemas_that_can_not_be_written_have_their_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "schema").write_text("in the way")
    assert main(["check", str(folder), "--schemas"]) == 2
    assert (
        capsys.readouterr().err == f"immunobot: {folder / 'schema'} can't be written (File exists); check its permissions.\n"
    )
