"""The commands of the command line about what is kept: `stats`, `privacy`, `db`, `backup`, `restore`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import USAGE, PlainError

if TYPE_CHECKING:
    from bot.settings import Config
    from bot.store.statistics import Figures

# Of `stats`: the columns, the one that is told in detail, and the most that --days takes.
STATS_DAYS = (1, 7, 30, 90)
STATS_DETAILED = 30
STATS_MOST = 3660


def add_commands(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Add them to the command line."""
    stats = command("stats", _stats, "print how often the bot was used")
    stats.add_argument(
        "--days",
        type=whole(1, STATS_MOST, "days are"),
        metavar="N",
        help="how far back (default: today, 7, 30 and 90 days)",
    )
    stats.add_argument("--plot", metavar="FILE", help="also draw answers and people of each day, as a PNG")
    stats.add_argument("--json", action="store_true", help="print the figures as JSON")
    privacy = command("privacy", _privacy, "delete what is old, or show or delete what belongs to one person")
    privacy.add_argument("what", choices=("purge", "export", "delete"), help="purge: what is older than retention_days")
    privacy.add_argument("--user-id", type=int, metavar="N", help="the person, for export and delete")
    db = command("db", _db, "say what is in the database, bring it up to date, or move a SQLite file into PostgreSQL")
    db.add_argument("what", choices=("status", "migrate", "move"), help="move: into the database that database.url names")
    db.add_argument("--from", dest="source", type=Path, metavar="FILE", help="for move: the SQLite file")
    backup = command("backup", _backup, "write the database and the changed entries into one file, while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="what to write, as in immunobot-2026-11-30.zip")
    backup.add_argument("--key-to", type=Path, metavar="FILE", help="also write the key of the hashes, which is never in it")
    restore = command("restore", _restore, "put a backup in the place of the database and the changed entries")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    restore.add_argument("--check", action="store_true", help="only say whether it is whole")
    restore.add_argument("--force", action="store_true", help="even where a database is, which is backed up first")
    restore.add_argument("--key-from", type=Path, metavar="FILE", help="also put back the key that --key-to wrote")


def whole(least: int, most: int, what: str) -> Callable[[str], int]:
    """Return what reads an option that is a whole number within bounds."""

    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{what} a number from {least} to {most}")
        return int(text)

    return number


def as_json(answer: Any) -> str:
    """Return JSON that the terminal has letters for."""
    only_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(answer, ensure_ascii=only_ascii, indent=2, default=str)


def config_of(args: argparse.Namespace) -> Config:
    """Return the settings that the command line and the environment name. Raises PlainError."""
    from bot.setting_sources import load

    return load(Path(args.config) if args.config else None, os.environ)


def _stats(args: argparse.Namespace) -> int:
    from bot.knowledge.files import read_folder
    from bot.knowledge.kinds import may_be_urgent
    from bot.store.statistics import read
    from bot.store.usage import Store

    config = config_of(args)
    path = config.database_path()
    if not config.is_remote and not path.exists():
        raise PlainError(f"there is no database {path} yet; nothing was asked.")

    entries = {entry_id: found.entry for entry_id, found in read_folder(*config.knowledge_paths()).entries.items()}

    async def work() -> dict[int, Figures]:
        async with await Store.open_without_key(config.database_at()) as store:  # brings an older database up to date
            spans = [args.days] if args.days else STATS_DAYS
            return {days: await read(store, days, urgent=partial(may_be_urgent, entries)) for days in spans}

    found = asyncio.run(work())
    detailed = found[args.days or STATS_DETAILED]
    if args.json:
        print(as_json({days: asdict(figures) for days, figures in found.items()}))
    else:
        _print_stats(found)
        _print_counts(detailed)
    return _plot(detailed, Path(args.plot)) if args.plot else 0


def _print_stats(found: dict[int, Figures]) -> None:
    """Print a column for each span of days."""

    def share(count: int, figures: Figures) -> str:
        named = figures.found + figures.offered + figures.nothing
        return f"{count / named:.0%}" if named else "-"

    def ms(time: float | None) -> str:
        return "-" if time is None else f"{time:g} ms"

    lines: dict[str, list[str]] = {
        "": ["today" if days == 1 else f"{days} days" for days in found],
        "answers": [str(f.answers) for f in found.values()],
        "people": ["fewer than 10" if f.people is None else f"at least {f.people}" for f in found.values()],
        "names found": [share(f.found, f) for f in found.values()],
        "names offered": [share(f.offered, f) for f in found.values()],
        "names not found": [share(f.nothing, f) for f in found.values()],
        "failed": [str(f.failed) for f in found.values()],
        "half ready within": [ms(f.p50) for f in found.values()],
        "95% ready within": [ms(f.p95) for f in found.values()],
    }
    for name, cells in lines.items():
        print(f"{name:18}" + "".join(f"{cell:>15}" for cell in cells))


def _print_counts(figures: Figures) -> None:
    """Print what was counted apart: entries, languages, places, commands."""
    parts = {"shown most": figures.entries, "languages": figures.languages, "places": figures.places}
    for title, counts in (parts | {"commands": figures.commands}).items():
        if counts:
            print(f"\n{title}, {'today' if len(figures.days) == 1 else f'{len(figures.days)} days'}:")
            for name, count in counts.items():
                print(f"  {count:>8}  {name}")
    if figures.answered:
        print("\ndid it answer (yes, partly, no):")
    for name, said in figures.answered.items():
        print(f"  {'/'.join(map(str, said)):>8}  {name}")


def _plot(figures: Figures, path: Path) -> int:
    from bot.features.figures.picture import png
    from bot.features.figures.stats import drawing

    try:
        path.write_bytes(png(drawing(figures)))
    except OSError as error:
        raise PlainError(f"{path} can't be written ({error.strerror}); name another file after --plot.", USAGE) from None
    print(f"The picture is in {path}.", file=sys.stderr)
    return 0


def _privacy(args: argparse.Namespace) -> int:
    from bot.store import privacy
    from bot.store.usage import Store

    config = config_of(args)
    where, days = config.database_at(), config.privacy.retention_days
    if args.what != "purge" and args.user_id is None:
        raise PlainError(f"`privacy {args.what}` needs --user-id, the number Discord has for the person.", USAGE)

    async def work() -> str:
        # What is old is nobody's to find: it goes without the key.
        if args.what == "purge":
            async with await Store.open_without_key(where) as store:
                return f"{await privacy.expire(store, days)} rows older than {days} days were deleted."
        async with await Store.open_again(where, config.privacy.secret.get_secret_value()) as store:
            if day := await privacy.key_changed(store, days):
                older = f"The key of the hashes changed on {day}: what is older can't be found any more, and expires."
                _warn(older)
            if args.what == "export":
                return as_json(await privacy.export(store, args.user_id))
            return f"{await privacy.delete(store, args.user_id)} rows were deleted."

    print(asyncio.run(work()))
    return 0


def _db(args: argparse.Namespace) -> int:
    from bot.store.database import database_at

    config = config_of(args)
    if args.what == "move":
        return asyncio.run(_move(config, args.source))

    async def work() -> None:
        database = database_at(config.database_at(), make=args.what == "migrate")
        version, known = await database.schema()
        if args.what == "migrate":
            await database.look()
            await database.close()
            done = "was up to date already" if version == known else f"was brought from schema {version} to {known}"
            print(f"{database} {done}.")
        else:
            print(f"{database}: schema {version} of {known}.")
            if version == known:
                from bot.store.tables import counts

                await database.look()
                for table, count in (await counts(database)).items():
                    print(f"{count:>10,}  {table}")
                await database.close()

    asyncio.run(work())
    return 0


async def _move(config: Config, file: Path | None) -> int:
    from bot.store.database import database_at
    from bot.store.sqlite_file import is_ours_alone

    if file is None or not config.is_remote:
        raise PlainError("Name the SQLite file after --from, and set database.url to where it is to be moved.", USAGE)
    from bot.store.move import move
    from bot.store.postgres import Postgres

    source, target = database_at(file, make=False), database_at(config.database_at())
    assert isinstance(target, Postgres)
    if await asyncio.to_thread(file.exists) and not is_ours_alone(file):
        raise PlainError(f"The bot, or another program, has the database {file} open; stop it first.")

    def told(table: str, done: int, count: int) -> None:
        end = "\n" if done == count or not sys.stderr.isatty() else "\r"
        print(f"{table}: {done:,} of {count:,}", end=end, file=sys.stderr, flush=True)

    try:
        await source.look()
        await target.look()
        moved = await move(source, target, config.privacy.secret.get_secret_value().encode(), told)
    finally:
        await source.close()
        await target.close()
    print(f"{sum(moved.values()):,} rows of {len(moved)} tables are in {target}, and as many are in {file}.")
    print("Start the bot with this database.url; delete the file when it is of no use any more.")
    return 0


def _backup(args: argparse.Namespace) -> int:
    from bot.publishing.backup import make
    from bot.publishing.folders import Folders
    from bot.store import keys

    config = config_of(args)
    _only_sqlite(config, "pg_dump backs it up: all that the bot keeps is in it, the changed entries as its history")
    path, key_to = config.database_path(), args.key_to
    _as_its_user(path)
    key = keys.hash_key(config.privacy.secret.get_secret_value(), path.with_suffix(".secret"), make=False) if key_to else b""
    if key_to and key_to.exists():
        raise PlainError(f"{key_to} is there already, and no key is written over anything; name another file.", USAGE)
    backup = asyncio.run(make(path, Folders.of(config), args.file))
    print(backup)
    for file in backup.left_out:
        _warn(f"{file} is no text, so it is not in the backup; save it as UTF-8.")
    if key_to:
        if backup.key not in ("", keys.mark(key)):
            what = "The key was not written: it is not the one that the database was last used with"
            raise PlainError(f"{what}; set privacy.secret as it is where the bot runs.")
        keys.save(key, key_to)
        what = f"The key is in {key_to}. Keep it apart from backups, as in a password manager: with both, it can be found "
        what += "out on which days somebody was there. Without it a restored database knows nobody, nor who opted out."
        _warn(what)
    return 0


def _restore(args: argparse.Namespace) -> int:
    from bot.publishing.backup import restore
    from bot.publishing.folders import Folders
    from bot.store import backups, keys

    backup = backups.read(args.file)
    if args.check:
        print(backup)
        return 0
    config = config_of(args)
    _only_sqlite(config, "pg_restore puts back what pg_dump wrote; a backup of SQLite comes there with `immunobot db move`")
    path, secret = config.database_path(), config.privacy.secret.get_secret_value()
    _as_its_user(path)
    if args.key_from and secret:
        raise PlainError("privacy.secret is the key already; leave --key-from out, or privacy.secret.", USAGE)
    key = keys.saved(args.key_from, backup.key) if args.key_from else b""
    done, beware = asyncio.run(restore(backup, path, Folders.of(config), force=args.force))
    beside = path.with_suffix(".secret")
    if key and not beside.exists():
        keys.save(key, beside)
    print("\n".join(done))
    if not secret and not beside.exists():
        beware.append(
            f"The key is not here, and another one would be made, for which nobody opted out: put it back as {beside}."
        )
    elif backup.key not in ("", keys.mark(keys.hash_key(secret, beside, make=False))):
        beware.append("The key here is another one than the backup's, with which nobody opted out: put that one back.")
    for each in beware:
        _warn(each)
    return 0


def _warn(text: str) -> None:
    print(f"immunobot: {text}", file=sys.stderr)


def _only_sqlite(config: Config, instead: str) -> None:
    """Refuse to pack or put back a database of which its server's own tools do that better."""
    if config.is_remote:
        raise PlainError(f"The database is PostgreSQL: {instead}. docs/operating.md says how.", USAGE)


def _as_its_user(path: Path) -> None:
    """Refuse to make files as root that the bot, which is another user, then couldn't write to."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists()).stat()
    if hasattr(os, "geteuid") and not os.geteuid() and there.st_uid:
        raise PlainError(f"Run this as the user that the bot runs as: sudo -u '#{there.st_uid}' immunobot ...", USAGE)
