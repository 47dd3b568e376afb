"""After a busy hour nobody can find out from the database, its files or the log who asked, or what anyone typed."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from simcord.backend.errors import SetupError

from bot.service.tryout import Stage, stage
from bot.settings import Config, Database, Knowledge
from bot.store.privacy import expire

from .conftest import text_of
from .desk.helpers import form
from .test_settings import sent_as

TOKEN = "MTIwMDAwMDAwMDAwMDAwMDAw.hour.thisIsTheTokenOfNobody"
NAMES = ("zoe.vandermeer", "yannis_qx", "xaver.qxz")
SHOWN_NAMES = ("Zoë van der Meer", "Yannis Qx", "Xaver Qxz")

# Each begins so that it can be found again, and is looked for by that beginning: it may have been cut.
TYPED = "zqxjtyped"
TOLD_BY_ONE = "Zqxonemab"
TOLD_BY_THREE = "Zqxthreemab"
FORM = "zqxformtext"
TEXTS = (
    TYPED,
    f"{TYPED} my own rash",
    f"my chest hurts {TYPED}",
    f"Keytruda {TYPED}",
    f"@everyone [{TYPED}](http://zqxj.example) `{TYPED}`",
    f"{TYPED} " * 200,
    f"¿qué es {TYPED}?",
)
PUBLIC = ("T cell", "Keytruda", "TIL", "chest pain", "melanoma", "linfocito T")


def numbers(number: int) -> list[bytes]:
    """Return how a number may stand in a file: in letters, in hexadecimal, as SQLite packs it."""
    return [str(number).encode(), f"{number:x}".encode(), number.to_bytes(8, "big"), number.to_bytes(8, "little")]


def cells(path: Path) -> Iterator[tuple[str, str]]:
    """Return every value of every table, with where it stands."""
    with closing(sqlite3.connect(path)) as connection, connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            cursor = connection.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                yield from ((f"{table}.{column}", str(value)) for column, value in zip(columns, row, strict=True))


class Hour:
    """What happens in the hour."""

    def __init__(self, world: Stage) -> None:
        self.world = world
        self.actions = 0
        self._done: set[str] = set()

    async def act(self, doing: Any) -> Any:
        """Do one thing, a few seconds after the one before."""
        self.actions += 1
        if self.actions % 20 == 0:
            await self.world.env.advance_time(61)
        return await doing

    async def ask(self, actor: Any, command: str, **options: str) -> Any:
        return await self.act(actor.slash(self.world.channel, command, **options))

    async def press_everything(self, actor: Any, result: Any, depth: int = 2) -> None:
        """Press all that an answer shows, and all that this shows; fill every form."""
        if result.modal:
            await self.fill(actor, result)
        messages = [message for message in (result.response, *result.followups) if message is not None]
        items = [(m, item) for m in messages for row in m.components for item in row.get("components", ())]
        for message, item in items:
            custom_id = item.get("custom_id", "")
            kind = custom_id.rsplit(":", 2)[0] if custom_id.count(":") > 2 else custom_id
            if not custom_id or item.get("disabled") or kind in self._done:
                continue
            self._done.add(kind)
            try:
                if item["type"] == 3:
                    doing = actor.select(message, [item["options"][-1]["value"]], custom_id=custom_id)
                else:
                    doing = actor.click(message, custom_id=custom_id)
                pressed = await self.act(doing)
            except SetupError:  # a press before this one has changed or taken the message away
                continue
            if depth:
                await self.press_everything(actor, pressed, depth - 1)

    async def fill(self, actor: Any, shown: Any) -> None:
        fields = [item["component"] for item in shown.modal["components"] if "component" in item]
        values = {field["custom_id"]: f"{FORM} {field['custom_id']}" for field in fields if field["type"] == 4}
        values |= {field["custom_id"]: field["options"][0]["value"] for field in fields if field["type"] == 21}
        await self.act(actor.submit_modal(shown, values))

    async def members(self, *people: Any) -> None:
        """Ask everything, press everything, send every form."""
        self._done.clear()
        for text in PUBLIC:
            await self.press_everything(people[0], await self.ask(people[0], "define", term=text))
        for number, text in enumerate(TEXTS):
            actor = people[number % len(people)]
            await self.act(actor.autocomplete(self.world.channel, "define", "term", text))
            for command, option in (("define", "term"), ("therapy", "name"), ("medicine", "name"), ("search", "words")):
                result = await self.ask(actor, command, **{option: text})
                await self.press_everything(actor, result)
            await self.ask(actor, "compare", first=text, second="Keytruda")
            message = await actor.send(self.world.channel, f"{text[:1900]} and T cell")
            await self.act(actor.context_menu(self.world.channel, "Explain terms", message))
        for command in self.without_options(people[0]):
            await self.press_everything(people[0], await self.ask(people[0], command))
        for name, told_by in ((TOLD_BY_ONE, people[:1]), (TOLD_BY_THREE, people)):
            for actor in told_by:
                result = await self.ask(actor, "define", term=name)
                labels = [item for row in result.response.components for item in row["components"]]
                tell = next(item["custom_id"] for item in labels if item.get("custom_id", "").startswith("im1:missing"))
                await self.act(actor.click(result.response, custom_id=tell))

        card = await self.ask(people[0], "define", term="#t-cell")
        if card.ephemeral:  # at the end of the first round, a moderator makes answers visible
            more = await self.act(people[0].click(card.response, custom_id="im1:more:t-cell:overview"))
            asked = await self.act(people[0].click(more.response, custom_id="im1:share:t-cell:overview"))
            await self.act(people[0].click(asked.response, custom_id="im1:sharenow:t-cell:overview"))
            await self.act(people[0].click(more.response, custom_id="im1:keep:t-cell:overview"))

    async def moderators(self, moderator: Any) -> None:
        """Look at everything, take an entry down and bring it back, and begin to change one."""
        for command in self.without_options(moderator):
            await self.press_everything(moderator, await self.ask(moderator, command), 1)
        await self.ask(moderator, "knowledge withdraw", entry="tnf", why=f"{FORM} why")
        await self.act(moderator.slash(self.world.channel, "knowledge rollback", entry="tnf", version=0))
        await self.fill(moderator, await self.act(form(self.world, "t-cell")))

    def without_options(self, actor: Any) -> list[str]:
        """Return the commands that need nothing typed; all others are asked by name."""
        found = []
        for path in actor.available_commands(self.world.channel):
            name, *rest = path.split()
            root = self.world.env.backend.find_command(name, self.world.env.guild.id, type=1)
            node = root
            for part in rest:
                node = next(option for option in node["options"] if option["name"] == part)
            if not any(option.get("required") for option in node.get("options") or ()):
                found.append(path)
        return found

    async def too_much(self, actor: Any) -> None:
        """Ask until one has to wait."""
        for _ in range(60):
            result = await actor.slash(self.world.channel, "define", term=TYPED)
            if result.response.content.startswith(("You have asked me a lot", "Me ha preguntado mucho")):
                return
        raise AssertionError("nobody had to wait")

    async def trouble(self, actor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ask while things fail: an answer comes too late, Discord fails, the bot has a mistake, the database is locked."""
        for status, code in ((404, 10062), (500, 0)):
            self.world.env.inject_error("POST", "/interactions/*/callback", status=status, code=code)
            await self.ask(actor, "define", term=TYPED)
        with monkeypatch.context() as broken:
            broken.setattr("bot.knowledge.index.Index.exact", None)
            result = await self.ask(actor, "define", term=TYPED)
            assert "incident" in text_of(result) or "incidente" in text_of(result)
            broken.setattr("bot.knowledge.index.Index.suggest", None)
            await self.act(actor.autocomplete(self.world.channel, "define", "term", TYPED))
        deps = self.world.env.bot.deps
        await deps.store.execute("PRAGMA busy_timeout = 0")
        lock = sqlite3.connect(deps.config.database_path(), isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        await self.press_everything(actor, await self.ask(actor, "define", term=f"{TYPED} Keytrud"), 1)
        lock.execute("COMMIT")
        lock.close()


def leaks(world: Stage, data: Path, log: str, private: dict[str, list[bytes]]) -> list[str]:
    """Return what stands where it may not."""
    database = world.env.bot.deps.config.database_path()
    kept = list(cells(database))
    found = [f"{what} in the log" for what, forms in private.items() if any(f.decode("latin-1") in log for f in forms)]
    for file in sorted(path for path in data.rglob("*") if path.is_file()):
        content = file.read_bytes().lower()
        found += [f"{what} in {file.name}" for what, forms in private.items() if any(form in content for form in forms)]
    forms = {"messages.text", "messages.source", "proposals.content", "history.why"}
    may_stand = {FORM: forms, TOLD_BY_THREE.lower(): {"gaps.text"}}
    for text, places in may_stand.items():
        found += [f"{text} in the log"] if text in log else []
        found += [f"{text} in {where}" for where, value in kept if text in value.lower() and where not in places]
        assert any(text in value.lower() for _, value in kept), f"{text} was kept, as it should be"
    moderator = str(world.moderator.id)
    assert ("history.who", moderator) in kept, "whoever changes an entry stands by it"
    return found + [f"a moderator in {where}" for where, value in kept if moderator in value and where != "history.who"]


async def test_a_busy_hour_leaves_no_trace_of_anybody(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "discord")  # as `immunobot run` has it
    caplog.set_level(logging.INFO)
    data = tmp_path / "data"
    data.mkdir()
    config = Config(
        knowledge=Knowledge(str(folder), str(data / "knowledge")), database=Database(f"sqlite:///{data}/immunobot.db")
    )
    config = replace(config, discord=replace(config.discord, token=TOKEN))
    async with stage(config) as world:
        guild, create = world.env.guild, world.env.create_user
        people = [guild.add_member(create(n, global_name=g)) for n, g in zip(NAMES, SHOWN_NAMES, strict=True)]
        hour, began = Hour(world), world.env.now()
        locale = ["en-US"]
        sent_as(monkeypatch, lambda payload: payload.update(locale=locale[0]))
        for locale[0] in ("en-US", "es-ES"):
            await hour.members(*people)
            await hour.moderators(world.moderator)
            await world.env.advance_time(61)
            await hour.too_much(people[1])
            await hour.trouble(people[2], monkeypatch)
        await world.env.advance_time(max(0.0, 3600 - (world.env.now() - began).total_seconds()))
        assert hour.actions > 250
        await expire(world.env.bot.deps.store, 90)
        private = {
            **{f"{person.name}'s number": numbers(person.id) for person in people},
            **{name: [name.lower().encode()] for name in (*NAMES, *SHOWN_NAMES, TOKEN, TYPED, TOLD_BY_ONE)},
            "a channel": numbers(world.channel.id),
        }
        tokens = {
            part for r in world.env.http_requests for part in r.path.split("/") if len(part) > 30 and not part.isdigit()
        }
        private |= {f"token {number}": [token.lower().encode()] for number, token in enumerate(tokens)}
        assert tokens
        assert leaks(world, data, caplog.text.lower(), private) == []
        with closing(sqlite3.connect(config.database_path())) as connection, connection:
            languages = connection.execute("SELECT DISTINCT language FROM usage ORDER BY 1").fetchall()
            outcomes = connection.execute("SELECT DISTINCT outcome FROM usage").fetchall()
        assert languages == [("en",), ("es",)]
        assert len(outcomes) == 5, "all that can come of a question came of one"
    assert leaks(world, data, caplog.text.lower(), private) == [], "and nothing when it is closed"
