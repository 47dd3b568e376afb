"""The bot as it runs: a process of its own that talks to a stand-in for Discord over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import shutil
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.knowledge.library import Snapshot
from bot.language import language
from bot.store.usage import PATIENCE as ROW_PATIENCE

from . import openapi
from .conftest import SHIPPED
from .standin import NICK, PATIENCE, TOKEN, USER_ID, USER_NAME, Bot, Json, Request, Standin, error, rate_limited

Start = Callable[..., Awaitable[Bot]]

needs_description = pytest.mark.skipif(openapi.description_path() is None, reason=openapi.MISSING)


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Standin]:
    """A stand-in for Discord; whatever was sent to it must be what Discord takes."""
    async with Standin() as discord:
        yield discord
    assert refused(discord) == []


@pytest_asyncio.fixture
async def start(discord: Standin, tmp_path: Path) -> AsyncIterator[Start]:
    """Start bots on the shipped knowledge; whatever happens to them, they print nothing about people."""
    bots: list[Bot] = []
    async with contextlib.AsyncExitStack() as stack:

        async def start(knowledge: Path = SHIPPED, **environment: str) -> Bot:
            bots.append(await stack.enter_async_context(Bot(discord, tmp_path, knowledge, **environment)))
            return bots[-1]

        yield start
    printed = "\n".join(line for bot in bots for line in bot.lines)
    private = [TOKEN, str(USER_ID), USER_NAME, NICK, *(asked.token for asked in discord.asked.values())]
    assert [text for text in private if text in printed] == []


def refused(discord: Standin) -> list[str]:
    """What Discord would refuse of all that was sent."""
    return sorted({problem for r in discord.requests for problem in openapi.problems(r.method, r.path, r.body)})


def text_of(body: Json) -> str:
    """All that is read in an answer."""
    data = body["data"]
    parts = [data.get("content") or ""]
    for embed in data.get("embeds") or ():
        parts += [embed.get("author", {}).get("name", ""), embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", ())]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def title(body: Json) -> str:
    return str(body["data"]["embeds"][0]["title"])


def components(body: Json) -> list[Json]:
    return [item for row in body["data"].get("components") or () for item in row["components"]]


def button(body: Json, label: str) -> str:
    """The custom id of the button of this label."""
    return next(str(item["custom_id"]) for item in components(body) if item.get("label") == label)


def usage(bot: Bot) -> list[dict[str, Any]]:
    """The usage rows; which interaction each is of is not kept."""
    with contextlib.closing(sqlite3.connect(bot.database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM usage")]


def not_logged(bot: Bot) -> list[str]:
    """What was printed that is no information in the log."""
    return [line for line in bot.lines if not re.match(r"\d{4}-\d\d-\d\d [\d:,]+ INFO ", line)]


ANSWERS = [
    ("define", {"term": "interleukin"}, "Interleukin", "general"),
    ("define", {"term": "IL2"}, "Interleukin-2", "general"),
    ("therapy", {"name": "car-t"}, "CAR T-cell therapy", "therapy"),
    ("medicine", {"name": "Keytruda"}, "Pembrolizumab", "medicine"),
    ("condition", {"name": "melanoma"}, "Melanoma", "condition"),
]


async def test_the_environment_alone_is_enough_and_no_message_is_read(discord: Standin, start: Start) -> None:
    await start()
    assert title(await discord.ask("define", {"term": "interleukin"})) == "Interleukin"
    assert [identify["intents"] for identify in discord.frames_of(2)] == [0]


async def test_commands_are_registered_once_with_their_spanish_names(discord: Standin, start: Start) -> None:
    bot = await start()
    await discord.ask("disclaimer")
    (commands,) = discord.bodies("PUT", r"/applications/\d+/commands")
    assert {"define", "therapy", "medicine", "condition", "disclaimer"} <= {command["name"] for command in commands}
    for part in [*commands, *(option for command in commands for option in command.get("options", ()))]:
        for key in ("name", "description") if "description" in part else ("name",):
            spanish = part[f"{key}_localizations"]
            assert spanish["es-ES"] == spanish["es-419"] != part[key]
    assert await bot.stop() == 0

    await start()
    await discord.ask("disclaimer")
    assert len(discord.bodies("PUT", r"/applications/\d+/commands")) == 1


async def test_a_member_is_answered_alone_with_sources_and_a_disclaimer(
    discord: Standin, start: Start, shipped: Snapshot
) -> None:
    await start()
    for command, options, name, disclaimer in ANSWERS:
        body = await discord.ask(command, options)
        assert (body["type"], body["data"]["flags"], title(body)) == (4, 64, name)
        (embed,) = body["data"]["embeds"]
        assert re.search(r"\]\(https?://", next(f["value"] for f in embed["fields"] if f["name"] == "Sources"))
        assert embed["footer"]["text"].startswith("Checked on ")
        assert shipped.disclaimer(disclaimer) in embed["footer"]["text"]
        assert body["data"]["allowed_mentions"]["parse"] == []
    body = await discord.ask("disclaimer")
    assert body["data"]["flags"] == 64
    for disclaimer in ("general", "therapy", "medicine", "condition", "urgent"):
        assert shipped.disclaimer(disclaimer) in text_of(body)


@pytest.mark.parametrize("locale", ["es-ES", "es-419"])
async def test_the_bot_speaks_the_members_language(discord: Standin, start: Start, shipped: Snapshot, locale: str) -> None:
    bot = await start()
    spanish = language("es").gettext
    english = ("Sources", "Overview", "Used for", "Keep a copy")
    for command, options, _, disclaimer in ANSWERS:
        body = await discord.ask(command, options, locale=locale)
        shown = text_of(body).splitlines() + [item.get("label", "") for item in components(body)]
        assert spanish("Sources") in shown
        assert [text for text in english if text in shown] == []
        assert shipped.disclaimer(disclaimer, "es") in text_of(body)
        assert shipped.disclaimer(disclaimer, "es") != shipped.disclaimer(disclaimer)
    assert {row["language"] for row in usage(bot)} == {"es"}


async def test_a_language_that_is_not_spoken_is_answered_in_english(discord: Standin, start: Start) -> None:
    await start()
    here, there = [await discord.ask("define", {"term": "interleukin"}, locale=locale) for locale in ("en-US", "ja")]
    assert here == there


@pytest.mark.parametrize(
    ("place", "logged"),
    [("server", "server"), ("dm", "direct message"), ("user install", "user install"), ("group", "user install")],
)
async def test_the_bot_answers_wherever_it_is_asked(discord: Standin, start: Start, place: str, logged: str) -> None:
    bot = await start()
    asked = await discord.send_command("define", {"term": "IL2"}, place=place)
    body = await discord.answer(asked)
    assert (title(body), body["data"]["flags"]) == ("Interleukin-2", 64)
    assert ("Share here" in [item.get("label") for item in components(body)]) == (place in ("server", "user install"))
    (row,) = usage(bot)
    assert (row["command"], row["entry"], row["outcome"], row["place"]) == ("define", "interleukin-2", "served", logged)


async def test_names_are_offered_on_each_keystroke(discord: Standin, start: Start) -> None:
    await start()
    for text in ("i", "in", "int", "inter", "interleukin-2"):
        names = [choice["name"] for choice in await discord.autocomplete("define", "term", text)]
        assert any(name.startswith("Inter") for name in names)
    for command, option in (("define", "term"), ("therapy", "name"), ("medicine", "name"), ("condition", "name")):
        assert len(await discord.autocomplete(command, option, "")) == 25
    assert await discord.autocomplete("define", "term", "qqqqqq") == []


async def test_what_is_picked_from_the_list_is_served(discord: Standin, start: Start) -> None:
    bot = await start()
    for number, choice in enumerate(await discord.autocomplete("medicine", "name", "pem"), 1):
        await discord.ask("medicine", {"name": choice["value"]})
        assert [row["outcome"] for row in usage(bot)] == ["served"] * number


async def test_danger_in_a_forwarded_message_leads_with_help(discord: Standin, start: Start) -> None:
    await (await start()).ready()
    forwarded = {
        "type": 0,
        "content": "",
        "embeds": [{"type": "rich", "fields": [{"name": "How?", "value": "I can't breathe"}]}],
    }
    forwarded |= {"attachments": [], "timestamp": "2026-11-01T00:00:00+00:00", "edited_timestamp": None, "flags": 0}
    body = await discord.use_on_message("Explain terms", "", more={"message_snapshots": [{"message": forwarded}]})
    assert body["data"]["embeds"][0]["title"] == "Trouble breathing"


async def test_a_cut_connection_is_resumed_and_what_was_asked_meanwhile_is_answered(discord: Standin, start: Start) -> None:
    await start()
    await discord.ask("disclaimer")
    discord.cut()
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (1, 1)


async def test_a_session_that_is_gone_is_begun_anew(discord: Standin, start: Start) -> None:
    await start()
    await discord.ask("disclaimer")
    await discord.invalidate()
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert (len(discord.frames_of(2)), len(discord.frames_of(6))) == (2, 0)


async def test_a_refused_token_ends_the_bot_with_one_sentence(discord: Standin, start: Start) -> None:
    wrong = "MTIz.wrong.butStillASecret"
    bot = await start(IMMUNOBOT_DISCORD__TOKEN=wrong)
    assert await bot.ended() == 77
    (line,) = bot.lines
    assert re.fullmatch(r"immunobot: Discord refused the token\. .+\.", line)
    assert wrong not in line


@pytest.mark.parametrize("code", [4004, 4014])
async def test_a_bot_refused_by_the_gateway_ends_with_one_sentence(discord: Standin, start: Start, code: int) -> None:
    discord.close_identify_with = code
    bot = await start()
    assert await bot.ended() == 77
    (line,) = not_logged(bot)
    assert re.fullmatch(r"immunobot: Discord refused the .+\.", line)


async def test_a_bot_without_starts_left_does_not_insist(discord: Standin, start: Start) -> None:
    discord.starts_left = 0
    bot = await start()
    assert await bot.ended() == 69
    (line,) = not_logged(bot)
    assert re.fullmatch(r"immunobot: Discord allows 0 more connections today and 1 are needed\. .*4:00:00.*\.", line)
    assert discord.frames_of(2) == []


async def test_a_bot_that_does_not_reach_discord_says_so(discord: Standin, start: Start, unused_tcp_port: int) -> None:
    bot = await start(IMMUNOBOT_DISCORD__API_BASE=f"http://127.0.0.1:{unused_tcp_port}/api/v10")
    assert await bot.ended() == 69
    (line,) = bot.lines
    assert line.startswith("immunobot: Discord can't be reached")


@pytest.mark.parametrize("how", ["command", "button"])
async def test_an_answer_under_way_still_arrives_when_the_bot_is_stopped(discord: Standin, start: Start, how: str) -> None:
    bot = await start()
    card = await discord.ask("define", {"term": "IL2"})
    came, stopping = asyncio.Event(), asyncio.Event()

    async def ask_again_later(_: Request) -> Any:
        came.set()
        await stopping.wait()
        return rate_limited(0)

    discord.steps.append(ask_again_later)
    if how == "command":
        asked = await discord.send_command("therapy", {"name": "car-t"})
    else:
        asked = await discord.send_press("im1:open:car-t-cell-therapy", on=card)
    await came.wait()
    bot.tell(signal.SIGTERM)
    await bot.said("Stopping")
    stopping.set()
    assert title(await discord.answer(asked)) == "CAR T-cell therapy"
    assert await bot.ended() == 0
    assert "car-t-cell-therapy" in [row["entry"] for row in usage(bot)]


async def test_the_bot_can_be_stopped_while_the_gateway_is_down(discord: Standin, start: Start) -> None:
    discord.gateway_down = True
    bot = await start()
    await bot.said("Failed to connect")
    assert await bot.stop() == 0


async def test_a_broken_file_leaves_the_last_good_knowledge_up(discord: Standin, start: Start, tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, knowledge)
    bot = await start(knowledge)
    before = await discord.ask("define", {"term": "IL2"})
    file = knowledge / "terms" / "interleukin-2.yaml"
    good = file.read_text(encoding="utf-8")
    broken = [*good.splitlines(), "colour: green"]
    file.write_text("\n".join(broken), encoding="utf-8")
    bot.tell(signal.SIGHUP)
    line = await bot.said(r"colour")
    assert line.startswith(f"{file.as_posix()}:{len(broken)}: ")
    assert await discord.ask("define", {"term": "IL2"}) == before

    file.write_text(re.sub(r"(?m)^short: .*$", "short: A new sentence.", good), encoding="utf-8")
    bot.tell(signal.SIGHUP)
    await bot.said("The knowledge was reloaded")
    assert "A new sentence." in text_of(await discord.ask("define", {"term": "IL2"}))


async def test_a_saved_file_is_live_without_a_word(discord: Standin, start: Start, tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, knowledge)
    bot = await start(knowledge)
    await discord.ask("define", {"term": "IL2"})
    file = knowledge / "terms" / "interleukin-2.yaml"
    text = re.sub(r"(?m)^short: .*$", "short: Saved just now.", file.read_text(encoding="utf-8"))
    file.with_suffix(".yaml~").write_text("what an editor leaves for a moment", encoding="utf-8")

    async def save() -> None:
        # The watcher may begin a moment after the bot answers: saved again and again, it needs no guess at that moment.
        while True:
            file.write_text(text, encoding="utf-8")
            await asyncio.sleep(0.2)

    saving = asyncio.create_task(save())
    await bot.said("The knowledge was reloaded")
    saving.cancel()
    assert "Saved just now." in text_of(await discord.ask("define", {"term": "IL2"}))


async def test_answers_arrive_while_the_database_is_locked_and_their_rows_follow(discord: Standin, start: Start) -> None:
    bot = await start()
    await discord.ask("disclaimer")
    with contextlib.closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        first = await discord.send_command("therapy", {"name": "car-t"})
        assert title(await discord.answer(first)) == "CAR T-cell therapy"
        assert [line for line in bot.lines if "refuses" in line] == []
        await bot.said("the database refuses them")
        second = await discord.send_command("medicine", {"name": "Keytruda"})
        assert title(await discord.answer(second)) == "Pembrolizumab"
        assert other.execute("SELECT command FROM usage").fetchall() == [("disclaimer",)]
        other.execute("ROLLBACK")
    async with asyncio.timeout(PATIENCE):
        while not {"therapy", "medicine"} <= {row["command"] for row in usage(bot)}:
            await discord.ask("disclaimer")


async def test_killed_under_load_no_row_of_an_answer_is_missing(
    discord: Standin, start: Start, shipped: Snapshot, record_property: Callable[[str, object], None]
) -> None:
    """A row is committed before its answer goes out, unless that takes longer than an answer waits for it."""
    # Each asks something that nobody else asks, so that its row is known without a number.
    questions = itertools.product(shipped.entries, (("server", "server"), ("dm", "direct message")), ("en-US", "es-ES"))
    of: dict[int, tuple[str, str, str]] = {}

    def more_than(count: int) -> bool:
        return sum(asked.answered_at is not None for asked in discord.asked.values()) > count

    answered: dict[int, bool] = {}
    for _ in range(3):
        bot = await start()

        async def ask_on_and_on(asker: int) -> None:
            for entry, (place, kept), locale in questions:
                asked = await discord.send_command(
                    "define", {"term": f"#{entry}"}, user_id=USER_ID + asker, place=place, locale=locale
                )
                of[asked.id] = (entry, kept, locale[:2])
                await discord.answer(asked)
            raise AssertionError("there is nothing left to ask")

        askers = [asyncio.create_task(ask_on_and_on(asker)) for asker in range(16)]
        await discord.until(partial(more_than, len(answered) + 400))
        bot.tell(signal.SIGKILL)
        answered = {
            asked.id: asked.answered_at - asked.sent_at < ROW_PATIENCE
            for asked in discord.asked.values()
            if asked.answered_at is not None
        }
        for asker in askers:
            asker.cancel()
        await asyncio.gather(*askers, return_exceptions=True)
        await bot.ended()
    rows = {(row["entry"], row["place"], row["language"]) for row in usage(bot)}
    missing = [number for number in answered if of[number] not in rows]
    record_property("answered", len(answered))
    record_property("answered after 50 ms, row not committed", sum(not answered[number] for number in missing))
    assert [number for number in missing if answered[number]] == []
    assert len(missing) < len(answered)


async def test_an_answer_that_comes_too_late_is_dropped_quietly(discord: Standin, start: Start) -> None:
    bot = await start()

    async def too_late(_: Request) -> Any:
        return error(404, 10062, "Unknown interaction")

    discord.steps.extend([too_late, too_late])
    await discord.send_command("define", {"term": "IL2"})
    await discord.until(lambda: len(discord.steps) == 1)
    await discord.send_typing("define", "term", "zqxj")
    await discord.until(lambda: not discord.steps)
    assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
    assert await bot.stop() == 0
    assert [line for line in bot.lines if "Traceback" in line or "zqxj" in line or str(USER_ID) in line] == []


async def use_everything(discord: Standin, **who: Any) -> None:
    """Do all that a member can do, and press every button that this shows."""
    typed = ("zqxjkw my own words", "IL", "chest pain", "I cant breathe zqxjkw", "@everyone [a](http://b.c) `zqxjkw`",
             "zqxjkw" * 900, "\u202e", "💉" * 3000, "interleukin")  # fmt: skip
    answers = [await discord.ask(command, options, **who) for command, options, *_ in ANSWERS]
    answers += [await discord.ask(command, **who) for command in ("disclaimer", "about", "help", "browse")]
    for text in typed:
        await discord.autocomplete("define", "term", text, **who)
        answers.append(await discord.ask("define", {"term": text}, **who))
        answers.append(await discord.ask("search", {"words": text}, **who))
        answers.append(await discord.ask("compare", {"first": text, "second": "Keytruda"}, **who))
        answers.append(await discord.use_on_message("Explain terms", f"{text} and interleukin-2", **who))
    answers.append(await discord.ask("compare", {"first": "Opdivo", "second": "Keytruda"}, **who))
    for answer in answers:
        for item in components(answer):
            if item["type"] == 3:
                for option in (item["options"][0], item["options"][-1]):
                    await discord.press(item["custom_id"], on=answer, values=[option["value"]], **who)
            elif not item["disabled"]:
                await discord.press(item["custom_id"], on=answer, **who)
    for custom_id in ("im1:sharenow:interleukin-2:overview", "im1:unshared", "an old button", "im1:open:no-such-entry"):
        await discord.press(custom_id, on=answers[0], **who)


async def test_nobody_can_find_out_later_who_asked_or_what_they_typed(discord: Standin, start: Start) -> None:
    bot = await start()
    await use_everything(discord)
    await use_everything(discord, place="dm")
    for number in range(1, 10):
        await discord.ask("disclaimer", user_id=USER_ID + number)
    answered = [asked for asked in discord.asked.values() if asked.kind == 2]
    assert await bot.stop() == 0
    assert len(usage(bot)) >= len(answered)

    kept = b"".join(file.read_bytes() for file in sorted(bot.folder.iterdir())) + "\n".join(bot.lines).encode()
    private = [str(USER_ID), f"{USER_ID:x}", USER_NAME, NICK, "Zoë van der Meer", "zqxjkw", "my own words", "breathe", TOKEN]
    found = [text for text in private if text.casefold().encode() in kept.lower()]
    found += ["the user's id as a number"] if USER_ID.to_bytes(8, "big") in kept else []
    assert found == []
    with contextlib.closing(sqlite3.connect(bot.database)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM people").fetchone() == (10,)
    assert found + [str(asked.id) for asked in answered if asked.id.to_bytes(8, "big") in kept] == []


async def test_a_shared_card_can_be_removed_by_whoever_shared_it_and_by_moderators(discord: Standin, start: Start) -> None:
    await start()
    card = await discord.ask("define", {"term": "IL2"})
    question = await discord.press(button(card, "Share here"), on=card)
    await discord.press(button(question, "Share it"), on=question)
    (shared,) = await discord.until(lambda: discord.bodies("POST", r"/webhooks/\d+/[^/]+"))
    assert not (shared.get("flags") or 0) & 64
    remove = button({"data": shared}, "Remove")
    refusal = await discord.press(remove, on=shared, user_id=USER_ID + 1)
    assert (refusal["type"], refusal["data"]["flags"]) == (4, 64)
    assert [r for r in discord.requests if r.method == "DELETE"] == []
    await discord.press(remove, on=shared)
    await discord.until(lambda: len([r for r in discord.requests if r.method == "DELETE"]) == 1)
    await discord.press(remove, on=shared, user_id=USER_ID + 1, moderator=True)
    await discord.until(lambda: len([r for r in discord.requests if r.method == "DELETE"]) == 2)


async def test_a_copy_is_kept_by_direct_message(discord: Standin, start: Start) -> None:
    await start()
    card = await discord.ask("define", {"term": "IL2"})
    await discord.press(button(card, "Keep a copy"), on=card)
    (told,) = await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    (copy,) = discord.bodies("POST", r"/channels/\d+/messages")
    assert copy["embeds"][0]["title"] == "Interleukin-2"
    assert discord.bodies("POST", "/users/@me/channels") == [{"recipient_id": USER_ID}]
    assert "direct messages" in told["content"]


async def test_another_key_is_noted_by_the_bot_that_runs_and_not_by_sync(
    discord: Standin, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def noted_after(command: str, secret: str) -> dict[str, str]:
        with monkeypatch.context() as patched:
            patched.setattr(Bot, "run", ("-m", "bot", command))
            bot = await start(IMMUNOBOT_PRIVACY__SECRET=secret)
        if command == "run":
            await bot.ready()
            await bot.stop()
        assert await bot.ended() == 0
        with contextlib.closing(sqlite3.connect(bot.database)) as connection:
            return dict(connection.execute("SELECT key, value FROM state WHERE key LIKE 'key%'"))

    first = await noted_after("run", "one key of the hashes")
    assert first.keys() == {"key"}
    assert await noted_after("sync", "another key of the hashes") == first
    then = await noted_after("run", "another key of the hashes")
    assert then.keys() == {"key", "key changed"}
    assert then["key"] != first["key"]


async def test_a_copy_that_has_to_wait_leaves_no_direct_message_channel_in_the_log(
    discord: Standin, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, limits = discord._answer_rest, [rate_limited(0)]

    async def once_too_many(came: Request, request: web.Request) -> web.Response:
        if re.fullmatch(r"/channels/\d+/messages", came.path) and limits:
            return limits.pop()
        return await answer(came, request)

    monkeypatch.setattr(discord, "_answer_rest", once_too_many)
    bot = await start()
    card = await discord.ask("define", {"term": "IL2"})
    await discord.press(button(card, "Keep a copy"), on=card)
    await discord.until(lambda: discord.bodies("PATCH", r"/webhooks/\d+/[^/]+/messages/@original"))
    assert len(discord.bodies("POST", r"/channels/\d+/messages")) == 2
    assert await bot.stop() == 0
    channel = str(USER_ID + 1)
    assert [r.path for r in discord.requests if channel in r.path], "what the stand-in calls the channel of the two"
    assert [line for line in bot.lines if channel in line] == []


@needs_description
async def test_discord_takes_all_that_the_bot_sends(discord: Standin, start: Start, shipped: Snapshot) -> None:
    """Every entry in both languages, every page, button and command; and the stand-in answers as Discord does."""
    await start()
    await use_everything(discord)
    await use_everything(discord, place="user install", locale="es-419")
    kinds = {(came.method, re.sub(r"\d{5,}[^/]*(/[^/]{9,})?", "{}", came.path), status): (came, body, status)
             for came, status, body in discord.sent}  # fmt: skip
    answers = [openapi.described(came.method, came.path, body, status) for came, body, status in kinds.values()]
    assert [problem for problems in answers for problem in problems] == []

    room = asyncio.Semaphore(16)

    async def ask(entry: str, locale: str) -> None:
        async with room:
            assert (await discord.ask("define", {"term": f"#{entry}"}, locale=locale))["data"]["embeds"]

    await asyncio.gather(*(ask(entry, locale) for entry in shipped.entries for locale in ("en-US", "es-ES")))
    assert refused(discord) == []


def _bodies_that_discord_refuses() -> list[Any]:
    def said(**data: Any) -> Json:
        return {"type": 4, "data": data}

    def offered(**choice: Any) -> Json:
        return {"type": 8, "data": {"choices": [{"name": "a", "value": "a", **choice}]}}

    def pressed(count: int = 1, rows: int = 1, **item: Any) -> Json:
        items = [{"type": 2, "style": 2, "label": "a", "custom_id": f"{n}", **item} for n in range(count * rows)]
        cut = [{"type": 1, "components": items[n * count : (n + 1) * count]} for n in range(rows)]
        return said(content="a", components=cut)

    def picked(options: int) -> Json:
        select = {"type": 3, "custom_id": "a", "options": [{"label": "a", "value": f"{n}"} for n in range(options)]}
        return said(content="a", components=[{"type": 1, "components": [select]}])

    callback = "/interactions/1/token/callback"
    cases: list[tuple[str, Any]] = [
        (callback, said(content="a" * 2001)),
        (callback, said(content="💉" * 1001)),
        (callback, said()),
        (callback, said(embeds=[{}])),
        (callback, said(embeds=[{"title": "a" * 257}])),
        (callback, said(embeds=[{"description": "a" * 4097}])),
        (callback, said(embeds=[{"description": "💉" * 2049}])),
        (callback, said(embeds=[{"title": "a", "footer": {"text": "a" * 2049}}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": "a"}] * 26}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": "a" * 1025}]}])),
        (callback, said(embeds=[{"title": "a", "fields": [{"name": "a", "value": " "}]}])),
        (callback, said(embeds=[{"description": "a" * 2001}] * 3)),
        (callback, said(embeds=[{"title": "a"}] * 11)),
        (callback, pressed(label="a" * 81)),
        (callback, pressed(custom_id="a" * 101)),
        (callback, pressed(count=2, custom_id="a")),
        (callback, pressed(count=6)),
        (callback, pressed(rows=6)),
        (callback, picked(26)),
        (callback, picked(0)),
        (callback, offered(name="a" * 101)),
        (callback, offered(name="")),
        (callback, offered(value="a" * 101)),
        (callback, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}] * 26}}),
        (callback, {"type": 99}),
        ("/webhooks/1/token", {"content": "a" * 2001}),
        ("/channels/1/messages", {"embeds": [{"title": "a" * 257}]}),
    ]
    commands = [
        [{"name": "Define", "description": "a"}],
        [{"name": "a b", "description": "a"}],
        [{"name": "a" * 33, "description": "a"}],
        [{"name": "a", "description": "a" * 101}],
        [{"name": "a", "description": ""}],
        [{"name": "a", "description": "a", "name_localizations": {"es-ES": "Definición"}}],
        [{"name": "a", "description": "a"}] * 2,
        [{"name": f"a{n}", "description": "a"} for n in range(101)],
        [{"name": f"a{n}", "description": "a", "name_localizations": {"es-ES": "a"}} for n in range(2)],
        [{"name": "a", "description": "a", "options": [{"type": 3, "name": "B", "description": "a"}]}],
    ]
    refused = [("POST", path, body) for path, body in cases]
    return refused + [("PUT", "/applications/1/commands", body) for body in commands]


@pytest.mark.parametrize(("method", "path", "body"), _bodies_that_discord_refuses())
def test_the_check_refuses_what_discord_refuses(
    method: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Our own rules alone are enough for these."""
    monkeypatch.setattr(openapi, "description_path", lambda: None)
    assert openapi.problems(method, path, body)


@needs_description
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "a", "flags": "64"}}),
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "a", "embeds": [{"url": "no address"}]}}),
        ("POST", "/users/@me/channels", {"recipient_id": "me"}),
        ("POST", "/no/such/request", {}),
    ],
)
def test_the_description_refuses_what_discord_refuses(method: str, path: str, body: Any) -> None:
    assert openapi.described(method, path, body)
