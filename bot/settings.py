"""The settings, checked by pydantic; setting_sources.py reads them from config.yaml and the environment.

A setting is a field of its section: its type says what it may be, its description stands in config.example.yaml, which is
written from here (`python docs/write.py`).
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasPath, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

SHORTEST_KEY = 16
SQLITE = "sqlite:///"
CHECKOUT = Path(__file__).resolve().parent.parent
INSTALLED = Path(sys.prefix, "share", "immunobot")
"""Where a wheel puts the knowledge."""

_RULES = ConfigDict(extra="forbid", hide_input_in_errors=True, validate_by_name=True)


def _unless(wrong: Callable[[Any], object], otherwise: str) -> Callable[[Any], Any]:
    """Return the check that this isn't so; `otherwise` is said where it is, without the value: it may be a secret."""

    def check(value: Any) -> Any:
        if wrong(value):
            raise PydanticCustomError("wrong", otherwise)
        return value

    return check


def _like(pattern: str, otherwise: str) -> BeforeValidator:
    """Return the rule that a text looks like this; `otherwise` ends the sentence about one that doesn't."""
    return BeforeValidator(_unless(lambda it: isinstance(it, str) and not re.fullmatch(pattern, it, re.ASCII), otherwise))


def _setting(default: Any, description: str, *, key: str = "", example: str = "") -> Any:
    """Return a field; its key is its name, unless it stands deeper in its section. No default needs an example."""
    path = AliasPath(*key.split(".")) if key else None
    return Field(default, description=description, validation_alias=path, examples=[example or default])


_NO_ID = "is no Discord id; turn on Developer Mode in Discord, and copy the id from the right-click menu"
_NO_URL = "is no web address; write it whole, as in https://example.org/privacy"
_SHORT = f"has fewer than {SHORTEST_KEY} characters; make a long random one, or leave it out"
_NO_DATABASE = (
    "is no database's address; write sqlite:/// and the path of a file, as in sqlite:///data/immunobot.db, or "
    "postgresql://user@host/database"
)
_NO_KEY = "is no public key of 64 hexadecimal digits; copy it from the developer portal, or leave it out"
_PORT, LAST_PORT = "is no port from 0 to 65535; write one as in 9464", 65535
home = os.path.expanduser  # of somebody unknown it leaves `~` as it is
_NO_FOLDER = BeforeValidator(
    _unless(lambda url: url.startswith(SQLITE) and Path(home(url.removeprefix(SQLITE))).is_dir(), _NO_DATABASE)
)
_BY_COMMA = BeforeValidator(lambda value: re.split(r"\s*,\s*", value) if isinstance(value, str) else value)

Url = Annotated[str, _like(r"(?i:https?|wss?)://[^\s/?#:]\S*|", _NO_URL)]
# The last one is asked first.
DatabaseUrl = Annotated[SecretStr, _NO_FOLDER, _like(r"sqlite:///.*[^/.]|postgres(ql)?://\S*", _NO_DATABASE)]
Token = Annotated[SecretStr, _like(r"\S*", "holds a space or a line break; copy the token again, alone")]
Key = Annotated[SecretStr, _like(f"(?s:.{{{SHORTEST_KEY},}})", _SHORT)]
Mode = Annotated[Literal["gateway", "http"], _like("gateway|http", "is neither gateway nor http; write one of them")]
PublicKey = Annotated[str, _like(r"[\da-fA-F]{64}|", _NO_KEY)]
Sync = Annotated[Literal["auto", "never"], _like("auto|never", "is neither auto nor never; write one of them")]
Format = Annotated[Literal["plain", "json"], _like("plain|json", "is neither plain nor json; write one of them")]
_NO_PORT = AfterValidator(_unless(lambda port: port > LAST_PORT, _PORT))
Port = Annotated[int, _like(r"\d{1,5}", _PORT), _NO_PORT]
Host = Annotated[str, _like(r"[^\s/:]+|[\da-fA-F:.]+", "is no address or name of this machine; write one as in 127.0.0.1")]
TwoPerson = Annotated[
    Literal["off", "medical", "all"], _like("off|medical|all", "is none of off, medical and all; write one of them")
]
Count = Annotated[int, _like(r"[1-9]\d{0,4}", "is not a number from 1 on; write how many shards there are in all")]
Shard = Annotated[int, _like(r"\d{1,5}", "is not a list of shard numbers; write them as in [0, 1]")]
_PATH = _like(r"(?!.*[^/]{256})[^\0]{1,4000}", "is no path of a folder; write one as in data/knowledge")
Folder = Annotated[str, _PATH, AfterValidator(home)]
Days = Annotated[int, _like(r"[1-9]\d{0,3}", "is not a number of days from 1 to 9999; write how long rows are kept")]
Every = Annotated[str, _like(r"off|[1-9]\d{0,2}[hd]", "is no time between two backups; write off, or one as in 1d or 12h")]
Copies = Annotated[int, _like(r"[1-9]\d{0,2}", "is not a number of backups from 1 to 999; write how many are kept")]
Ahead = Annotated[int, _like(r"\d{1,3}", "is not a number of days from 0 to 999; write how early an entry is listed")]
Months = Annotated[int, _like(r"[1-9]\d{0,2}", "is not a number of months from 1 to 999; write how old a check may be")]
Id = Annotated[int, _like(r"\d{15,20}", _NO_ID)]
# NoDecode: in the environment a list is `1,2`, and no JSON.
Ids = Annotated[tuple[Id, ...], NoDecode, _BY_COMMA]
Shards = Annotated[tuple[Shard, ...], NoDecode, _BY_COMMA]


@dataclass(frozen=True, slots=True, config=_RULES)
class Discord:
    """How Discord is reached."""

    token: Token = _setting(
        SecretStr(""),
        "The bot's token, from the developer portal (Bot, Reset Token); never shown. `run` and `sync` need it.",
        example="paste-it-here",
    )
    mode: Mode = _setting(
        "gateway",
        "`gateway` connects to Discord; `http` waits for Discord to send what is asked to an address of yours (see `http`).",
    )
    public_key: PublicKey = _setting(
        "",
        "The key that shows what is Discord's, over HTTP: in the developer portal under General Information. Leave it out: "
        "Discord names it at login; where it is set, another one is refused.",
        example="6b3f1c" + "0" * 58,
    )
    sync: Sync = _setting(
        "auto", "`auto` registers the commands with Discord whenever they changed; `never` leaves it to `immunobot sync`."
    )
    shard_count: Count | None = _setting(
        None,
        "Connections to Discord in all. Leave it out: Discord says how many are needed.",
        key="shards.count",
        example="1",
    )
    shard_ids: Shards = _setting(
        (), "Those of them that this process keeps. Several processes have one count, and ids of their own each.",
        key="shards.ids", example="[0]",
    )  # fmt: skip
    api_base: Url = _setting(
        "", "Another server than Discord, for tests over real sockets. Leave it out.", example="https://discord.com/api/v10"
    )
    gateway_url: Url = _setting("", "The gateway of that server.", example="wss://gateway.discord.gg/")


@dataclass(frozen=True, slots=True, config=_RULES)
class Http:
    """Where Discord's interactions are taken with discord.mode `http`: behind a web server that has a certificate."""

    host: Host = _setting("127.0.0.1", "The address to listen on: this machine alone, or 0.0.0.0 in a container.")
    port: Port = _setting(8080, "The port to listen on; 0 takes a free one, which the log names.")


@dataclass(frozen=True, slots=True, config=_RULES)
class Knowledge:
    """Where the knowledge files are, and how old a check against their sources may be."""

    path: Folder = _setting("knowledge", "The folder of knowledge that came with the bot, or your own checkout of it.")
    changes: Folder = _setting(
        "data/knowledge",
        "A second, writable folder of the same layout: a file there stands before the shipped one of the same name. It need "
        "not exist at first; `none` turns it off, and what was withdrawn in it stays so.",
    )
    due_months: Months = _setting(
        12, "How many months after its check an entry is due for another: see /knowledge due, and `immunobot check --due`."
    )
    due_months_medicines: Months = _setting(6, "The same for a medicine.")
    due_soon_days: Ahead = _setting(30, "How many days before that day an entry is listed.")


@dataclass(frozen=True, slots=True)
class Remote:
    """A database on a server."""

    url: SecretStr
    path: Path
    """beside which lies what waits for it; nothing is there"""


@dataclass(frozen=True, slots=True, config=_RULES)
class Database:
    """The database."""

    url: DatabaseUrl = _setting(
        SecretStr("sqlite:///data/immunobot.db"),
        "Where use is logged, without who asked: a SQLite file, made at first start; or, for bots on several machines, "
        "postgresql://user:password@host/database (the extra `postgres`). It may stand in a file, as the token may.",
        example="sqlite:///data/immunobot.db",
    )


@dataclass(frozen=True, slots=True, config=_RULES)
class Moderation:
    """Where the knowledge is kept by moderators, and who they are."""

    guild_id: Id | None = _setting(
        None,
        "The server whose moderators keep the knowledge: /knowledge and /stats exist there alone. Leave it out and they "
        "exist nowhere.",
        example="123456789012345678",
    )
    role_ids: Ids = _setting(
        (),
        "Who may use them besides members with the permission Manage Server. Let these roles see the commands under Server "
        "Settings, Integrations.",
        example="[123456789012345678]",
    )
    channel_id: Id | None = _setting(
        None,
        "The channel where moderators are told of changes, reports and broken files. Let the bot see it, write, and attach "
        "files there.",
        example="123456789012345678",
    )
    clinician_role_ids: Ids = _setting(
        (),
        "Who may sign entries as a clinician with /knowledge review. Give such a role only to people whose license you have "
        "seen in its public register, under the name that they sign with.",
        example="[123456789012345678]",
    )
    two_person: TwoPerson = _setting(
        "off",
        "Which changes a second moderator has to agree to: `off`, `medical` (all but names, links and sources) or `all`. "
        "What makes a sign less urgent, or changes a helpline, always waits for a second one.",
    )


@dataclass(frozen=True, slots=True, config=_RULES)
class Operator:
    """Who runs this bot, and whom its users call."""

    name: str = _setting("", "Who runs this bot, shown by /about.", example="Our hospital's patient library")
    contact: str = _setting("", "How to reach them, shown by /about.", example="library@example.org")
    privacy_url: Url = _setting(
        "",
        "Your privacy policy, linked by /about and /privacy. Discord asks every public bot for one.",
        example="https://example.org/privacy",
    )
    terms_url: Url = _setting("", "Your terms, linked by /about.", example="https://example.org/terms")
    emergency: str = _setting(
        "",
        "Whom to call in an emergency where your members live; shown first in every urgent answer.",
        example="Call 112 (Europe) or 911 (United States, Canada).",
    )


@dataclass(frozen=True, slots=True, config=_RULES)
class Privacy:
    """How people are counted without being known."""

    secret: Key = _setting(
        SecretStr(""),
        "The key that turns users into codes for counting people; keep it, or older codes match nobody. Leave it out: one "
        "is made at first start beside the database (immunobot.secret, readable by its owner alone).",
        example="a-long-random-text",
    )
    retention_days: Days = _setting(
        90, "Rows older than this many days are deleted, at start and daily; counts by day, without people, stay."
    )


@dataclass(frozen=True, slots=True, config=_RULES)
class Backup:
    """Backups that the running bot makes by itself of a SQLite file, into `backups` beside it; none holds the key."""

    every: Every = _setting("off", "How often: `1d`, `12h`, `7d` ...; `off` leaves it to `immunobot backup`.")
    keep: Copies = _setting(
        7, "How many of them are kept. Those that are older than privacy.retention_days are deleted in any case."
    )

    @property
    def hours(self) -> int | None:
        """How many hours lie between two; None where the bot makes none."""
        number, unit = self.every[:-1], self.every[-1]
        return int(number) * (24 if unit == "d" else 1) if number.isdecimal() else None


@dataclass(frozen=True, slots=True, config=_RULES)
class Service:
    """Where it is seen how the bot is: /healthz, /readyz and /metrics name no user, no server and no entry."""

    host: Host = _setting(
        "127.0.0.1", "The address to listen on: this machine alone, or 0.0.0.0 for others too. Nobody is asked who they are."
    )
    port: Port | None = _setting(
        None, "The port to listen on; 0 takes a free one, which the log names. Leave it out to have none.", example="9464"
    )


@dataclass(frozen=True, slots=True, config=_RULES)
class Log:
    """How the log is written."""

    format: Format = _setting("plain", "`plain` for people, `json` for programs: an object a line.")


_NO_COUNT = "`discord.shards.ids` needs a `discord.shards.count` greater than every id; set both"
ONE_FOLDER = "`knowledge.changes` and `knowledge.path` are one folder, or one is inside the other; set them apart"
NO_KEY = "`privacy.secret` must be set with PostgreSQL: a long random text, the same for all processes that use the database"
_NO_GUILD = "`moderation.role_ids` and `moderation.channel_id` need a `moderation.guild_id`; set it too"
_COUNTED = _unless(lambda it: it.shard_ids and max(it.shard_ids) >= (it.shard_count or 0), _NO_COUNT)
_SOMEWHERE = _unless(lambda it: it.guild_id is None and (it.role_ids or it.clinician_role_ids or it.channel_id), _NO_GUILD)


@dataclass(frozen=True, slots=True, config=_RULES)
class Config:
    """Every setting."""

    discord: Annotated[Discord, AfterValidator(_COUNTED)] = Discord()
    http: Http = Http()
    knowledge: Knowledge = Knowledge()
    database: Database = Database()
    moderation: Annotated[Moderation, AfterValidator(_SOMEWHERE)] = Moderation()
    operator: Operator = Operator()
    privacy: Privacy = Privacy()
    backup: Backup = Backup()
    service: Service = Service()
    log: Log = Log()

    def database_at(self) -> Path | Remote:
        """Return where the database is: a SQLite file, or a server."""
        path = self.database_path()
        return Remote(self.database.url, path) if self.is_remote else path

    @property
    def is_remote(self) -> bool:
        """Whether the database is on a server."""
        return not self.database.url.get_secret_value().startswith(SQLITE)

    def database_path(self) -> Path:
        """Return the SQLite file; of a database on a server, the path beside which lies what waits for it."""
        if self.is_remote:
            return (self.changes_path() or Path("data/knowledge")).with_name("immunobot.db")
        return Path(home(self.database.url.get_secret_value().removeprefix(SQLITE)))

    def knowledge_paths(self) -> tuple[Path, ...]:
        """Return the folders to load: the shipped one, then the writable one, whether it exists or not.

        A relative path that isn't in the working folder is looked for beside the program, so that the command works
        from anywhere in a checkout.
        """
        return tuple(path for path in (self.shipped_path(), self.changes_path()) if path is not None)

    def shipped_path(self) -> Path:
        """Return the folder of the knowledge that came with the bot."""
        shipped = Path(self.knowledge.path)
        if shipped.is_absolute() or shipped.exists():
            return shipped
        return next(filter(Path.is_dir, (CHECKOUT / shipped, INSTALLED / shipped)), shipped)

    def changes_path(self) -> Path | None:
        """Return the writable folder, whether it exists or not; None where changing the knowledge in Discord is off."""
        return Path(self.knowledge.changes) if self.knowledge.changes != "none" else None


SECTIONS = vars(Config)["__pydantic_fields__"]

SETTINGS: dict[str, FieldInfo] = {
    f"{section}.{'.'.join(getattr(field.validation_alias, 'path', [name]))}": field
    for section, group in SECTIONS.items()
    for name, field in group.default.__pydantic_fields__.items()
}
"""key, as in `discord.shards.count` -> its field"""
