"""Every statement stands in a source that can carry it, and `check --sources` says where one doesn't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cli import main
from bot.knowledge import sources
from bot.knowledge.kinds import Source
from bot.knowledge.library import Snapshot
from bot.knowledge.sources import gone_or_moved, grade, report

from .conftest import SOURCES

ONLY_C = {"tattoo-or-piercing-during-treatment"}
GRAVE_WITHOUT_A = {"tositumomab"}
"""Today's exceptions: take out what is mended, add none."""


def source(url: str, publisher: str = "Someone") -> Source:
    return Source.model_validate({"title": "A page", "publisher": publisher, "url": url, "seen": "2026-01-02"}, strict=False)


@pytest.mark.parametrize(
    ("url", "publisher", "expected"),
    [
        ("https://www.cancer.gov/page", "NCI", "A"),
        ("http://WWW.CANCER.ORG/page", "American Cancer Society", "A"),
        ("https://111.wales.nhs.uk./page", "NHS", "A"),
        ("https://ncbi.nlm.nih.gov/books/1", "StatPearls", "B"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/1", "A journal", "B"),
        ("https://doi.org/10.1", "A journal", "B"),
        ("https://notcancer.org/page", "Someone", "C"),
        ("https://unheard-of.example/page", "Little Town Hospital", "A"),
        ("https://unheard-of.example/page", "Journal of Little Things", "B"),
        ("https://unheard-of.example/page", "Little Town Hospital (copy)", "C"),
        ("https://unheard-of.example/page", "A shop", "C"),
        ("https://einpresswire.com/page", "US Food and Drug Administration", "C"),
    ],
)
def test_a_source_is_graded_by_where_it_stands(url: str, publisher: str, expected: str) -> None:
    assert grade(source(url, publisher)) == expected


def test_every_entry_has_a_good_source_and_what_is_boxed_or_urgent_the_best(shipped: Snapshot) -> None:
    found = report(shipped.entries.values())
    assert set(found["only_c"]) == ONLY_C
    assert set(found["grave_without_a"]) == GRAVE_WITHOUT_A


def test_check_lists_what_its_sources_do_not_carry(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    bad = SOURCES.replace("https://www.cancer.gov/page", "http://shop.example/a")
    fever = (folder / "symptoms/fever.yaml").read_text()
    (folder / "symptoms/fever.yaml").write_text(fever.replace("https://www.cancer.gov/page", "https://doi.org/10.1"))
    (folder / "terms/bad.yaml").write_text(f"name: Bad\ntopic: care\nshort: It is.\n{bad}")
    (folder / "terms/old.yaml").write_text(f"name: Old\ntopic: care\nshort: It is.\n{SOURCES.replace('https', 'http')}")
    assert main(["check", "--sources", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "Sources: 11 A, 1 B, 1 C" in out
    assert "Entries whose best source is C: 1\n  bad\n" in out
    assert "Boxed or urgent without a source of A: 1\n  fever\n" in out
    assert "Addresses with http where https is likely: 1\n  http://www.cancer.gov/page\n" in out
    assert "moved" not in out
    main(["check", "--sources", "--json", str(folder)])
    found = json.loads(capsys.readouterr().out)["sources"]
    assert found["grades"] == {"A": 11, "B": 1, "C": 1}
    assert (found["only_c"], found["grave_without_a"]) == (["bad"], ["fever"])
    assert "network" not in found


def test_check_asks_for_the_pages_only_when_told(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    async def ask(addresses: object) -> dict[str, str]:
        asked.extend(addresses)  # type: ignore[call-overload]
        return {"https://www.cancer.gov/page": "gone (404)"}

    monkeypatch.setattr(sources, "gone_or_moved", ask)
    main(["check", "--sources", str(folder)])
    assert asked == []
    capsys.readouterr()
    assert main(["check", "--sources", "--network", str(folder)]) == 0
    assert set(asked) == {"https://www.cancer.gov/page"}
    out = capsys.readouterr().out
    assert "gone, moved, or can't be reached: 1\n  https://www.cancer.gov/page  gone (404)\n" in out


async def test_pages_that_are_gone_or_moved_are_told() -> None:
    async def there(_: web.Request) -> web.Response:
        return web.Response(text="Here.")

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/there")

    app = web.Application()
    app.router.add_get("/there", there)
    app.router.add_get("/moved", moved)
    async with TestServer(app) as server:
        pages = {name: str(server.make_url(f"/{name}")) for name in ("there", "moved", "gone")}
        found = await gone_or_moved([*pages.values(), *pages.values()])
    assert found == {pages["moved"]: "moved to /there", pages["gone"]: "gone (404)"}
    assert await gone_or_moved([pages["there"]]) == {pages["there"]: "can't be reached (ClientConnectorError)"}
