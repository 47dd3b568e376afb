"""Every version of every knowledge file, whole: who changed it, when and why."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from typing import Literal

from bot.store.usage import Store

Action = Literal["publish", "roll back", "withdraw", "keep mine", "take theirs", "editor", "restore"]


@dataclass(frozen=True, slots=True)
class Version:
    """One change of one file."""

    file: str
    """its path inside a knowledge folder, as in `terms/interleukin.yaml`"""
    number: int
    """from 1; the texts before the first change are version 0"""
    at: int
    """seconds since 1970, UTC"""
    who: str
    """a moderator's number at Discord; empty for a file that an editor changed"""
    action: Action
    why: str
    before: str | None
    """what was in force before; None where there was no such file"""
    after: str | None
    changed: bool
    """whether `after` stands in the writable folder; else it is what came with the bot"""
    done: bool
    """whether the file is in its place; until then this is what will be done"""
    step: str = ""
    """what was changed in one step has this in common"""
    second: str = ""
    """the number of a second moderator who agreed; empty where none had to"""


_TYPES = {"int": "bigint", "bool": "boolean"}
_NAMES = [spec.name for spec in fields(Version)]
_COLUMNS = ", ".join(_NAMES)
_ROWS = "ROWS(?, " + ", ".join(f"{spec.name} {_TYPES.get(str(spec.type), 'text')}" for spec in fields(Version)) + ")"
_THESE = "(file, number) IN (SELECT file, number FROM ROWS(?, file text, number bigint) AS these)"
_HEADS = "(file, number) IN (SELECT file, MAX(number) FROM history GROUP BY file)"


def _version(row: tuple[object, ...]) -> Version:
    made = Version(*row)  # type: ignore[arg-type]
    return replace(made, changed=bool(made.changed), done=bool(made.done))


async def _find(store: Store, where: str, *values: object) -> list[Version]:
    rows = await store.execute(f"SELECT {_COLUMNS} FROM history WHERE {where}", values)  # noqa: S608 (constants)
    return [_version(row) for row in rows]


async def heads(store: Store) -> dict[str, Version]:
    """Return the latest version of every file that was ever changed. Raises StoreUnavailable, as all here."""
    return {version.file: version for version in await _find(store, _HEADS)}


async def standing(store: Store) -> dict[str, bytes]:
    """Return what the latest versions say stands in the writable folder, by file; also where the database is read-only."""
    query = f"SELECT file, after FROM history WHERE changed AND after IS NOT NULL AND {_HEADS}"  # noqa: S608 (a constant)
    return {file: after.encode() for file, after in await store.read(lambda ask: ask(query))}


async def unfinished(store: Store) -> list[Version]:
    """Return the changes that were begun and not ended."""
    return await _find(store, "NOT done ORDER BY file, number")


async def versions(store: Store, file: str, *, before: int = 2**31, most: int = 10) -> list[Version]:
    """Return versions of a file, the latest first, of numbers below `before`."""
    return await _find(store, "file = ? AND number < ? ORDER BY number DESC LIMIT ?", file, before, most)


async def version(store: Store, file: str, number: int) -> Version | None:
    """Return one version, None where there is none; number 0 is what the first change found."""
    if number < 0:
        return None
    found = await _find(store, "file = ? AND number = ?", file, max(number, 1))
    if found and not number:
        return replace(found[0], number=0, who="", why="", after=found[0].before)
    return found[0] if found else None


async def together(store: Store, made: Version) -> list[Version]:
    """Return all that was changed in one step with this version, itself among it."""
    return await _find(store, "step = ? ORDER BY file", made.step) if made.step else [made]


async def recent(store: Store, most: int = 10) -> list[Version]:
    """Return the latest changes of all files."""
    return await _find(store, "TRUE ORDER BY at DESC, file LIMIT ?", most)


async def begin(store: Store, changes: Iterable[Version]) -> None:
    """Write down changes, all or none."""
    rows = [astuple(change) for change in changes]
    query = f"INSERT INTO history ({_COLUMNS}) SELECT {_COLUMNS} FROM {_ROWS} AS these"  # noqa: S608 (the fields above)
    await store.execute(query, (json.dumps(rows),))


async def end(store: Store, changes: Iterable[Version]) -> None:
    """Note that files are in their places."""
    await store.execute(f"UPDATE history SET done = TRUE WHERE {_THESE}", (_keys(changes),))  # noqa: S608 (a constant)


async def forget(store: Store, changes: Iterable[Version]) -> None:
    """Strike out changes that were begun and could not be made."""
    await store.execute(f"DELETE FROM history WHERE NOT done AND {_THESE}", (_keys(changes),))  # noqa: S608 (a constant)


def _keys(changes: Iterable[Version]) -> str:
    return json.dumps([(change.file, change.number) for change in changes])


def new_step() -> str:
    """Return what the versions of one step have in common."""
    return secrets.token_hex(8)


def now() -> int:
    """Return the time as history has it."""
    return int(time.time())
