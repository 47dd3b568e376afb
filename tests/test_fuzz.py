"""A few hundred of what benchmarks/fuzz.py makes up: nothing of it breaks anything, is an incident, or takes long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import fuzz
from benchmarks.fuzz_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("fuzz")) as world:
        yield world


@pytest.mark.parametrize(
    ("kind", "times"), [("yaml", 200), ("names", 150), ("ids", 300), ("interactions", 300), ("zips", 200), ("http", 300)]
)
def test_nothing_that_is_made_up_breaks_anything(
    world: World, kind: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "LONG", 2000.0)  # of a machine that is busy with other tests; the script says what is slow
    found = fuzz.fuzz(world, kind, times, first=7)
    assert (found.failed, found.times) == ([], times)
