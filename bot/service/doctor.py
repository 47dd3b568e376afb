"""`immunobot doctor`: what would stop the bot or hinder it, each in one line with what to do. Nothing is changed or made."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import time
import zoneinfo
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from platform import python_version

import aiohttp
import discord

from bot.errors import PlainError
from bot.knowledge.due import due
from bot.knowledge.library import KnowledgeError, Library
from bot.knowledge.watch import cant_watch
from bot.language import ENGLISH, LANGUAGES
from bot.publishing.backup import overdue
from bot.service.asked import Finding, State, asked
from bot.settings import Config
from bot.store.errors import StoreUnavailable, advice
from bot.store.keys import is_open_to_all
from bot.store.migrations import migrations
from bot.store.sqlite import FOUND, OLDEST, Database

MB = 1_000_000

SCARCE, NONE = 500 * MB, 20 * MB
"""Room on the disk below which it is time to look, and below which nothing can be kept."""


async def examine(load: Callable[[], Config], files: list[Path]) -> AsyncIterator[Finding]:
    """Yield what comes of each check; `files` may hold a secret. Where the settings are wrong, only the machine is."""
    for each in (_python(), _libraries(), _time_zone()):
        yield each
    try:
        config = load()
    except PlainError as error:
        for line in str(error).splitlines():
            yield Finding("settings", "stops", line)
        return
    yield _settings(config)
    async for each in asked(config):
        yield each
    yield await _database(config)
    yield _backups(config)
    yield _room(config)
    yield _modes(config, files)
    for each in await asyncio.to_thread(lambda: [*_knowledge(config)]):
        yield each
    yield _changes(config)
    yield _watches(config)
    yield _port(config)


def _python() -> Finding:
    found, needed = (".".join(map(str, version)) for version in (FOUND, OLDEST))
    if FOUND < OLDEST:
        return Finding("python", "stops", f"its SQLite is {found}, and {needed} or newer is needed; take a newer Python")
    return Finding("python", "ok", f"Python {python_version()} with SQLite {found}")


def _libraries() -> Finding:
    versions = f"discord.py {discord.__version__}, aiohttp {aiohttp.__version__}"
    if discord.version_info[:2] != (2, 7):
        return Finding("libraries", "look", f"{versions}; this bot was made for 2.7: pip install 'discord.py>=2.7.1,<2.8'")
    missing = [extra for extra, module in (("fast", "uvloop"), ("plot", "matplotlib")) if not find_spec(module)]
    more = f"; without the extras {' and '.join(missing)}, it is slower or /stats has no picture" if missing else ""
    return Finding("libraries", "ok", versions + more)


def _time_zone() -> Finding:
    name = os.environ.get("TZ", "").lstrip(":")
    try:
        if name and not name.startswith("/"):
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return Finding("time zone", "look", "TZ names no zone that is known here; write one as in TZ=Europe/Madrid")
    return Finding("time zone", "ok", f"the log's is {time.strftime('%Z')}; days are counted in UTC")


def _settings(config: Config) -> Finding:
    missing = [key for key in ("contact", "privacy_url", "emergency") if not getattr(config.operator, key)]
    if missing:
        names = ", ".join(f"operator.{key}" for key in missing)
        return Finding("settings", "look", f"members would miss {names}; write that into config.yaml")
    return Finding("settings", "ok", "all are good")


async def _database(config: Config) -> Finding:
    path, known = config.database_path(), len(migrations())
    if not path.exists():
        folder = _there(path.parent)
        if not os.access(folder, os.W_OK | os.X_OK):
            return Finding("database", "stops", f"it can't be made in {path.parent}: {advice(path, PermissionError())}")
        return Finding("database", "ok", f"none yet; {path} is made at the first start")
    try:
        version, found = await Database(path).read(
            lambda ask: (int(ask("PRAGMA user_version")[0][0]), str(ask("PRAGMA integrity_check(1)")[0][0]))
        )
    except StoreUnavailable as error:
        return Finding("database", "stops", str(error))
    if found != "ok":
        what = f"{path} is damaged; stop the bot and put a backup in its place, else it is set aside and a new one begun"
        return Finding("database", "stops", what)
    if version > known:
        return Finding("database", "stops", f"{path} was written by a newer immunobot; upgrade this one")
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return Finding("database", "stops", f"{path} can't be written: {advice(path, PermissionError())}")
    if not config.privacy.secret.get_secret_value() and not path.with_suffix(".secret").exists():
        what = f"its key {path.with_suffix('.secret')} is gone; put a backup of it there, or nobody of before can be found"
        return Finding("database", "look", what)
    older = f"; the next start brings it from schema {version} to {known}" if version < known else ""
    return Finding("database", "ok", f"{path} is whole{older}")


def _backups(config: Config) -> Finding:
    if config.backup.hours is None:
        what = "the bot makes none; set backup.every: 1d, unless something else runs `immunobot backup`"
        return Finding("backups", "look", what)
    if overdue(config, datetime.now(UTC)):
        return Finding(
            "backups", "look", "the last one is twice as old as backup.every says; look in the log why none was made"
        )
    return Finding("backups", "ok", f"one is made every {config.backup.hours} h; the key of the hashes is in none of them")


def _room(config: Config) -> Finding:
    folder = _there(config.database_path().parent)
    free = shutil.disk_usage(folder).free
    state: State = "stops" if free < NONE else "look" if free < SCARCE else "ok"
    return Finding("room", state, f"{free // MB} MB are free on the disk of {folder}" + "; make room" * (state != "ok"))


def _modes(config: Config, files: list[Path]) -> Finding:
    path = config.database_path()
    secret = bool(config.discord.token or config.privacy.secret)
    opened = [str(each) for each in (path, path.with_suffix(".secret"), *(files if secret else [])) if is_open_to_all(each)]
    if opened:
        names = " ".join(opened)
        return Finding("modes of files", "look", f"everyone on this machine may read {names}; run: chmod 600 {names}")
    return Finding("modes of files", "ok", "what is secret is its owner's alone")


def _knowledge(config: Config) -> Iterator[Finding]:
    try:
        library = Library(config.knowledge_paths())
    except KnowledgeError as error:
        found = f"of {len(error.problems)} errors the first: {error.problems[0]}; `immunobot check` lists them all"
        yield Finding("knowledge", "stops", found)
        return
    current, today = library.current, datetime.now(UTC).date()
    if wrong := library.problems or current.warnings:
        text = f"of {len(wrong)} problems the first: {wrong[0]}; `immunobot check` lists them all"
        yield Finding("knowledge", "look", text)
    else:
        yield Finding("knowledge", "ok", f"{len(current.entries)} entries without a mistake")
    late = [each for each in due(current.entries.values(), today, config.knowledge) if each.overdue]
    numbers = current.helplines.due(today) if current.helplines else {}
    if late or numbers:
        text = f"{len(late)} entries, and the numbers of {len(numbers)} countries; `immunobot check --due` lists them"
        yield Finding("checks that are due", "look", text)
    else:
        yield Finding("checks that are due", "ok", "none is too old")
    for code in (each for each in LANGUAGES if each != ENGLISH):
        said = current.translations.get(code, {})
        done = sum("short" in said.get(entry_id, {}) for entry_id in current.entries)
        text = f"{done} of {len(current.entries)} entries; the others are shown in English, which is said there"
        yield Finding(f"translated ({code})", "ok", text)


def _changes(config: Config) -> Finding:
    path = config.changes_path()
    if path is None:
        return Finding("changes", "ok", "turned off (knowledge.changes: none)")
    folder = _there(path)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        who = os.getuid() if hasattr(os, "getuid") else "?"
        what = f"user {who} may not write to {folder}, so moderators can change nothing; give the folder to that user"
        return Finding("changes", "look", what)
    return Finding("changes", "ok", f"what moderators change is written to {path}")


def _watches(config: Config) -> Finding:
    if reason := cant_watch([path for path in config.knowledge_paths() if path.is_dir()]):
        what = f"{reason}, so the folders are looked at each second; raise fs.inotify.max_user_watches and _instances"
        return Finding("watches", "look", what)
    return Finding("watches", "ok", "a file that is saved is live at once")


def _port(config: Config) -> Finding:
    host, port = config.service.host, config.service.port
    if not port:
        return Finding("port", "ok", "nothing is served (service.port)")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding("port", "look", f"{port} is in use, by the bot if it runs; else set another service.port")
        return Finding("port", "stops", f"{port} of service.host can't be listened on ({error.strerror}); correct them")
    return Finding("port", "ok", f"{port} is free")


def _there(path: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
