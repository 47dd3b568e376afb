"""Keep the knowledge live: reload what is saved, write it into the history, and tell the moderators of errors once."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator

from bot.features.desk.files import problems, problems_text
from bot.features.desk.work import publisher_of, shown_to_moderators, taken
from bot.interactions.message import Message
from bot.interactions.notices import notify, spoken_there
from bot.knowledge.watch import watching
from bot.language import _, speaking
from bot.publishing.folders import FolderError
from bot.publishing.recover import alone
from bot.service.client import Client
from bot.store import history
from bot.store.errors import StoreUnavailable

log = logging.getLogger(__name__)

_TOLD = "errors told"


class Live:
    """Reloads on demand, one reload at a time; what is saved during one is loaded by one more."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._reloading: asyncio.Task[None] | None = None
        self._again = False
        self._hearing = set[asyncio.Task[None]]()

    def hear_soon(self) -> None:
        """Reload where another process has changed the knowledge, which the database told of."""
        task = asyncio.create_task(self._hear(), name="knowledge-hearer")
        self._hearing.add(task)
        task.add_done_callback(self._hearing.discard)

    async def _hear(self) -> None:
        deps = self._client.deps
        with contextlib.suppress(StoreUnavailable):  # it is looked again once the database is there
            async with _nothing_published(self._client):  # what this process publishes it knows by then
                known = await history.standing(deps.store) == deps.library.remembered
            if not known:
                self.reload_soon()

    def reload_soon(self) -> None:
        """Reload, or once more after the reload that is under way."""
        if self._reloading is not None and not self._reloading.done():
            self._again = True
        else:
            self._reloading = asyncio.create_task(self._reload(), name="knowledge-reload")

    async def _reload(self) -> None:
        while True:
            self._again = False
            try:
                await reload(self._client)
            except Exception as error:  # a mistake of ours: what is saved next is reloaded all the same
                log.error("The knowledge was not reloaded.", exc_info=error)
            if not self._again:
                return

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Reload whenever a file is saved in one of the folders, those that are made later too.

        What an editor changed while the bot was not running is written into the history after the login: the moderators'
        channel can be told of it from then on, and is told once.
        """
        noting = asyncio.create_task(_tell_after_login(self._client))
        try:
            with watching(self._client.deps.config.knowledge_paths, self.reload_soon):
                yield
        finally:
            self._again = False
            for hearing in self._hearing:
                hearing.cancel()
            if not self._client.logged_in.is_set():
                noting.cancel()
            await asyncio.gather(noting, *filter(None, [self._reloading]), return_exceptions=True)


async def reload(client: Client) -> None:
    """Reload the knowledge with what is asked for most by now; tell of new errors, and of what an editor changed."""
    library, store = client.deps.library, client.deps.store
    library.popularity = await store.asked()
    await _follow(client)
    async with _nothing_published(client):
        with contextlib.suppress(StoreUnavailable):  # what it said the last time holds
            library.remembered = await history.standing(store)
        await library.reload()
    if client.logged_in.is_set():
        await _tell(client)


async def _follow(client: Client) -> None:
    """Put into this process's folder of changes what was changed on other machines."""
    publisher = publisher_of(client)
    try:
        if publisher is not None and publisher.store.database.shared:
            async with alone(publisher.folders, publisher.store):
                pass
    except (StoreUnavailable, FolderError) as error:
        log.warning("What was changed on other machines could not be put into the folder of changes (%s).", error)


@contextlib.asynccontextmanager
async def _nothing_published(client: Client) -> AsyncIterator[None]:
    """Let nothing be published meanwhile, so that no change is read half done; where that can't be had, go on without."""
    publisher = publisher_of(client)
    async with contextlib.AsyncExitStack() as stack:
        with contextlib.suppress(FolderError, OSError):
            if publisher is not None and publisher.folders.changes.is_dir():
                await stack.enter_async_context(publisher.folders.locked())
        yield


async def _tell_after_login(client: Client) -> None:
    await client.logged_in.wait()
    await _tell(client)


async def _tell(client: Client) -> None:
    """Tell the moderators' channel of errors; of what an editor changed, where there are none."""
    with speaking(spoken_there(client)):
        try:
            await _tell_of_errors(client)
        except StoreUnavailable as error:
            log.warning("The moderators could not be told of errors (%s).", error.reason)
        if not client.deps.library.problems:
            await _note_editors(client)


async def _note_editors(client: Client) -> None:
    """Write into the history what an editor changed, and tell the moderators' channel."""
    publisher = publisher_of(client)
    try:
        if publisher is not None and (changed := [*await publisher.note_editors(), *taken(client)]):
            await notify(client, await asyncio.to_thread(shown_to_moderators, changed))
    except (StoreUnavailable, FolderError) as error:
        log.warning("What was changed in an editor could not be written into the history (%s).", error)


async def _tell_of_errors(client: Client) -> None:
    """Tell the moderators' channel of errors, and that they are mended, once of all processes; later where that fails."""
    library = client.deps.library
    found = library.problems or library.current.warnings
    text = problems_text(found)
    digest = hashlib.sha256(text.encode()).hexdigest() if text else ""
    store, channel = client.deps.store, client.deps.config.moderation.channel_id
    former = await store.get_state(_TOLD) or ""
    if channel is None or not await store.set_state(_TOLD, digest):
        return
    message = Message(_("The errors are mended: members see the files as they are now."))
    if text:
        first = _("Something is wrong with the files. Members see all the rest of them.")
        if library.problems:
            first = _("The files have errors, so members still see the last good version.")
        message = problems(found, first)
    told = False
    try:
        told = await notify(client, message)
    finally:
        if not told:
            await store.set_state(_TOLD, former)
