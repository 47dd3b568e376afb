"""What the documents list is what there is: commands, exit statuses, settings, keys of knowledge files, and nothing else."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord import app_commands

import bot
from bot import cli, errors
from bot.errors import PlainError
from bot.interactions.commands import to_discord
from bot.interactions.rate_limit import RateLimit
from bot.knowledge.kinds import ENTRY_TYPES, Entry
from bot.knowledge.kinds.base import key_of
from bot.service.tryout import Stage
from bot.settings import SECTIONS, SETTINGS

from .conftest import text_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

NOT_IN_HELP = {"/help": "whoever reads it has found it", "/settings": "for those who manage a server: it is in README"}


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the rows of the one table whose heading begins so."""
    (found,) = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in found.splitlines()]


def coded(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


# ------------------------------------------------------------------------------------------------------------ commands


def commands(*, moderators: bool) -> set[str]:
    """Return what is typed, or picked from a message's menu."""
    found = set()
    for each in to_discord(RateLimit(), moderators=moderators):
        if isinstance(each, app_commands.Group):
            found |= {f"/{each.name} {part.name}" for part in each.commands}
        else:
            found.add(each.name if isinstance(each, app_commands.ContextMenu) else f"/{each.name}")
    return found


async def test_every_command_of_members_is_in_the_help_and_nothing_else(world: Stage) -> None:
    shown = text_of(await world.member.slash(world.channel, "help"))
    first = re.findall(r"^\*\*(.+)\*\*: ", shown, re.MULTILINE)
    named = [*first, *re.findall(r"^Also: (.+)$", shown, re.MULTILINE)[0].split(", ")]
    assert len(first) == 4
    assert sorted(named) == sorted(commands(moderators=False) - NOT_IN_HELP.keys())


def test_every_command_of_moderators_is_in_the_table_and_nothing_else() -> None:
    named, group = [], ""
    for cell, _ in table(README, "command"):
        for name in coded(cell):
            group = name.split()[0] if name.startswith("/") else group
            named.append(name if name.startswith("/") else f"{group} {name}")
    assert sorted(named) == sorted(commands(moderators=True) | {"/settings"})


def test_the_readme_names_no_command_that_there_is_none_of() -> None:
    known = {name.split()[0] for who in (True, False) for name in commands(moderators=who)}
    named = {f"/{name}" for name in re.findall(r"`/([a-z]+)", README)}
    assert named - known == set()
    assert NOT_IN_HELP.keys() <= named | {"/help"}


# ----------------------------------------------------------------------------------------------------- the command line


def subcommands() -> dict[str, argparse.ArgumentParser]:
    (action,) = [each for each in cli._parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return dict(action.choices)


def test_every_subcommand_is_in_the_readme_and_nothing_else() -> None:
    named = set(re.findall(r"(?:`|bin/)immunobot ([a-z]+)", README))
    assert named == subcommands().keys()
    assert set(re.findall(r"[a-z]+", (cli.__doc__ or "").partition("`immunobot ")[2])) == subcommands().keys()


@pytest.mark.parametrize("name", subcommands())
def test_what_the_readme_says_of_options_is_so(name: str) -> None:
    options = {option for action in subcommands()[name]._actions for option in action.option_strings}
    named = re.findall(rf"`immunobot {name} ([^`]*)`", README)
    assert {option for text in named for option in re.findall(r"--[a-z-]+", text)} <= options


def every_error(cls: type[PlainError] = PlainError) -> Iterator[type[PlainError]]:
    yield cls
    for each in cls.__subclasses__():
        yield from every_error(each)


def test_every_exit_status_is_in_the_readme_and_nothing_else() -> None:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    statuses = {error.status for error in every_error() if error.__module__.startswith("bot.")}
    for module_ in (errors, cli):
        constants = {name: value for name, value in vars(module_).items() if name.isupper() and isinstance(value, int)}
        statuses |= {value for name, value in constants.items() if not name.startswith("STATS_")}
    # What the command line returns without a name of its own.
    for function in ast.walk(ast.parse(inspect.getsource(cli))):
        if isinstance(function, ast.FunctionDef) and isinstance(function.returns, ast.Name) and function.returns.id == "int":
            for node in (each for stop in ast.walk(function) if isinstance(stop, ast.Return) for each in ast.walk(stop)):
                if isinstance(node, ast.Constant) and type(node.value) is int:
                    statuses.add(node.value)
    assert [int(row[0]) for row in table(README, "exit status")] == sorted(statuses)


def test_what_operating_says_of_the_log_and_of_commands_is_so() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    said = re.sub(r'"\s*\n\s*(what \+= )?f?"', "", source)
    lines = [coded(cell)[0] for cell, *_ in table(text, "line of the log")]
    assert [line for line in lines if line not in said] == []
    assert set(re.findall(r"`immunobot ([a-z]+)", text)) <= subcommands().keys()
    assert {key for key in re.findall(r"`([a-z]+\.[a-z_.]+)`", text) if key.partition(".")[0] in SECTIONS} <= SETTINGS.keys()


# ------------------------------------------------------------------------------- what is written by docs/write.py


_spec = importlib.util.spec_from_file_location("docs_write", ROOT / "docs/write.py")
assert _spec
assert _spec.loader
write = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(write)


@pytest.mark.parametrize("file", write.MADE, ids=lambda file: file.name)
def test_what_is_written_from_the_code_is_current(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == write.MADE[file](), "run: python docs/write.py"


@pytest.mark.parametrize("cls", ENTRY_TYPES)
def test_every_key_is_explained(cls: type[Entry]) -> None:
    """By a text under its field, which editors show as well."""
    rows = [row for each in cls.__mro__ if issubclass(each, Entry) for row in write.rows(each)]
    assert {coded(row)[0] for row in rows} == set(key_of(cls).values())
