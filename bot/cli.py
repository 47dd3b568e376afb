"""The command line.

`immunobot init | run | try | ask | check | doctor | language | sync | stats | privacy | db | backup | restore`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import __version__
from bot.data_commands import add_commands, as_json, config_of, whole
from bot.errors import BAD_CONFIG, USAGE, PlainError
from bot.knowledge.turns import aside
from bot.repeats import log_to_stderr

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.knowledge.files import Folder
    from bot.service.asked import Finding

log = logging.getLogger(__name__)

# The exit statuses of `ask`, beside those in errors.py.
NOTHING_FOUND, OFFERED = 1, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status. Whatever a person can cause is one plain sentence, no traceback."""
    _fill_closed()
    args = _parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal has no letters for stops no command
            stream.reconfigure(errors="backslashreplace" if stream is sys.stderr else "replace")
    try:
        _have_folder()
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except PlainError as error:
        print(f"immunobot: {error}", file=sys.stderr)
        return error.status


def _fill_closed() -> None:
    """Have something open where what is printed should go: else the database could get that number, and what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (as long as the process)


def _have_folder() -> None:
    try:
        Path.cwd()
    except OSError:
        what = "The folder that this was started in is gone, and paths begin there; change into one that is there."
        raise PlainError(what, USAGE) from None


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
        config = config_of(args)
        from bot.service import gateway
    if not config.discord.token:
        what = "Set discord.token in config.yaml, or IMMUNOBOT_DISCORD__TOKEN; `immunobot try` needs none."
        raise PlainError(f"There is no token. {what}", BAD_CONFIG)
    log_to_stderr(config.log.format)
    gc.set_threshold(20_000, 50)  # an answer leaves little that holds itself
    try:
        _await(gateway.run(config))
    except PlainError as error:
        if config.log.format == "plain":
            raise
        log.critical("%s", error)
        return error.status
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from bot.service.doctor import examine
    from bot.setting_sources import secret_files

    logging.disable()  # all that is wrong is said by the checks

    async def work() -> list[Finding]:
        found = []
        files = secret_files(Path(args.config) if args.config else None, os.environ)
        async for each in examine(lambda: config_of(args), files):
            found.append(each)
            if not args.json:
                print(each, flush=True)
        return found

    found = asyncio.run(work())
    looks, stops = (sum(each.state == state for each in found) for state in ("look", "stops"))
    if args.json:
        print(as_json({"ok": not stops, "checks": [asdict(each) for each in found]}))
    else:
        print(f"{len(found)} checks. Of what stops the bot or what it keeps: {stops}. Worth a look: {looks}.")
    return 1 if stops else 0


def _init(args: argparse.Namespace) -> int:
    from bot.service.init import begin
    from bot.setting_sources import FILE, load

    logging.disable()
    path = Path(args.config) if args.config else FILE
    asyncio.run(begin(load(Path(os.devnull), os.environ), path))
    status = _doctor(argparse.Namespace(config=str(path), json=False))
    print("`immunobot run` starts it." if not status else "Mend what STOPS it, then `immunobot run` starts it.")
    return status


def _sync(args: argparse.Namespace) -> int:
    config = config_of(args)
    if not config.discord.token:
        what = "There is no token. Set discord.token in config.yaml, or IMMUNOBOT_DISCORD__TOKEN."
        raise PlainError(what, BAD_CONFIG)
    from bot.service import gateway

    print(f"{_await(gateway.sync(config))} commands are registered with Discord.")
    return 0


def _try(args: argparse.Namespace) -> int:
    from bot.service import tryout

    asyncio.run(tryout.serve(config_of(args), port=args.port, browser=args.browser))
    return 0


def _ask(args: argparse.Namespace) -> int:
    from bot.service import tryout

    try:
        answer, outcome = asyncio.run(tryout.ask(config_of(args), args.command, as_moderator=args.as_ == "moderator"))
    except ValueError as error:
        print(f"immunobot: {error}", file=sys.stderr)
        return USAGE
    print(as_json(answer) if args.json else tryout.as_text(answer))
    return {"served": 0, "offered": OFFERED, "asked which": OFFERED}.get(outcome, NOTHING_FOUND)


def _check(args: argparse.Namespace) -> int:
    paths = (Path(args.folder),) if args.folder else config_of(args).knowledge_paths()
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


def _language(args: argparse.Namespace) -> int:
    from bot.language_command import run

    return run(args)


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
        print(as_json(answer))
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
    from bot.knowledge import due, plain, readability, sources, urgency

    entries = [read.entry for read in folder.entries.values()]
    if args.readability:
        level = readability.report(entries)
        yield {"readability": level}, readability.lines_of(level), not level["reached"]
    if args.due:
        today = datetime.now(UTC).date()
        late = due.due(entries, today, config_of(args).knowledge)
        numbers = folder.helplines.due(today) if folder.helplines else {}
        days = {code: day.isoformat() for code, day in numbers.items()}
        overdue = any(each.overdue for each in late) or bool(numbers)
        yield {"due": [due.as_json(each) for each in late], "helplines_due": days}, due.lines_of(late, numbers), overdue
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
    try_.add_argument("--port", type=whole(0, 65535, "a port is"), default=0, help="the page's port (default: a free one)")
    try_.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    ask = command("ask", _ask, "ask once in the terminal, without a token")
    ask.add_argument("command", metavar="'/define term:interleukin'", help="a command as you would type it in Discord")
    ask.add_argument("--as", dest="as_", choices=("member", "moderator"), default="member", help="who asks")
    ask.add_argument("--json", action="store_true", help="print the message exactly as the bot sent it")
    command("init", _init, "set the bot up: asks for token, server, channel, contact and country, and writes config.yaml")
    command("run", _run, "run the bot on Discord; needs a token")
    doctor = command("doctor", _doctor, "say what stops or hinders the bot, each in a line with what to do; changes nothing")
    doctor.add_argument("--json", action="store_true", help="print the checks as JSON")
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
    language = command("language", _language, "begin a language, or say what its translations lack")
    language.add_argument("code", metavar="CODE", help="of the language: es, fr, pt ...")
    language.add_argument("folder", nargs="?", metavar="FOLDER", help="the knowledge folder (default: the configured one)")
    language.add_argument("--hints", action="store_true", help="also list what is missing or not right, with file and line")
    settled = "write down that these translations say what the English says now (no ID: those that say nothing of it)"
    language.add_argument("--settled", nargs="*", metavar="ID", help=settled)
    add_commands(command)
    return parser
