"""`immunobot init`: asks for what the bot needs, checks it with Discord, writes config.yaml and the file of the token."""

import contextlib
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from getpass import getpass
from pathlib import Path
from typing import Any

import discord
from pydantic import SecretStr

from bot.errors import REFUSED, USAGE, PlainError
from bot.knowledge.files import read_folder
from bot.service.asked import logged_in, rights_missing
from bot.service.client import Client, install_link
from bot.service.gateway import plainly
from bot.settings import Config
from bot.store.errors import StoreUnavailable
from bot.store.servers import Servers
from bot.store.usage import Store

_CONTACT = re.compile(r"\S+@\S+\.\S+|https://\S+")

_WELCOME = """\
Five questions, then the bot can run. You need a bot at https://discord.com/developers/applications (New Application), with
Guild Install ticked under Installation, and its token: Bot, Reset Token."""


async def begin(config: Config, path: Path) -> None:
    """Ask, and write the settings to `path`. Raises PlainError; nothing is written before all is answered."""
    token_path = path.with_name("token.txt")
    for each in (path, token_path):
        if each.exists():
            raise PlainError(f"{each} is there already; move it away, or name another file after --config.", USAGE)
    print(_WELCOME)
    async with contextlib.AsyncExitStack() as stack:
        client, token = await _log_in(config, stack)
        print(f"Discord knows it: {client.user}.")
        guild = await _guild(client)
        channel = await _channel(client, guild) if guild else None
        while not _CONTACT.fullmatch(contact := _ask("How people reach you (shown by /about): an e-mail or https address")):
            print("That is neither; without it nobody could ask you to delete or to mend anything.")
        folder = read_folder(config.shipped_path())
        countries = folder.helplines.countries if folder.helplines else {}
        names = {code: country.name.en for code, country in countries.items()}
        code = _pick("The country whose emergency number and helplines are shown", names)
        call = " or ".join(countries[code].emergency) if code else ""
        parts: dict[str, dict[str, Any]] = {
            "discord": {"token_file": str(token_path), "mode": config.discord.mode if config.discord.mode == "http" else ""},
            "moderation": {"guild_id": guild and str(guild.id), "channel_id": channel and str(channel)},
            "operator": {"contact": contact, "emergency": call and f"Call {call} ({names[code]})."},
        }
        _write(token_path, token + "\n")
        _write(path, _as_yaml(parts))
        print(f"Written: {path}, and {token_path}, which only you can read.")
        if guild and code:
            await _note_country(config, guild, code)
        link = install_link(client.application_id, guild.id if guild else None, channel=channel is not None)
        print(f"This link adds the bot to a server, with exactly the rights that it needs:\n{link}\n")


async def _log_in(config: Config, stack: contextlib.AsyncExitStack) -> tuple[Client, str]:
    while True:
        token = _ask("The bot's token (it is not shown)", hidden=True)
        if re.search(r"\s", token) or not token:
            print("That is no token: it holds a space, or nothing. Copy it again, alone.")
            continue
        try:
            tried = replace(config, discord=replace(config.discord, token=SecretStr(token)))
            return await stack.enter_async_context(logged_in(tried)), token
        except PlainError as error:
            if error.status != REFUSED:
                raise
            print(error)


async def _guild(client: Client) -> discord.Guild | None:
    while True:
        with plainly():
            there = {str(guild.id): guild async for guild in client.fetch_guilds(limit=200)}
        if there:
            number = _pick("The server whose moderators keep the knowledge", {key: each.name for key, each in there.items()})
            with plainly():
                return await client.fetch_guild(int(number)) if number else None
        print(f"The bot is in no server yet. Open this link and add it:\n{install_link(client.application_id)}")
        if _ask("Press Enter when that is done, or type none to go on without") == "none":
            return None


async def _channel(client: Client, guild: discord.Guild) -> int | None:
    with plainly():
        found = {str(each.id): each.name for each in await guild.fetch_channels() if isinstance(each, discord.TextChannel)}
    number = _pick("The channel where moderators are told of changes, reports and errors", found)
    if not number:
        return None
    missing = ["to view it"]
    with plainly(), contextlib.suppress(discord.Forbidden):
        missing = await rights_missing(client, guild, int(number))
    if missing:
        print(f"The bot lacks there: {', '.join(missing)}. Allow it in the channel's settings, under Permissions.")
    return int(number)


async def _note_country(config: Config, guild: discord.Guild, code: str) -> None:
    """Choose the country for the moderators' server, as /settings does."""
    try:
        async with await Store.open(config.database_at(), config.privacy.secret.get_secret_value()) as store:
            await Servers(store).change(guild.id, "country", code)
    except StoreUnavailable as error:
        print(f"{error} Choose the country in /settings, once the bot runs.")


def _ask(question: str, *, hidden: bool = False) -> str:
    try:
        return (getpass if hidden and sys.stdin.isatty() else input)(f"{question}: ").strip()
    except EOFError:
        raise PlainError("Nothing was written: not all was answered. Start `immunobot init` in a terminal.", USAGE) from None


def _pick(question: str, options: Mapping[str, str]) -> str:
    """Return the key of what is picked by its key, its place or its name; empty for none."""
    for place, (key, name) in enumerate(options.items(), 1):
        print(f"  {place if key.isdecimal() else key}  {name}")
    by_place = {str(place): key for place, key in enumerate(options, 1)}
    while given := _ask(f"{question}; nothing for none"):
        same = [key for key, name in options.items() if given.lower().lstrip("#") in (key, name.lower())]
        if found := same[:1] or [each for each in (by_place.get(given),) if each]:
            return found[0]
        print("That is none of them; write what stands at the beginning of its line.")
    return ""


def _as_yaml(parts: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["# The settings of immunobot; config.example.yaml has them all, with what each is for."]
    for section, values in parts.items():
        set_ = [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value]
        lines += [f"{section}:", *set_] if set_ else []
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    """Make a file, its owner's alone. Raises PlainError."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise PlainError(f"{path} can't be written ({error.strerror}); start this in a folder of yours.", USAGE) from None
