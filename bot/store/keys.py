"""The key of the hashes: the one that was given, or one in a file beside the database, which knows it again."""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import NO_KEY
from bot.store.errors import StoreUnavailable, advice

if TYPE_CHECKING:
    from bot.store.keyed import Keyed

log = logging.getLogger(__name__)

KEY, KEY_CHANGED = "key", "key changed"
"""In the table `state`: what the key is known by, and the last day on which it was found to be another one."""

LAST_BEFORE = "last message before the key"
"""In the table `state`: the number of the last message whose sender's hash was made with an older key."""


def hash_key(given: str, path: Path | None, *, make: bool = True, known: bytes = b"") -> bytes:
    """Return the key of the hashes: the one given, else one made at first start (unless told not to) in this file.

    Its file is its owner's alone; where that was deleted, the key that is known already is put back. Raises
    StoreUnavailable.
    """
    if given:
        return given.encode()
    if path is None:
        raise StoreUnavailable(f"{NO_KEY}.", lasts=True)
    try:
        if make and not path.exists():
            _make_key(path, known.decode() or secrets.token_hex(32))
        if known:
            return known
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise StoreUnavailable(
            f"The key {path} is not there, and without it nobody can be found; put a backup of it there, or set "
            "privacy.secret as it is where the bot runs."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnavailable(f"The key {path} can't be read or made: {advice(path, error)}") from None
    if len(key) < 32:
        what = f"The key {path} is damaged; put a backup of it there, or delete it to have a new one made."
        raise StoreUnavailable(what, lasts=True)
    return key.encode()


def is_open_to_all(file: Path) -> bool:
    """Say whether everyone on this machine may read a file; Windows has no such modes."""
    try:
        return os.name != "nt" and bool(file.stat().st_mode & 0o004)
    except OSError:
        return False


def _make_key(path: Path, key: str) -> None:
    """Put a key there, whole at once: of processes that start together, all read the one that was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())  # a key that a power cut empties would be damaged for good
        os.link(made, path)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreUnavailable(
            f"The key {path} can't be made there ({error.strerror}); set privacy.secret to a long random text."
        ) from None
    finally:
        Path(made).unlink()


def save(key: bytes, path: Path) -> None:
    """Write a key to a file that is its owner's alone, and was not there before. Raises StoreUnavailable."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(key + b"\n")
    except OSError as error:
        raise StoreUnavailable(f"The key can't be written to {path} ({error.strerror}); name another file.") from None


def saved(path: Path, wanted: str) -> bytes:
    """Return the key that `save` wrote, if it is the one that is wanted. Raises StoreUnavailable."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise StoreUnavailable(f"The key {path} can't be read ({error.strerror}); check its name and permissions.") from None
    if mark(key) != wanted:
        raise StoreUnavailable(f"{path} is not the key of this backup; name the file that was written with it.")
    return key


def hashed(key: bytes, purpose: str, value: object) -> str:
    """Return a keyed hash (HMAC-SHA-256, its first 16 bytes) for one purpose; those of two purposes can't be joined."""
    return hmac.digest(key, f"{purpose}:{value}".encode(), "sha256").hex()[:32]


def mark(key: bytes) -> str:
    """Return what the key is known again by: a hash of its own."""
    return hashed(key, "key", "mark")


async def check(store: Keyed) -> None:
    """Raise StoreUnavailable where the database was last used with another key than it has now."""
    if await store.get_state(KEY) not in (None, mark(store.key)):
        raise StoreUnavailable(
            f"This key of the hashes is not the one that the database {store.database} was last used with, so nobody can be "
            "found; set privacy.secret as it is where the bot runs."
        )


async def note(store: Keyed, *, anew: bool) -> None:
    """Note the first key; `anew` also another one than at the last start, and say so, once."""
    now = mark(store.key)
    try:
        former = await store.get_state(KEY)
        if former == now or not (anew or former is None):
            return
        if former is not None:
            log.warning(
                "The key of the hashes (privacy.secret) has changed: what was kept under the older one can no longer be "
                "matched, so it can't be shown or deleted on request, and expires; who did not want to be counted is "
                "counted again, and servers' settings are the default ones. The older key would bring all that back."
            )
            await store.set_state(KEY_CHANGED, datetime.now(UTC).date().isoformat())
            ((last,),) = await store.execute("SELECT coalesce(MAX(number), 0) FROM messages")
            await store.set_state(LAST_BEFORE, str(last))
        await store.set_state(KEY, now)
    except StoreUnavailable as error:
        log.warning("Whether the key of the hashes has changed could not be checked (%s).", error.reason)
