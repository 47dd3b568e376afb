"""What PostgreSQL keeps of each row besides its values (its transaction, its place) joins nobody to a question either."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot.settings import Remote
from bot.store import privacy
from bot.store.errors import StoreUnavailable
from bot.store.gaps import tell_missing
from bot.store.usage import Store

from .databases import KEY, PASSWORD, Server, locked, remote, rows
from .test_people import ASKED_BY
from .test_store import OTHERS, there, use

pytestmark = pytest.mark.only("postgres")

OF_PEOPLE = ("people", "gap_votes", "opted_out")


def files(server: Server, where: Remote, table: str) -> bytes:
    """All that is in the file of a table, as whoever has the disk reads it."""
    rows(where, "CHECKPOINT")
    ((path,),) = rows(where, f"SELECT pg_relation_filepath('{table}')")
    return (server.folder / "data" / path).read_bytes()


@pytest.mark.parametrize("counted_after", [[39], [12, 25, 39]])
async def test_who_was_there_lies_in_one_transaction_in_the_order_of_the_hashes(
    where: Remote, server: Server, counted_after: list[int]
) -> None:
    store = await Store.open(where, KEY)
    for number, person in enumerate(ASKED_BY):
        await store.record(use(number, entry=f"entry-{number}"), person)
        if number in counted_after:
            await store.count_people()
            await store.cut_log()
    found = rows(where, "SELECT person, xmin::text FROM people ORDER BY ctid")
    hashes = [person for person, _ in found]
    assert (len(hashes), hashes) == (40, sorted(hashes))
    assert len({transaction for _, transaction in found}) == 1, "no crowd is told from another"
    content = files(server, where, "people")
    assert [content.count(person.encode()) for person in hashes] == [1] * 40, "nothing is left of what was before"
    await store.close()


async def test_who_opts_out_is_not_told_by_what_was_written_around_it(where: Remote, server: Server) -> None:
    store = await Store.open(where, KEY)
    await there(store, 42)
    await store.cut_log()
    for person in (7, 8, 42):
        await store.record(use(person, entry=f"entry-{person}"), person)
        await tell_missing(store, f"name-{person}", "Name", person)
        await privacy.opt(store, person + 100, out=True)
    await store.cut_log()
    for table in OF_PEOPLE:
        found = [transaction for (transaction,) in rows(where, f"SELECT xmin::text FROM {table}")]
        assert len(found) >= 3
        assert len(set(found)) == 1, table
    person = store.hashed("person", 42)
    assert await privacy.delete(store, 42) == 2
    await store.cut_log()
    assert person.encode() not in files(server, where, "people"), "what is deleted is gone from the file"
    await store.close()


async def test_while_somebody_reads_what_was_it_is_kept_and_tried_again(where: Remote) -> None:
    store = await Store.open(where, KEY)
    await there(store, 42)
    with locked(where, "people"):
        assert await store.record(use(1), None), "no answer waits"
        assert not await store.database.cover()
    await store.cut_log()
    assert len({transaction for (transaction,) in rows(where, "SELECT xmin::text FROM people")}) == 1
    await store.close()


async def test_who_is_deleted_while_the_tables_are_written_anew_stays_deleted(where: Remote) -> None:
    store = await Store.open(where, KEY)
    await there(store, 42)
    covering = [asyncio.create_task(store.database.cover()) for _ in range(3)]
    await asyncio.gather(privacy.delete(store, 42), privacy.opt(store, OTHERS[0], out=True), *covering)
    assert (await privacy.export(store, 42))["days_counted"] == []
    assert store.hashed("person", 42) not in str(rows(where, "SELECT * FROM people"))
    await store.close()


@pytest.mark.parametrize("wrong", ["password", "host", "database", "port", "address"])
async def test_no_password_is_ever_said(where: Remote, server: Server, wrong: str, caplog: pytest.LogCaptureFixture) -> None:
    url = where.url.get_secret_value()
    instead = {
        "password": url.replace(PASSWORD, f"{PASSWORD}x"),
        "host": url.replace("127.0.0.1", "nowhere.invalid"),
        "database": f"{url}x",
        "port": url.replace(str(server.port), "1"),
        "address": url.replace(str(server.port), "port") + f"?password={PASSWORD}",
    }
    said = ""
    with suppress(StoreUnavailable):
        try:
            async with await Store.open(remote(instead[wrong], where.path.parent), KEY) as store:
                said = str(store.database.refused)
        except StoreUnavailable as error:
            said = str(error)
            raise
    assert said.startswith(("The database postgresql://", "`database.url` can't be understood"))
    assert PASSWORD not in said + caplog.text
    assert PASSWORD not in str(where)
    assert "immunobot:" not in said
