"""Two processes that publish on the same files and the same database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.publishing.publish import Publisher
from bot.store.usage import Store

from ..databases import KEY, Where
from .helpers import desk_on


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """The writable folder; it isn't there yet."""
    return tmp_path / "data" / "changes"


@pytest_asyncio.fixture
async def desk(folder: Path, changes: Path, where: Where) -> AsyncIterator[Publisher]:
    store = await Store.open(where, KEY)
    yield desk_on(folder, changes, store)
    await store.close()


@pytest_asyncio.fixture
async def other(folder: Path, changes: Path, where: Where) -> AsyncIterator[Publisher]:
    """Another process on the same files and the same database."""
    store = await Store.open(where, KEY)
    yield desk_on(folder, changes, store)
    await store.close()
