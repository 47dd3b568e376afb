"""What the tests share: a small knowledge folder that can be broken, the shipped one, and the bot in a simulated server."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite.core
import pytest
import pytest_asyncio
from discord.webhook.async_ import async_context

from bot.knowledge.library import Library, Snapshot, build
from bot.language import Language, speaking
from bot.service.tryout import Stage, stage
from bot.settings import Config, Knowledge
from bot.settings import Database as DatabaseConfig

from .databases import PASSWORD, Server, Where, binaries, on_postgres, remote
from .standin import NICK, TOKEN, USER_ID, USER_NAME, Bot, Standin
from .wire.helpers import MORE, Start, refused

T = TypeVar("T")

ANSWERED = ("It answered", "It answered partly", "It did not answer")
"""The buttons under "Did this answer you?"."""

SHIPPED = Path(__file__).parent.parent / "knowledge"

SOURCES = (
    "sources: [{title: A page, publisher: NCI, url: 'https://www.cancer.gov/page', seen: 2026-01-02}]\nchecked: 2026-01-02\n"
)

SMALL = {
    "disclaimers.yaml": "".join(
        f"{k}: The {k} disclaimer.\n" for k in ["general", "therapy", "medicine", "condition", "urgent"]
    ),
    "terms/interleukin-2.yaml": "name: Interleukin-2\ntopic: molecules\nalso: [T-cell growth factor, IL-2]\n"
    "short: A messenger that makes T cells grow.\nrelated: [t-cell]\n",
    "terms/t-cell.yaml": "name: T cell\ntopic: cells\nalso: [T lymphocyte]\nshort: A white blood cell.\nrelated: [interleukin-2]\n",
    "terms/ms-term.yaml": "name: MSX\ntopic: tests\nalso: [MS]\nshort: A test name of two letters.\n",
    "terms/tnf.yaml": "name: TNF-α\ntopic: molecules\nshort: A messenger of inflammation.\n",
    "terms/til.yaml": "name: Tumor-infiltrating lymphocyte\ntopic: cells\nalso: [TIL]\nshares_name: [til-therapy]\nshort: A cell.\n",
    "symptoms/chest-pain.yaml": "name: Chest pain\nsign: chest pain or pressure\nurgency: emergency\n"
    "at_once: [Call your local emergency number now., Sit down and rest.]\n"
    "words: [chest pain, my chest hurts, pain in my chest, tight chest, chest tightness, chest pressure, sore chest, heart pain]\n"
    "short: Pain in the chest can be an emergency.\n",
    "symptoms/fever.yaml": "name: Fever\nsign: fever of 38 °C (100.4 °F) or more\nurgency: now\n"
    "words: [burning up, high temperature, running a fever, feverish, hot to the touch, temp of 38]\nworse: [chest-pain]\n"
    "short: A fever can be the first sign of an infection.\n",
    "therapies/til-therapy.yaml": "name: TIL therapy\nalso: [TIL]\nshares_name: [til]\nshort: Cells grown in a lab.\n"
    "how_it_works: The cells find the tumor.\ntreats: [melanoma]\nexamples: [pembrolizumab]\nask: [Is it for me?]\n"
    "side_effects: [Fever.]\ncall_now: {emergency: [chest-pain], now: [{fever: any-counts}]}\n",
    "medicines/pembrolizumab.yaml": "name: Pembrolizumab\nsay: pem-bro\nshort: It blocks PD-1.\nbrands: [Keytruda]\nclass: antibody\n"
    "target: PD-1\ntherapy: til-therapy\ntreats: [melanoma, Other cancers]\nlook_alikes: [nemolizumab]\nside_effects: [Rash.]\n"
    "can_help: It can shrink some tumors.\nnot_known: Nobody knows for whom.\nis_not: [It is not chemotherapy.]\n"
    "at_home: Nothing is kept at home.\nask: [Why this one?]\n",
    "medicines/nemolizumab.yaml": "name: Nemolizumab\nshort: It blocks a messenger of itch.\nbrands: [Nemluvio]\n"
    "look_alikes: [pembrolizumab]\n",
    "conditions/melanoma.yaml": "name: Melanoma\nshort: A skin cancer.\nimmunotherapy: It helps some people.\n"
    "shows: A spot that changes.\nfound_by: A sample of skin.\nwho_treats: A skin doctor.\nalso_used: Surgery.\n",
    "es/terms/t-cell.yaml": "name: Linfocito T\nalso: [célula T]\nshort: Un glóbulo blanco.\n",
}
"""A whole little knowledge: path -> text; sources and the day are added to every entry."""


# A test that fails leaves its database open, and aiosqlite's thread would keep the whole run from ending.
aiosqlite.core.Thread = functools.partial(threading.Thread, daemon=True)


class _Complaints(logging.Handler):
    """What asyncio has to say about exceptions that nobody asked for."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


def spoken_in(lang: Language, make: Callable[..., T], *given: Any, **named: Any) -> T:
    """Return what is said in a language."""
    with speaking(lang):
        return make(*given, **named)


@pytest.fixture(autouse=True)
def nothing_fails_unseen() -> Iterator[None]:
    """Fail where a task or a callback failed and nobody looked at it; asyncio only logs that, which no filter turns into an error."""
    complaints, logger = _Complaints(), logging.getLogger("asyncio")
    logger.addHandler(complaints)
    yield
    logger.removeHandler(complaints)
    assert complaints.said == []


@pytest.fixture(autouse=True, scope="module")
def others_are_left_as_they_were() -> Iterator[None]:
    """Fail where a file of tests leaves behind what would change those after it: how much is logged, and by what discord.py sends."""
    root, before = logging.getLogger(), (logging.WARNING, 0, async_context.get())
    yield
    left = root.level, root.manager.disable, async_context.get()
    root.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)
    assert left == before


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what keeps anything `where` it is told to in both databases, but what is of one of them."""
    if "where" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        metafunc.parametrize("where", only.args if only else ("sqlite", "postgres"), indirect=True)


def _served() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian's package `postgresql`)")
    server = Server(programs)
    try:
        server.make()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server, the same for all tests."""
    yield from _served()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """One that a test may stop."""
    yield from _served()


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """Where a new database is to be kept, in each kind of database."""
    (tmp_path / "store").mkdir()
    if request.param == "sqlite":
        return tmp_path / "store/immunobot.db"
    return remote(request.getfixturevalue("server").new(), tmp_path / "store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder without a problem."""
    base = tmp_path / "knowledge"
    for name, text in SMALL.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + ("" if name.startswith(("es/", "disc")) else SOURCES), encoding="utf-8")
    return base


@pytest.fixture
def snapshot(folder: Path) -> Snapshot:
    return build([folder])


@pytest.fixture(scope="session")
def shipped() -> Snapshot:
    """The knowledge that comes with the bot."""
    return build([SHIPPED])


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> Config:
    database = DatabaseConfig(f"sqlite:///{tmp_path}/immunobot.db")
    return Config(knowledge=Knowledge(str(folder), "none"), database=database)


@pytest_asyncio.fixture
async def world(config: Config) -> AsyncIterator[Stage]:
    """The bot in a server with a member and a moderator, on the small knowledge."""
    async with stage(config) as world:
        yield world


@pytest_asyncio.fixture
async def desk(config: Config, tmp_path: Path) -> AsyncIterator[Stage]:
    """The same with a folder that moderators' changes are written to, `changes`."""
    knowledge = replace(config.knowledge, changes=str(tmp_path / "changes"))
    async with stage(replace(config, knowledge=knowledge)) as world:
        yield world


@pytest_asyncio.fixture
async def shipped_world(tmp_path: Path) -> AsyncIterator[Stage]:
    """The same on the knowledge that comes with the bot."""
    config = Config(knowledge=Knowledge(str(SHIPPED), "none"), database=DatabaseConfig(f"sqlite:///{tmp_path}/i.db"))
    async with stage(config) as world:
        yield world


@pytest.fixture
def library(folder: Path) -> Library:
    return Library([folder])


@pytest_asyncio.fixture
async def discord() -> AsyncIterator[Standin]:
    """A stand-in for Discord; whatever was sent to it must be what Discord takes."""
    async with Standin() as discord:
        yield discord
    assert refused(discord) == []


@pytest.fixture
def mode() -> str:
    """How Discord's interactions come; files of tests that are true of both give it both."""
    return "gateway"


@pytest_asyncio.fixture
async def start(request: pytest.FixtureRequest, discord: Standin, tmp_path: Path, mode: str) -> AsyncIterator[Start]:
    """Start bots on the shipped knowledge; whatever happens to them, they print nothing about people."""
    bots: list[Bot] = []
    how, where = dict[str, str](), Path(tmp_path / "immunobot.db")
    if mode == "http":
        url = request.getfixturevalue("server").new()
        how, where = (
            on_postgres(url) | {"IMMUNOBOT_DISCORD__MODE": "http", "IMMUNOBOT_HTTP__PORT": "0"},
            remote(url, tmp_path),
        )
        discord.application["interactions_endpoint_url"] = "https://bot.example.org/interactions"
    async with contextlib.AsyncExitStack() as stack:

        async def start(knowledge: Path = SHIPPED, **environment: str) -> Bot:
            bots.append(await stack.enter_async_context(Bot(discord, tmp_path, knowledge, **how | environment)))
            bots[-1].database = where
            return bots[-1]

        yield start
    printed = "\n".join(line for bot in bots for line in bot.lines)
    private = [TOKEN, PASSWORD, str(USER_ID), USER_NAME, NICK, *(asked.token for asked in discord.asked.values())]
    assert [text for text in private if text in printed] == []


def text_of(result: Any) -> str:
    """Everything a member reads in an answer."""
    message = result.response
    parts = [message.content or ""]
    for embed in message.embeds:
        parts += [embed.author.name or "", embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join(parts)


def buttons_of(message: Any) -> dict[str, str]:
    """Label -> custom id of every button of a message."""
    return {
        item["label"]: item["custom_id"] for row in message.components for item in row["components"] if item["type"] == 2
    }


async def turn(member: Any, message: Any, page: str) -> Any:
    """Turn a card to a page by its select, or where there are just two by its button: `overview`, `details`, `help`, `ask`, `sources`."""
    button = next((i for i in buttons_of(message).values() if i.endswith(f":{page}") and ":tab:" in i), "")
    if button:
        return await member.click(message, custom_id=button)
    return await member.select(message, [page], custom_id=_select(message, "tab"))


async def read_next(member: Any, message: Any, entry_id: str) -> Any:
    """Open an entry from a card's select of what to read next."""
    return await member.select(message, [entry_id], custom_id=_select(message, "pick"))


def leads_to(message: Any) -> list[str]:
    """What a card offers to read next."""
    items = [item for row in message.components for item in row["components"]]
    return [option["value"] for item in items if item["custom_id"] == "im1:pick" for option in item["options"]]


async def in_more(member: Any, message: Any, label: str) -> Any:
    """Press the button on a card behind which the others are, then one of these."""
    return await member.click((await member.click(message, label=MORE)).response, label=label)


def _select(message: Any, action: str) -> str:
    """The custom id of a card's select; of the messages that others see, the parts are objects."""
    rows = [getattr(row, "children", None) or row["components"] for row in message.components]
    ids = [getattr(item, "custom_id", None) or item["custom_id"] for row in rows for item in row]
    return next(i for i in ids if i.split(":")[1] == action)


__all__ = [
    "ANSWERED",
    "MORE",
    "SHIPPED",
    "SMALL",
    "SOURCES",
    "buttons_of",
    "in_more",
    "leads_to",
    "read_next",
    "replace",
    "text_of",
    "turn",
]
