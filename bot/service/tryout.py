"""The real bot without Discord: on a local page that looks like it, and in the terminal. Both need the extra `try`."""

import asyncio
import contextlib
import re
import time
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import discord

from bot.errors import PlainError, how_to_install
from bot.features.finding.explain import explain
from bot.interactions.request import Request
from bot.interactions.routes import run
from bot.service.client import Client, load
from bot.service.gateway import stop_on_signals
from bot.service.live import Live
from bot.settings import Config
from bot.store.usage import Store

WELCOME = (
    "**Welcome!** This is immunobot on a page of your own: no Discord, no token, nothing leaves this machine.\n"
    "Type `/define` in the box below, then the first letters of a word such as `interleukin`, and pick from the list.\n"
    "Try `/therapy` with `CAR T`, `/medicine` with `Keytruda`, `/condition` with `melanoma`, and `/help`.\n"
    "`Español` below an answer shows it in Spanish. `/explain-terms` explains the last message here; on Discord its menu "
    "has that.\n"
    "Choose `moderator` above to change what it knows, with `/knowledge edit`. What is told to moderators alone at Discord, "
    "such as a mistake that a member reports, stands in this channel, because the page has just one."
)

GUILD = 100_000_000_000_000_001
"""The server's number, so that the moderators' commands are registered in it."""

PATIENCE = 60.0
"""Seconds until the page gives up on what was pressed: to publish, all entries are looked through."""

MISSING = f"This needs the extra `try`: {how_to_install('try')}"


@dataclass(frozen=True, slots=True)
class Stage:
    """A server with a channel, a member and a moderator, and the bot in it."""

    env: Any
    channel: Any
    member: Any
    moderator: Any
    notices: Any
    """the moderators' channel"""


@contextlib.asynccontextmanager
async def stage(config: Config) -> AsyncIterator[Stage]:
    """Put the bot into a server that exists only in this process. Raises PlainError, KnowledgeError, StoreUnavailable."""
    try:
        import simcord
    except ImportError:
        raise PlainError(MISSING) from None
    # This server is new each time: the commands are registered below, whatever was registered before.
    moderation = replace(config.moderation, guild_id=GUILD)
    config = replace(config, discord=replace(config.discord, sync="never"), moderation=moderation)
    async with await Store.open(config.database_at(), config.privacy.secret.get_secret_value()) as store:
        library = await load(config, store)
        client = Client(config, library, store, shard_count=1)
        env = simcord.Env(client, settle_timeout=PATIENCE, check_errors=False)
        env.backend.bot_user.name = "immunobot"
        await env.start()
        try:
            # SimCord's clock begins anew each time; figures are of real days.
            await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
            guild = env.create_guild("Patients' community", id=GUILD)
            channel = guild.create_text_channel("ask-here")
            member = guild.add_member(env.create_user("member"))
            role = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True, manage_messages=True))
            moderator = guild.add_member(env.create_user("moderator"), roles=[role])
            assert client.user is not None
            hidden, seen = (discord.PermissionOverwrite(view_channel=view) for view in (False, True))
            notices = guild.create_text_channel(
                "moderators", overwrites={guild.default_role: hidden, role: seen, client.user: seen}
            )
            moderation = replace(moderation, channel_id=notices.id)
            client.deps.config = replace(config, moderation=moderation)
            await client.sync()
            yield Stage(env, channel, member, moderator, notices)
        finally:
            await env.shutdown()


async def serve(config: Config, *, port: int, browser: bool) -> None:
    """Serve the page on loopback until Ctrl-C or SIGTERM; port 0 takes a free one. Raises PlainError and as `stage` does."""
    stop = stop_on_signals()
    async with stage(config) as world:
        from simcord.backend.errors import SetupError

        world.env.bot.rate_limit.clock = time.time
        await _in_one_channel(world)
        await world.env.bot.get_partial_messageable(world.channel.id).send(WELCOME)
        await world.env.settle()
        preview = world.env.preview(
            world.channel, viewers=(world.member, world.moderator), layout="channel", display="responsive", port=port
        )
        try:
            await preview.__aenter__()
        except (OSError, SetupError):
            raise PlainError(
                f"Port {port} can't be used, another program may have it; choose another with --port."
            ) from None
        try:
            print(f"immunobot is ready to try: {preview.url}")
            print("Open it in a browser on this machine. Ctrl-C ends it.", flush=True)
            if browser:
                await asyncio.to_thread(webbrowser.open, preview.url)
            async with Live(world.env.bot).watching():
                await stop.wait()
        finally:
            await preview.close()
    print("Ended.")


async def _in_one_channel(world: Stage) -> None:
    """Bring what the page can't show, another channel and the menu of a message, into the one channel that it has."""
    client = world.env.bot
    client.deps.config = replace(
        client.deps.config, moderation=replace(client.deps.config.moderation, channel_id=world.channel.id)
    )

    async def explained(interaction: discord.Interaction[Any]) -> None:
        written = next((message for message in reversed(world.channel.history()) if not message.author.bot), None)
        request = Request.of(interaction, "explain")
        await run(request, explain, {"content": written.content if written else ""}, limit=client.rate_limit)

    description = "The words of the last message here, as Explain terms in the menu of a message does at Discord"
    client.tree.add_command(discord.app_commands.Command(name="explain-terms", description=description, callback=explained))
    await client.sync()


_OPTION = re.compile(r"(?:^|\s)([a-z_]+):(?!//)")


def parse(text: str, options: dict[str, dict[str, bool]]) -> tuple[str, dict[str, str]]:
    """Split `/define term:interleukin` into the command and its options; a bare text fills those that are needed.

    `options` says which options each command has, and whether they are needed; a command of a group has two words. Raises
    ValueError with a plain sentence.
    """
    one, _, rest = text.strip().removeprefix("/").partition(" ")
    two = f"{one} {rest.split()[0]}" if rest.split() else one
    name = two if two in options else one
    if name not in options:
        raise ValueError(f"There is no command /{one[:40]}; the commands are {', '.join(f'/{o}' for o in sorted(options))}.")
    allowed, rest = options[name], text.strip().removeprefix("/").removeprefix(name).strip()
    needed = [option for option, is_needed in allowed.items() if is_needed]
    if not allowed:
        if rest:
            raise ValueError(f"/{name} takes nothing after it.")
        return name, {}
    parts = [m for m in _OPTION.finditer(rest) if m[1] in allowed]
    if parts and parts[0].start() == 0:
        ends = [m.start() for m in parts[1:]] + [len(rest)]
        given = {m[1]: rest[m.end() : end].strip() for m, end in zip(parts, ends, strict=True)}
    else:
        # Bare words: one option takes them all; several take a word each.
        bare = needed or list(allowed)[:1]
        values = [rest] if len(bare) == 1 else rest.split()
        given = dict(zip(bare, values, strict=True)) if rest and len(values) == len(bare) else {}
    if missing := [option for option in needed if not given.get(option)]:
        example = " ".join(f"{option}:{word}" for option, word in zip(needed, ("interleukin", "cytokine"), strict=False))
        raise ValueError(f"/{name} needs {' and '.join(missing)}: try /{name} {example}.")
    return name, given


def _options(tree: Any, *, as_moderator: bool) -> dict[str, dict[str, Any]]:
    """Return the options of every command that can be asked, by name; a moderator's only as one."""
    scopes = [None, discord.Object(GUILD)] if as_moderator else [None]
    commands = [command for scope in scopes for command in tree.walk_commands(guild=scope)]
    return {
        command.qualified_name: {parameter.display_name: parameter for parameter in command.parameters}
        for command in commands
        if isinstance(command, discord.app_commands.Command)
    }


async def ask(config: Config, text: str, *, as_moderator: bool) -> tuple[dict[str, Any], str]:
    """Ask once and return the answer as the bot sent it, and the outcome that was logged.

    Raises ValueError for a command that can't be understood or asked here; PlainError and as `stage` does.
    """
    async with stage(config) as world:
        from simcord.backend.errors import SetupError

        known = _options(world.env.bot.tree, as_moderator=as_moderator)
        name, given = parse(text, {c: {o: p.required for o, p in options.items()} for c, options in known.items()})
        actor = world.moderator if as_moderator else world.member
        try:
            options = {option: _value(value, known[name][option]) for option, value in given.items()}
            result = await actor.slash(world.channel, name, **options)
        except SetupError:
            raise ValueError(f"/{name} can't be asked so; `immunobot ask --as moderator` may, or `immunobot try`.") from None
        sent = result.response
        if sent is None:
            raise ValueError(f"/{name} opens a form, which the terminal can't show; `immunobot try` can.")
        outcome = "served"
        if world.env.bot.deps.store.last is not None:
            outcome = world.env.bot.deps.store.last.outcome
        answer = {
            "ephemeral": bool(sent.ephemeral),
            "content": sent.content,
            "embeds": [embed.to_dict() for embed in sent.embeds],
            "components": sent.components,
        }
        return answer, outcome


def _value(text: str, parameter: Any) -> Any:
    """Return what was typed for an option, as Discord sends it. Raises ValueError with a plain sentence."""
    kind = parameter.type
    if kind is discord.AppCommandOptionType.attachment:
        raise ValueError(f"{parameter.display_name} is a file, which the terminal can't give; `immunobot try` can.")
    if kind is discord.AppCommandOptionType.integer:
        if not text.isdecimal():
            raise ValueError(f"{parameter.display_name} is a number.")
        return int(text)
    return text.lower() in ("true", "yes", "1") if kind is discord.AppCommandOptionType.boolean else text


def as_text(answer: dict[str, Any]) -> str:
    """Return an answer as it reads in a terminal."""
    lines: list[str] = [answer["content"]] if answer["content"] else []
    for embed in answer["embeds"]:
        lines += ["", f"{embed.get('title', '')}  [{embed.get('author', {}).get('name', '')}]".removesuffix("  []")]
        lines.append(embed.get("description", ""))
        for field in (each for each in embed.get("fields", ()) if each["name"] != "\u200b"):
            lines += ["", f"{field['name']}:", f"  {field['value']}".replace("\n", "\n  ")]
        if footer := embed.get("footer", {}).get("text"):
            lines += ["", footer]
    for row in answer["components"]:
        labels = [item.get("label") or item.get("placeholder", "") for item in row.get("components", ())]
        lines.append("\n" * (row is answer["components"][0]) + "  ".join(f"[{label}]" for label in labels))
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)]+)\)", r"\1 <\2>", "\n".join(lines)).replace("**", "").strip()
    return re.sub(r"<t:(\d+)(?::\w)?>", lambda m: f"{datetime.fromtimestamp(int(m[1]), UTC):%Y-%m-%d %H:%M} UTC", text)
