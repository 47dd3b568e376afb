"""What an attacker does with copies of the database's folder: replay the write-ahead log, and join people to rows.

SQLite writes each commit behind the others into the log (`-wal`). Cut after any of them, a copy opens as the database was
then: so one copy shows in which order rows and people came, and several show what came between them.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

HEADER, FRAME = 32, 24
"""Bytes before the first page of a log, and before each page."""


@dataclass
class Step:
    """People who became known at once, and what had been asked since the ones before them."""

    rows: list[str]
    """the entries, in the order in which they were asked for"""
    people: set[str]
    """their hashes"""
    orders: list[list[str]] = field(default_factory=list)
    """the same, in each order that the files show"""


def copied(folder: Path, to: Path) -> Path:
    """Copy a database's folder as it is, while it is in use."""
    shutil.copytree(folder, to)
    return to


def at_each_commit(copy: Path, name: str = "immunobot.db") -> Iterator[Path]:
    """Give the database as it was before the log of this copy, and then after each commit in it."""
    log = copy / f"{name}-wal"
    content = log.read_bytes() if log.exists() else b""
    ends = [0]
    if content:
        (page,) = struct.unpack(">I", content[8:12])
        for at in range(HEADER, len(content), FRAME + page):
            _, commit, *salts = struct.unpack(">IIII", content[at : at + 16])
            if struct.pack(">II", *salts) != content[16:24]:
                break  # left over from before the log was begun anew
            ends += [at + FRAME + page] if commit else []
    for number, end in enumerate(ends):
        replayed = copy.parent / f"{copy.name}-{number}"
        replayed.mkdir()
        shutil.copy(copy / name, replayed)
        (replayed / log.name).write_bytes(content[:end])
        yield replayed / name
        shutil.rmtree(replayed)


def steps(copies: Sequence[Path]) -> list[Step]:
    """Return what became known when, from copies in the order in which they were made."""
    found: list[Step] = []
    rows: list[str] = []
    people: set[str] = set()
    asked: set[str] = set()
    for database in (database for copy in copies for database in at_each_commit(copy)):
        with closing(sqlite3.connect(database)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not {"usage", "people"} <= tables:
                continue
            came = [person for (person,) in connection.execute("SELECT person FROM people")]
            rows += [entry for (entry,) in connection.execute("SELECT entry FROM usage") if entry not in asked]
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        asked.update(rows)
        if new := [person for person in came if person not in people]:
            content = database.read_bytes()
            places = sorted(new, key=lambda person: content.rfind(person.encode()))  # later ones stand lower in a page
            found.append(Step(rows, set(new), [new, new[::-1], places, places[::-1]]))
            rows = []
            people.update(new)
    return found


def joined(found: Sequence[Step], truth: dict[str, str]) -> int:
    """Return how many people the best of the attacker's guesses joins with an entry that they asked for."""
    return max(
        sum(truth[person] == entry for step in found for person, entry in zip(order(step), step.rows, strict=False))
        for order in (lambda step, number=number: step.orders[number] for number in range(4))
    )
