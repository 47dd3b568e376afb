"""A store of its own for what is kept of messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.store.usage import Store

from ..databases import KEY, Where


@pytest_asyncio.fixture
async def store(where: Where) -> AsyncIterator[Store]:
    store = await Store.open(where, KEY)
    yield store
    await store.close()
