"""Count how much of what people may ask for the shipped knowledge has an entry for, and list what is missing.

    python benchmarks/coverage.py [FOLDER] [--knowledge FOLDER] [--json]

FOLDER holds concepts.csv, headwords.tsv and medicines.csv. A name is covered when exactly it finds an entry; of
"apoptosis / cell death" either part will do, and a remark in brackets need not stand in the knowledge.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.knowledge.index import Index
from bot.knowledge.library import build

TABLES = Path(__file__).resolve().parent.parent.parent / "shared" / "knowledge"
SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"

_REMARK = re.compile(r"\s*\([^)]*\)")


def read_tables(folder: Path) -> dict[str, list[str]]:
    """Return the names of each group, in the tables' order. Raises FileNotFoundError where a table is absent."""
    groups: dict[str, list[str]] = defaultdict(list)
    with (folder / "concepts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    groups["concepts"] = [row["term"] for row in rows]
    for row in sorted(rows, key=lambda row: row["kind"]):
        groups[f"concepts: {row['kind']}"].append(row["term"])
    groups["concepts: synonyms"] = [name.strip() for row in rows for name in row["synonyms"].split(";") if name.strip()]
    with (folder / "headwords.tsv").open(encoding="utf-8", newline="") as file:
        groups["headwords"] = [line.split("\t")[0].strip() for line in file if line.strip()]
    with (folder / "medicines.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups["medicines: generic names"].append(row["generic_name"])
            groups["medicines: brand names"] += brands(row["brand_names"])
    return {group: list(dict.fromkeys(names)) for group, names in groups.items()}


def brands(text: str) -> list[str]:
    """Return the bare names of a cell such as "Rituxan (US); biosimilars Truxima, Riabni"."""
    parts = (re.sub(r"^biosimilars? ", "", part.strip()) for part in _REMARK.sub("", text).split(";"))
    return [name.strip() for part in parts for name in part.split(",") if name.strip()]


def covered(index: Index, name: str) -> bool:
    """Say whether a name, it without its remark, or one of its parts, finds an entry."""
    bare = _REMARK.sub("", name)
    return any(index.exact(text) for text in (name, bare, *bare.split(" / ")))


def missing(index: Index, groups: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return, for each group, the names that find nothing."""
    return {group: [name for name in names if not covered(index, name)] for group, names in groups.items()}


def report(groups: Mapping[str, Sequence[str]], lacking: Mapping[str, Sequence[str]]) -> str:
    """Return the table, and what is missing below it."""
    width = max(map(len, groups))
    out = [f"{'':{width}}  {'names':>5}  {'covered':>7}"]
    for group, names in groups.items():
        have = len(names) - len(lacking[group])
        out.append(f"{group:{width}}  {len(names):>5}  {have:>7}  {have / max(1, len(names)):>6.1%}")
    for group, names in lacking.items():
        if names and group != "concepts":  # its kinds are listed
            out += ["", f"missing, {group}: {len(names)}", *(f"  {name}" for name in names)]
    return "\n".join(out)


def main() -> int:
    """Print the table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=TABLES, help="holds the three tables")
    parser.add_argument("--knowledge", type=Path, default=SHIPPED, help="the knowledge folder")
    parser.add_argument("--json", action="store_true", help="print how many names there are, and which are missing")
    options = parser.parse_args()
    try:
        groups = read_tables(options.folder)
    except (FileNotFoundError, NotADirectoryError) as error:
        print(f"{error.filename} is not there: name the folder that holds concepts.csv, headwords.tsv and medicines.csv.")
        return 2
    lacking = missing(build([options.knowledge]).index, groups)
    if options.json:
        counted = {group: {"names": len(names), "missing": lacking[group]} for group, names in groups.items()}
        print(json.dumps(counted, ensure_ascii=False, indent=2))
    else:
        print(report(groups, lacking))
    return 0


if __name__ == "__main__":
    sys.exit(main())
