"""`immunobot doctor`: what would stop the bot or hinder it, each in one line with what to do. Nothing is changed or made."""

import asyncio
import errno
import os
import shutil
import socket
import time
import zoneinfo
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from platform import python_version

import aiohttp
import discord

from bot.errors import PlainError
from bot.knowledge.due import due
from bot.knowledge.library import KnowledgeError, Library, Snapshot
from bot.knowledge.watch import cant_watch
from bot.language import ENGLISH, LANGUAGES
from bot.publishing.backup import overdue
from bot.service.asked import Finding, Look, asked, found
from bot.settings import Config
from bot.store.database import database_at
from bot.store.errors import advice
from bot.store.keys import is_open_to_all
from bot.store.migrations import migrations
from bot.store.sqlite import FOUND, OLDEST, Sqlite

MB = 1_000_000

SCARCE, NONE = 500 * MB, 20 * MB
"""Room on the disk below which it is time to look, and below which nothing can be kept."""

_ALL = "`immunobot check` lists them all"


async def examine(load: Callable[[], Config], files: list[Path]) -> AsyncIterator[Finding]:
    """Yield what comes of each check; `files` may hold a secret. Where the settings are wrong, only the machine is."""
    for check, of_machine in (("python", _python), ("libraries", _libraries), ("time zone", _time_zone)):
        yield await found(check, of_machine)
    try:
        config = load()
    except PlainError as error:
        for line in str(error).splitlines():
            yield Finding("settings", "stops", line)
        return
    yield await found("settings", partial(_settings, config))
    async for each in asked(config):
        yield each
    for check, judge in (("database", _database), ("backups", _backups), ("room", _room)):
        yield await found(check, partial(judge, config))
    yield await found("modes of files", partial(_modes, config, files))
    library: list[Library] = []
    yield await found("knowledge", partial(asyncio.to_thread, _knowledge, config, library))
    if library:
        yield await found("checks that are due", partial(_due, config, library[0].current))
        yield Finding("translated", "ok", "; ".join(_translated(library[0].current)))
    for check, judge in (("changes", _changes), ("watches", _watches), ("port", _port)):
        yield await found(check, partial(judge, config))
    if config.discord.mode == "http":
        taken = partial(_free, "http", config.http.host, config.http.port, "/interactions", b"405\n")
        yield await found("port over HTTP", taken)


def _python() -> str:
    sqlite, needed = (".".join(map(str, version)) for version in (FOUND, OLDEST))
    if FOUND < OLDEST:
        raise PlainError(f"its SQLite is {sqlite}, and {needed} or newer is needed; take a newer Python")
    return f"Python {python_version()} with SQLite {sqlite}"


def _libraries() -> str:
    versions = f"discord.py {discord.__version__}, aiohttp {aiohttp.__version__}"
    if discord.version_info[:2] != (2, 7):
        raise Look(f"{versions}; this bot was made for 2.7: pip install 'discord.py>=2.7.1,<2.8'")
    missing = [extra for extra, module in (("fast", "uvloop"), ("plot", "matplotlib")) if not find_spec(module)]
    return versions + f"; without the extra {' and '.join(missing)}, which README explains" * bool(missing)


def _time_zone() -> str:
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name and not name.startswith("/"):
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Look("TZ names no zone that is known here; write one as in TZ=Europe/Madrid") from None
    return f"the log's is {time.strftime('%Z')}; days are counted in UTC"


def _settings(config: Config) -> str:
    missing = [key for key in ("contact", "privacy_url", "emergency") if not getattr(config.operator, key)]
    if missing:
        raise Look(f"members would miss {', '.join(f'operator.{key}' for key in missing)}; write that into config.yaml")
    return "all are good"


async def _database(config: Config) -> str:
    if config.is_remote:
        database = database_at(config.database_at())
        version, known = await database.schema()
        if version > known:
            raise PlainError(f"{database} was written by a newer immunobot; upgrade this one")
        return f"{database} answers" + f"; the next start brings it from schema {version} to {known}" * (version < known)
    path, known = config.database_path(), len(migrations())
    if not os.access(path if path.exists() else _there(path.parent), os.W_OK) or not os.access(_there(path.parent), os.W_OK):
        raise PlainError(f"{path} can't be written: {advice(path, PermissionError())}")
    if not path.exists():
        return f"none yet; {path} is made at the first start"
    version, whole = await Sqlite(path).read(
        lambda ask: (int(ask("PRAGMA user_version")[0][0]), ask("PRAGMA integrity_check(1)") == [("ok",)])
    )
    if not whole:
        raise PlainError(f"{path} is damaged; stop the bot and put a backup in its place, else a new one is begun")
    if version > known:
        raise PlainError(f"{path} was written by a newer immunobot; upgrade this one")
    if not config.privacy.secret and not path.with_suffix(".secret").exists():
        raise Look(
            f"its key {path.with_suffix('.secret')} is gone; put a backup of it there, or nobody of before can be found"
        )
    return f"{path} is whole" + f"; the next start brings it from schema {version} to {known}" * (version < known)


def _backups(config: Config) -> str:
    if config.is_remote:
        return "what the bot keeps is all in PostgreSQL: back that up with pg_dump"
    if config.backup.hours is None:
        raise Look("the bot makes none; set backup.every: 1d, unless something else runs `immunobot backup`")
    if overdue(config, datetime.now(UTC)):
        raise Look("the last one is twice as old as backup.every says; the log says why")
    return f"one is made every {config.backup.hours} h; the key of the hashes is in none of them"


def _room(config: Config) -> str:
    folder = _there(config.database_path().parent)
    free = shutil.disk_usage(folder).free
    text = f"{free // MB} MB are free on the disk of {folder}"
    if free < SCARCE:
        raise (PlainError if free < NONE else Look)(f"{text}; make room")
    return text


def _modes(config: Config, files: list[Path]) -> str:
    path = config.database_path()
    secret = files if config.discord.token or config.privacy.secret else []
    if names := " ".join(str(each) for each in (path, path.with_suffix(".secret"), *secret) if is_open_to_all(each)):
        raise Look(f"everyone on this machine may read {names}; run: chmod 600 {names}")
    return "what is secret is its owner's alone"


def _knowledge(config: Config, library: list[Library]) -> str:
    try:
        library.append(made := Library(config.knowledge_paths()))
    except KnowledgeError as error:
        raise PlainError(f"of {len(error.problems)} errors the first: {error.problems[0]}; {_ALL}") from None
    if wrong := made.problems or made.current.warnings:
        raise Look(f"of {len(wrong)} problems the first: {wrong[0]}; {_ALL}")
    return f"{len(made.current.entries)} entries without a mistake"


def _due(config: Config, current: Snapshot) -> str:
    today = datetime.now(UTC).date()
    late = [each for each in due(current.entries.values(), today, config.knowledge) if each.overdue]
    numbers = current.helplines.due(today) if current.helplines else {}
    if late or numbers:
        raise Look(f"{len(late)} entries, and the numbers of {len(numbers)} countries; `immunobot check --due` lists them")
    return "none is too old"


def _translated(current: Snapshot) -> Iterator[str]:
    for code in (each for each in LANGUAGES if each != ENGLISH):
        done = sum("short" in current.translations.get(code, {}).get(entry_id, {}) for entry_id in current.entries)
        yield f"{done} of {len(current.entries)} entries ({code}), the others are shown in English, which is said there"


def _changes(config: Config) -> str:
    path = config.changes_path()
    if path is None:
        return "turned off (knowledge.changes: none)"
    folder = _there(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        who = os.getuid() if hasattr(os, "getuid") else "?"
        raise Look(f"user {who} may not write to {folder}, so moderators can change nothing; give the folder to that user")
    return f"what moderators change is written to {path}"


def _watches(config: Config) -> str:
    if reason := cant_watch([path for path in config.knowledge_paths() if path.is_dir()]):
        raise Look(f"{reason}, so the folders are looked at each second; raise fs.inotify.max_user_watches and _instances")
    return "a file that is saved is live at once"


def _port(config: Config) -> str:
    host, port = config.service.host, config.service.port
    return _free("service", host, port, "/healthz", b"alive\n") if port else "nothing is served (service.port)"


def _free(section: str, host: str, port: int, page: str, said: bytes) -> str:
    """Return why a port can be listened on, or that the bot does: it says this on that page."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(address[:2], family=family):
            return f"{port} is free"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            if _is_bot(host, port, page, said):
                return f"{port} is that of the bot, which runs"
            raise Look(f"{port} is in use by another program; set another {section}.port") from None
        raise PlainError(f"{port} of {section}.host can't be listened on ({error.strerror}); correct them") from None


def _is_bot(host: str, port: int, page: str, said: bytes) -> bool:
    """Say whether the bot answers there; no proxy is asked."""
    connection = HTTPConnection(host, port, timeout=2)
    with suppress(OSError, HTTPException), closing(connection):
        connection.request("GET", page)
        return connection.getresponse().read() == said
    return False


def _there(path: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
