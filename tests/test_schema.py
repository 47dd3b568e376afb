"""The schemas that editors use say what the check says."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from bot.knowledge.schema import schemas, text_of

from .conftest import SHIPPED


@pytest.mark.parametrize("folder", ["symptoms", "terms", "therapies", "medicines", "conditions", "helplines"])
def test_the_shipped_schema_is_current(folder: str) -> None:
    shipped = (SHIPPED / "schema" / f"{folder}.json").read_text(encoding="utf-8")
    assert shipped == text_of(schemas()[folder]), "run: python -m bot.knowledge.schema knowledge/schema"


@pytest.mark.parametrize("folder", ["terms", "therapies", "medicines", "conditions"])
def test_every_shipped_entry_fits_and_a_mistake_does_not(folder: str) -> None:
    validator = jsonschema.Draft7Validator(schemas()[folder])
    for path in (SHIPPED / folder).glob("*.yaml"):
        entry = yaml.load(path.read_bytes(), Loader=yaml.CBaseLoader)
        assert list(validator.iter_errors(entry)) == [], path
    assert not validator.is_valid(entry | {"shrot": "x"})
    assert not validator.is_valid({key: value for key, value in entry.items() if key != "short"})
    assert not validator.is_valid(entry | {"related": ["Not an id"]})
