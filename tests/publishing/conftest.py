"""Two processes that publish on the same files and the same database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.publishing.publish import Publisher
from bot.store.usage import Store

from .helpers import desk_on


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    """The writable folder; it isn't there yet."""
    return tmp_path / "data" / "changes"


@pytest_asyncio.fixture
async def desk(folder: Path, changes: Path, tmp_path: Path) -> AsyncIterator[Publisher]:
    store = await Store.open(tmp_path / "immunobot.db")
    yield desk_on(folder, changes, store)
    await store.close()


@pytest_asyncio.fixture
async def other(folder: Path, changes: Path, tmp_path: Path) -> AsyncIterator[Publisher]:
    """Another process on the same files and the same database."""
    store = await Store.open(tmp_path / "immunobot.db")
    yield desk_on(folder, changes, store)
    await store.close()
