"""The command line: `immunobot run | try | ask | check | sync | stats | privacy`."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import __version__
from bot.errors import BAD_CONFIG, USAGE, PlainError
from bot.knowledge.turns import aside
from bot.printing import due_json, due_lines, level_json, level_lines, print_counts, print_stats
from bot.repeats import Sparingly, Unhurried

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.knowledge.files import Folder
    from bot.settings import Config
    from bot.store.statistics import Figures

# The exit statuses of `ask`, beside those in errors.py.
NOTHING_FOUND, OFFERED = 1, 3

# Of `stats`: the columns, the one that is told in detail, and the most that --days takes.
STATS_DAYS = (1, 7, 30, 90)
STATS_DETAILED = 30
STATS_MOST = 3660


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status. Whatever a person can cause is one plain sentence, no traceback."""
    args = _parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal has no letters for stops no command
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "replace")
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except PlainError as error:
        print(f"immunobot: {error}", file=sys.stderr)
        return error.status


def _json(answer: Any) -> str:
    """Return JSON that the terminal has letters for."""
    only_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(answer, ensure_ascii=only_ascii, indent=2, default=str)


def _config(args: argparse.Namespace) -> Config:
    from bot.setting_sources import load

    return load(Path(args.config) if args.config else None, os.environ)


def _await(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine, on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _run(args: argparse.Namespace) -> int:
    with aside():  # what is imported is kept: looking through it for garbage would take a sixth of the start
        config = _config(args)
        from bot.service import gateway
    if not config.discord.token:
        what = "Set discord.token in config.yaml, or IMMUNOBOT_DISCORD__TOKEN; `immunobot try` needs none."
        raise PlainError(f"There is no token. {what}", BAD_CONFIG)
    _log_to_stderr()
    _await(gateway.run(config))
    return 0


def _sync(args: argparse.Namespace) -> int:
    config = _config(args)
    if not config.discord.token:
        what = "There is no token. Set discord.token in config.yaml, or IMMUNOBOT_DISCORD__TOKEN."
        raise PlainError(what, BAD_CONFIG)
    from bot.service import gateway

    print(f"{_await(gateway.sync(config))} commands are registered with Discord.")
    return 0


def _try(args: argparse.Namespace) -> int:
    from bot.service import tryout

    asyncio.run(tryout.serve(_config(args), port=args.port, browser=args.browser))
    return 0


def _ask(args: argparse.Namespace) -> int:
    from bot.service import tryout

    try:
        answer, outcome = asyncio.run(tryout.ask(_config(args), args.command, as_moderator=args.as_ == "moderator"))
    except ValueError as error:
        print(f"immunobot: {error}", file=sys.stderr)
        return USAGE
    print(_json(answer) if args.json else tryout.as_text(answer))
    return {"served": 0, "offered": OFFERED, "asked which": OFFERED}.get(outcome, NOTHING_FOUND)


def _check(args: argparse.Namespace) -> int:
    paths = (Path(args.folder),) if args.folder else _config(args).knowledge_paths()
    if not paths[0].is_dir():
        raise PlainError(f"{paths[0]} is no folder; name the knowledge folder.", USAGE)
    if args.schemas:
        from bot.knowledge.schema import write

        for path in filter(Path.is_dir, paths):
            try:
                write(path / "schema")
            except OSError as error:
                what = f"{path / 'schema'} can't be written ({error.strerror}); check its permissions."
                raise PlainError(what, USAGE) from None
            print(f"The schemas are in {path / 'schema'}.", file=sys.stderr)
    status = _check_once(args, paths)
    if args.watch:
        from bot.knowledge.watch import each_save

        print("Watching; Ctrl-C ends it.", flush=True)
        for _ in each_save(lambda: paths, threading.Event()):
            print(flush=True)
            status = _check_once(args, paths)
    return status


def _check_once(args: argparse.Namespace, paths: Sequence[Path]) -> int:
    from bot.knowledge.checks import check_folder
    from bot.knowledge.files import read_folder
    from bot.knowledge.plain import hints

    folder = read_folder(*paths)
    problems = check_folder(folder)
    parts = list(_also_checked(args, folder))
    if args.json:
        answer: dict[str, Any] = {"entries": len(folder.entries), "problems": [asdict(problem) for problem in problems]}
        for more, _, _ in parts:
            answer |= more
        print(_json(answer))
    else:
        for problem in problems:
            print(problem)
        if not all(problem.warning for problem in problems):
            print(f"{len(problems)} problems. The bot keeps its last good knowledge until they are mended.")
        elif problems:
            print(f"{len(problems)} warning{'s' * (len(problems) > 1)}. The bot goes on without what it warns of.")
        else:
            print(f"{len(folder.entries)} entries, no problems.")
        if not args.plain and (plainer := sum(1 for _ in hints(folder))):
            print(f"{plainer} things could be said in plainer words; `check --plain` lists them.")
        for line in chain.from_iterable(lines for _, lines, _ in parts):
            print(line)
    sys.stdout.flush()
    return 1 if problems or any(failed for _, _, failed in parts) else 0


def _also_checked(args: argparse.Namespace, folder: Folder) -> Iterator[tuple[dict[str, Any], Iterable[str], bool]]:
    """Yield what else is asked for: as JSON has it, as lines, and whether it is not as it should be."""
    from bot.knowledge import plain, sources, urgency
    from bot.knowledge.due import due
    from bot.knowledge.readability import report

    entries = [read.entry for read in folder.entries.values()]
    if args.readability:
        level = report(entries)
        yield {"readability": level_json(level)}, level_lines(level), not level.reached
    if args.due:
        today = datetime.now(UTC).date()
        late = due(entries, today, _config(args).knowledge)
        numbers = folder.helplines.due(today) if folder.helplines else {}
        days = {code: day.isoformat() for code, day in numbers.items()}
        overdue = any(each.overdue for each in late) or bool(numbers)
        yield {"due": [due_json(each) for each in late], "helplines_due": days}, due_lines(late, numbers), overdue
    if args.urgency:
        signs = urgency.table(entries)
        yield {"urgency": signs}, urgency.lines_of(signs), False
    if args.sources or args.network:
        graded = sources.report(entries)
        if args.network:
            graded["network"] = asyncio.run(sources.gone_or_moved(each.url for entry in entries for each in entry.sources))
        yield {"sources": graded}, sources.lines_of(graded), False
    if args.plain:
        found = sorted(plain.hints(folder))
        yield {"plain": [asdict(each) for each in found]}, ["", *map(str, found), f"{len(found)} hints."], False


def _stats(args: argparse.Namespace) -> int:
    from bot.knowledge.files import read_folder
    from bot.knowledge.kinds import may_be_urgent
    from bot.store.statistics import read
    from bot.store.usage import Store

    config = _config(args)
    path = config.database_path()
    if not path.exists():
        raise PlainError(f"there is no database {path} yet; nothing was asked.")

    entries = {entry_id: found.entry for entry_id, found in read_folder(*config.knowledge_paths()).entries.items()}

    async def work() -> dict[int, Figures]:
        async with await Store.open_without_key(path) as store:  # brings an older database up to date
            spans = [args.days] if args.days else STATS_DAYS
            return {days: await read(store, days, urgent=partial(may_be_urgent, entries)) for days in spans}

    found = asyncio.run(work())
    detailed = found[args.days or STATS_DETAILED]
    if args.json:
        print(_json({days: asdict(figures) for days, figures in found.items()}))
    else:
        print_stats(found)
        print_counts(detailed)
    return _plot(detailed, Path(args.plot)) if args.plot else 0


def _plot(figures: Figures, path: Path) -> int:
    from bot.features.figures.messages import drawing
    from bot.features.figures.picture import png

    try:
        path.write_bytes(png(drawing(figures)))
    except OSError as error:
        raise PlainError(f"{path} can't be written ({error.strerror}); name another file after --plot.", USAGE) from None
    print(f"The picture is in {path}.", file=sys.stderr)
    return 0


def _privacy(args: argparse.Namespace) -> int:
    from bot.store import privacy
    from bot.store.usage import Store

    config = _config(args)
    path, days = config.database_path(), config.privacy.retention_days
    if args.what != "purge" and args.user_id is None:
        raise PlainError(f"`privacy {args.what}` needs --user-id, the number Discord has for the person.", USAGE)

    async def work() -> str:
        # What is old is nobody's to find: it goes without the key.
        if args.what == "purge":
            async with await Store.open_without_key(path) as store:
                return f"{await privacy.expire(store, days)} rows older than {days} days were deleted."
        async with await Store.open_again(path, config.privacy.secret.get_secret_value()) as store:
            if day := await privacy.key_changed(store, days):
                older = f"The key of the hashes changed on {day}: what is older can't be found any more, and expires."
                print(f"immunobot: {older}", file=sys.stderr)
            if args.what == "export":
                return _json(await privacy.export(store, args.user_id))
            return f"{await privacy.delete(store, args.user_id)} rows were deleted."

    print(asyncio.run(work()))
    return 0


def _log_to_stderr() -> None:
    handler = Unhurried(sys.stderr)
    handler.addFilter(Sparingly())
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[handler])
    logging.getLogger("discord").setLevel(logging.WARNING)
    for noisy in ("discord.state", "discord.client"):  # warnings about intents and voice that this bot never needs
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="immunobot",
        description="A Discord bot that explains immunotherapy from sourced, dated files.",
        epilog="New here? `immunobot try` opens it on a page of your own, without a token.",
    )
    parser.add_argument("--version", action="version", version=f"immunobot {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the settings (default: config.yaml where there is one)")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        added.set_defaults(run=run)
        return added

    try_ = command("try", _try, "try the bot on a local page, without a token")
    try_.add_argument("--port", type=_whole(0, 65535, "a port is"), default=0, help="the page's port (default: a free one)")
    try_.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    ask = command("ask", _ask, "ask once in the terminal, without a token")
    ask.add_argument("command", metavar="'/define term:interleukin'", help="a command as you would type it in Discord")
    ask.add_argument("--as", dest="as_", choices=("member", "moderator"), default="member", help="who asks")
    ask.add_argument("--json", action="store_true", help="print the message exactly as the bot sent it")
    command("run", _run, "run the bot on Discord; needs a token")
    command("sync", _sync, "register the commands with Discord; `run` does it whenever they changed")
    check = command("check", _check, "check the knowledge files, each error with file, line and what to do")
    check.add_argument("folder", nargs="?", metavar="FOLDER", help="the knowledge folder (default: the configured ones)")
    check.add_argument("--json", action="store_true", help="print the problems as JSON")
    check.add_argument("--readability", action="store_true", help="also say how hard the short texts are to read")
    check.add_argument("--due", action="store_true", help="also list what is to be checked against its sources again")
    check.add_argument("--urgency", action="store_true", help="also print how urgent each symptom is on each treatment")
    check.add_argument("--sources", action="store_true", help="also print how far the sources carry what is said")
    check.add_argument("--network", action="store_true", help="with --sources: also ask for each page, if it is still there")
    check.add_argument("--plain", action="store_true", help="also list what could be said in plainer words")
    check.add_argument("--schemas", action="store_true", help="also write what editors complete from, into FOLDER/schema")
    check.add_argument("--watch", action="store_true", help="check again whenever a file is saved")
    stats = command("stats", _stats, "print how often the bot was used")
    stats.add_argument(
        "--days",
        type=_whole(1, STATS_MOST, "days are"),
        metavar="N",
        help="how far back (default: today, 7, 30 and 90 days)",
    )
    stats.add_argument("--plot", metavar="FILE", help="also draw answers and people of each day, as a PNG")
    stats.add_argument("--json", action="store_true", help="print the figures as JSON")
    privacy = command("privacy", _privacy, "delete what is old, or show or delete what belongs to one person")
    privacy.add_argument("what", choices=("purge", "export", "delete"), help="purge: what is older than retention_days")
    privacy.add_argument("--user-id", type=int, metavar="N", help="the person, for export and delete")
    return parser


def _whole(least: int, most: int, what: str) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{what} a number from {least} to {most}")
        return int(text)

    return number
