"""Count how often danger is heard, and heard where there is none, on the frozen phrases of tests/phrases.

    python benchmarks/danger.py [--knowledge FOLDER] [--show] [--speed]

Words have been tuned on these phrases, so others are heard less well; `--show` lists what is missed or false.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.knowledge.kinds import Symptom, Urgency
from bot.knowledge.library import Snapshot, build

ROOT = Path(__file__).resolve().parent.parent
PHRASES = ROOT / "tests" / "phrases"
LANGUAGES = ("en", "es")
FOLDERS = ("", "second", "third", "fourth", "fifth", "sixth")

Row = tuple[str, frozenset[str]]


@dataclass
class Count:
    """How many of so many lines were heard, and which were not as they should be."""

    of: int = 0
    the_sign: int = 0
    any_emergency: int = 0
    anything: int = 0
    wrong: list[tuple[str, frozenset[str], tuple[str, ...]]] = field(default_factory=list, repr=False)


def rows(language: str, kind: str, folder: str = "") -> list[Row]:
    """Return the phrases of a file with the ids that fit; of the third and fourth set, no ids are known."""
    lines = (PHRASES / folder / f"{language}_{kind}.tsv").read_text(encoding="utf-8").splitlines()
    parts = [line.split("\t") for line in lines]
    ids = [frozenset((part[1:] or ["any"])[0].split("|")) if kind == "danger" else frozenset[str]() for part in parts]
    return [(part[0], fitting) for part, fitting in zip(parts, ids, strict=True)]


def count(snapshot: Snapshot, phrases: Sequence[Row]) -> Count:
    """Count what is heard as happening."""
    counted = Count(of=len(phrases))
    for text, ids in phrases:
        found = snapshot.index.danger(text)
        emergencies = [i for i in found if is_emergency(snapshot, i)]
        counted.the_sign += bool(ids & {*found})
        counted.any_emergency += bool(emergencies)
        counted.anything += bool(found)
        if (not emergencies and not ids & {*found}) if ids else bool(found):
            counted.wrong.append((text, ids, found))
    return counted


def is_emergency(snapshot: Snapshot, entry_id: str) -> bool:
    """Say whether an id is that of an emergency."""
    entry = snapshot.entries.get(entry_id)
    return isinstance(entry, Symptom) and entry.urgency is Urgency.EMERGENCY


def figures(snapshot: Snapshot) -> dict[tuple[str, str, str], Count]:
    """Return the counts by folder, language and kind of phrase."""
    return {
        (folder, language, kind): count(snapshot, rows(language, kind, folder))
        for folder in FOLDERS
        for language in LANGUAGES
        for kind in ("danger", "everyday", "harmless")
    }


def microseconds(hear: Callable[[str], object], text: str, times: int) -> float:
    """Return how long a text takes, at best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(times):
            hear(text)
        best = min(best, (time.perf_counter() - start) / times)
    return best * 1e6


def print_speed(snapshot: Snapshot) -> None:
    """Print how long a question and a long letter take."""
    question = "my husband had his second infusion on monday and his chest really hurts"
    letter = " ".join(text for text, _ in rows("en", "everyday")).split()[:2000]
    for what, text, times in (("12 words", question, 2000), ("2,000 words", " ".join(letter), 20)):
        print(f"{what}: {microseconds(snapshot.index.danger, text, times):,.0f} microseconds")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Count how often danger is heard.")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--show", action="store_true", help="list what is missed or false")
    parser.add_argument("--speed", action="store_true", help="measure how long it takes")
    asked = parser.parse_args()
    snapshot = build([asked.knowledge])
    for (folder, language, kind), counted in figures(snapshot).items():
        share = f"{{:5.1f}}% of {counted.of}".format
        if kind == "danger":
            sign, heard = (100 * n / counted.of for n in (counted.the_sign, counted.any_emergency))
            print(f"{folder:7}{language} {kind:9} the sign {share(sign)}, any emergency {share(heard)}")
        else:
            print(f"{folder:7}{language} {kind:9} false {share(100 * counted.anything / counted.of)} ({counted.anything})")
        if asked.show:
            for text, ids, found in counted.wrong:
                print(f"    {text}  [{'|'.join(sorted(ids or found))}]")
    if asked.speed:
        print_speed(snapshot)


if __name__ == "__main__":
    main()
