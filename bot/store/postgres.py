"""The database in PostgreSQL, for bots on several machines: stay connected, run statements, hold locks, hear of changes.

Whatever asyncpg raises leaves here as StoreUnavailable.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from bot.errors import how_to_install
from bot.settings import Remote
from bot.store.database import LAST_MS, Ask, Database, Read
from bot.store.errors import StoreUnavailable

try:
    import asyncpg
except ImportError:
    what = f"PostgreSQL needs the extra `postgres`: {how_to_install('postgres').removesuffix('.')}"
    raise StoreUnavailable(what, lasts=True) from None

SCHEMA = Path(__file__).with_name("schema") / "postgres"
"""The migrations, numbered from 1: each is run once, in order; the table schema_version says how many have been."""

OLDEST = 13
"""The first PostgreSQL that has all that is used here."""

PATIENCE, CONNECT, LOCK_EVERY = 3.0, 10.0, 0.1
"""Seconds that a statement may take, and a connection to be made; those between two tries to have a lock."""

CONNECTIONS = 4
CHANNEL = "immunobot"

_APART = {"people": "day, person", "gap_votes": "name, person", "opted_out": "person"}
"""The tables that tell of people, with their keys."""

_LASTING = {"28", "3D"}
"""What no waiting mends, by the class of its SQLSTATE: a wrong password, a database that isn't there."""

_OF_VALUES = {"22", "23"}
"""Errors whose text may repeat what was to be written."""

_ROWS = re.compile(r"ROWS\((\?\d*), ([^)]*)\)")
_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


@cache
def _in_postgres(query: str) -> str:
    """Return a statement as PostgreSQL has it."""

    def rows(found: re.Match[str]) -> str:
        columns = (column.split() for column in found[2].split(", "))
        made = ", ".join(f"(value->>{place})::{kind} AS {name}" for place, (name, kind) in enumerate(columns))
        return f"(SELECT {made} FROM json_array_elements({found[1]}::json) AS every(value))"  # noqa: S608 (ours)

    query = _ROWS.sub(rows, query).replace("/*postgres", "").replace("*/", "")
    numbers = iter(range(1, query.count("?") + 1))
    return re.sub(r"\?(\d*)", lambda found: f"${found[1] or next(numbers)}", query)


class Postgres(Database):
    """A database on a server. It is open as long as the connection is that hears of changes."""

    shared: ClassVar[bool] = True

    def __init__(self, where: Remote) -> None:
        """Say which one; `look` connects."""
        self._url = where.url.get_secret_value()
        # Neither who uses it nor with which password, wherever in the address they stand.
        self._name = "postgresql://" + re.sub(r"^\w+://([^/?]*@)?|[?#].*", "", self._url)
        # Of several processes that stop at once each has a file of its own.
        super().__init__(where.path.with_name(f"{where.path.stem}-{secrets.token_hex(4)}.waiting"))
        self._beside = where.path
        self._pool: asyncpg.Pool[Any] | None = None
        self._hearing: asyncpg.Connection[Any] | None = None
        self._patience = PATIENCE

    def __str__(self) -> str:
        return self._name

    @property
    def refused(self) -> StoreUnavailable | None:
        """Why it can't be used; None where it can."""
        return self.refusal if self._hearing is None or self._hearing.is_closed() else None

    def left(self) -> list[Path]:
        """Return the files of all processes that were stopped here."""
        return sorted(self._beside.parent.glob(f"{self._beside.stem}*.waiting"))

    async def execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Raises StoreUnavailable."""
        given = [value.replace("\0", "") if isinstance(value, str) else value for value in values]
        with self.told():
            async with asyncio.timeout(self._patience):
                return [tuple(row) for row in await self._open_pool().fetch(_in_postgres(query), *given)]

    def _open_pool(self) -> asyncpg.Pool[Any]:
        if (refused := self.refused) is not None or self._pool is None:
            raise StoreUnavailable(str(self.refusal), (refused or self.refusal).reason)
        return self._pool

    async def read(self, work: Callable[[Ask], Read]) -> Read:
        """Run work that only reads."""
        loop = asyncio.get_running_loop()
        with self.told("read"):
            async with (
                self._open_pool().acquire(timeout=self._patience) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):

                def ask(query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
                    asked = connection.fetch(_in_postgres(query), *values)
                    return [tuple(row) for row in asyncio.run_coroutine_threadsafe(asked, loop).result()]

                return await asyncio.to_thread(work, ask)

    async def look(self) -> bool:
        """Connect where it isn't connected any more, and return whether that was done."""
        try:
            if self.refused is None and await self._is_alive():
                return False
            self._leave()
            await self._open()
        except StoreUnavailable as error:
            self.refusal = error
            raise
        return True

    async def _is_alive(self) -> bool:
        assert self._hearing is not None
        with contextlib.suppress(*_ERRORS):
            return bool(await self._hearing.fetchval("SELECT NOT pg_is_in_recovery()", timeout=CONNECT))
        return False

    async def _open(self) -> None:
        hearing = await self._connection()
        try:
            with self.told("brought up to date"):
                await self._migrate(hearing)
            with self.told():
                await hearing.add_listener(CHANNEL, lambda *heard: self.on_change(heard[-1]))
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=1, max_size=CONNECTIONS, timeout=CONNECT, reset=_as_it_is
                )
        except BaseException:
            hearing.terminate()
            raise
        self._hearing = hearing

    async def _connection(self) -> asyncpg.Connection[Any]:
        with self.told("reached"):
            return await asyncpg.connect(self._url, timeout=CONNECT)

    async def _migrate(self, connection: asyncpg.Connection[Any]) -> None:
        """Bring the schema up to date, in one transaction. Raises StoreUnavailable, also for one that is newer."""
        if (found := connection.get_server_version().major) < OLDEST:
            what = f"The database {self} is PostgreSQL {found}, and {OLDEST} or newer is needed; upgrade it."
            raise StoreUnavailable(what, lasts=True)
        known = migrations()
        if await self._version(connection) == len(known):
            return
        async with connection.transaction():
            # Two processes may start at once: the version is read again with the lock held.
            await connection.execute(f"SELECT pg_advisory_xact_lock({_number('schema')})")
            version = await self._version(connection)
            if version > len(known):
                raise StoreUnavailable(
                    f"The database {self} was written by a newer immunobot (schema {version}, this one: {len(known)}); "
                    "upgrade immunobot, or name another database in database.url.",
                    lasts=True,
                )
            if not version:
                await connection.execute("CREATE TABLE schema_version (version integer NOT NULL)")
                await connection.execute("INSERT INTO schema_version VALUES (0)")
            for migration in known[version:]:
                await connection.execute(migration.read_text(encoding="utf-8"))
            await connection.execute("UPDATE schema_version SET version = $1", len(known))

    async def _version(self, connection: asyncpg.Connection[Any]) -> int:
        # Not to_regclass: what it found before the lock was had it would say again.
        there = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'schema_version' AND pg_table_is_visible(oid))"
        if not await connection.fetchval(there):
            return 0
        return int(await connection.fetchval("SELECT MAX(version) FROM schema_version"))

    async def schema(self) -> tuple[int, int]:
        """Return the version of its schema, and of what this bot has."""
        async with self.alone() as connection:
            with self.told("read"):
                return await self._version(connection), len(migrations())

    async def cover(self) -> bool:
        """Write the tables that tell of people anew, in the order of their keys, and leave nothing of what they were."""
        with self.told():
            async with self.alone() as connection:
                try:
                    return await self._cover(connection)
                except asyncpg.LockNotAvailableError:
                    return False

    async def _cover(self, connection: asyncpg.Connection[Any]) -> bool:
        await connection.execute("SET lock_timeout = '1s'")
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {', '.join(_APART)} IN SHARE ROW EXCLUSIVE MODE")
            for table, key in _APART.items():
                await connection.execute(
                    f"WITH former AS (DELETE FROM {table} RETURNING *) "  # noqa: S608 (names of this file)
                    f"INSERT INTO {table} SELECT * FROM former ORDER BY {key}"
                )
            written = await connection.fetchval("SELECT pg_current_xact_id()::xid")
        # What somebody who began before may still read is kept by PostgreSQL.
        nobody = await connection.fetchval(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND age(backend_xmin) >= age($1::xid))",
            written,
        )
        for table in _APART:
            await connection.execute(f"VACUUM (FULL) {table}")
        return bool(nobody)

    @contextlib.asynccontextmanager
    async def locked(self, what: str, patience: float = 30) -> AsyncIterator[None]:
        """Let one process at a time do this; one that is killed lets go of it."""
        self._open_pool()
        async with self.alone() as connection:
            with self.told():
                for _ in range(int(patience / LOCK_EVERY)):
                    # Asked again and again: who waits in the database keeps it from tidying up.
                    if await connection.fetchval(f"SELECT pg_try_advisory_lock({_number(what)})", timeout=PATIENCE):
                        break
                    await asyncio.sleep(LOCK_EVERY)
                else:
                    raise StoreUnavailable(f"Another process does the same ({what}) and takes too long; try again.")
            yield

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """Connect once more."""
        connection = await self._connection()
        try:
            yield connection
        finally:
            connection.terminate()

    async def hurry(self) -> None:
        """Have what follows end soon."""
        self._patience = LAST_MS / 1000

    async def close(self) -> None:
        """Close the connections, after the statements that were begun."""
        self.refusal = StoreUnavailable(f"The database {self} is closed already.", "it is closed")
        if self._pool is not None:
            with contextlib.suppress(*_ERRORS):
                async with asyncio.timeout(self._patience):
                    await self._pool.close()
        self._leave()

    def _leave(self) -> None:
        """End the connections, whatever is under way."""
        for each in (self._pool, self._hearing):
            if each is not None:
                each.terminate()
        self._pool = self._hearing = None

    @contextlib.contextmanager
    def told(self, done: str = "used") -> Iterator[None]:
        """Say in one plain sentence what PostgreSQL, or the way to it, says. Raises StoreUnavailable."""
        try:
            yield
        except _ERRORS as error:
            state = getattr(error, "sqlstate", None) or ""
            reason = _reason(error, state)
            todo = "check database.url" if state[:2] in _LASTING else "check the server, and database.url"
            lasts = state[:2] in _LASTING or isinstance(error, asyncpg.ClientConfigurationError)
            raise StoreUnavailable(f"The database {self} can't be {done}: {reason}; {todo}.", reason, lasts=lasts) from None
        except ValueError:
            if done != "reached":
                raise
            what = "`database.url` can't be understood; write it as in postgresql://user:password@host:5432/database"
            raise StoreUnavailable(f"{what}.", lasts=True) from None


def _reason(error: BaseException, state: str) -> str:
    """Return in a few words what is wrong, and nothing of any value."""
    if isinstance(error, TimeoutError):
        return "it takes too long"
    if isinstance(error, asyncpg.DataError) or state[:2] in _OF_VALUES:
        return type(error).__name__
    said = error.strerror if isinstance(error, OSError) else str(error.args[0]).splitlines()[0] if error.args else ""
    return said or type(error).__name__


async def _as_it_is(_connection: object) -> None:
    """Leave a connection as it is: no statement here changes it."""


def _number(what: str) -> int:
    """Return the number of a lock."""
    return zlib.crc32(f"immunobot {what}".encode())


def migrations() -> list[Path]:
    """Return the files that make the schema, in their order."""
    return sorted(SCHEMA.glob("[0-9]*.sql"))
