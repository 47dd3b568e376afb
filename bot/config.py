"""The settings: config.yaml and the environment, typed; what is wrong is said in plain sentences, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.strict_yaml import Node, read

PREFIX = "IMMUNOBOT_"
SHORTEST_KEY = 16
CHECKOUT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """The settings can't be used; the text says, a line each, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Discord:
    """How Discord is reached."""

    token: str = field(default="", repr=False, metadata={"secret": True, "is": "token"})
    api_base: str = field(default="", metadata={"is": "url"})
    gateway_url: str = field(default="", metadata={"is": "url"})
    shard_count: int | None = field(default=None, metadata={"key": "shards.count", "is": "count"})
    shard_ids: tuple[int, ...] = field(default=(), metadata={"key": "shards.ids", "is": "numbers"})
    sync: str = field(default="auto", metadata={"is": ("auto", "never")})


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where the knowledge files are, and how old a check against their sources may be."""

    path: str = "knowledge"
    changes: str = "data/knowledge"
    due_months: int = field(default=12, metadata={"is": "months"})
    due_months_medicines: int = field(default=6, metadata={"is": "months"})
    due_soon_days: int = field(default=30, metadata={"is": "days ahead"})


@dataclass(frozen=True, slots=True)
class Database:
    """Where use is logged."""

    url: str = field(default="sqlite:///data/immunobot.db", metadata={"is": "database"})


@dataclass(frozen=True, slots=True)
class Moderation:
    """Where the knowledge is kept by moderators, and who they are."""

    guild_id: int | None = field(default=None, metadata={"is": "id"})
    role_ids: tuple[int, ...] = field(default=(), metadata={"is": "ids"})
    channel_id: int | None = field(default=None, metadata={"is": "id"})


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this bot, and whom its users call."""

    name: str = ""
    contact: str = ""
    privacy_url: str = field(default="", metadata={"is": "url"})
    terms_url: str = field(default="", metadata={"is": "url"})
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class Privacy:
    """How people are counted without being known."""

    secret: str = field(default="", repr=False, metadata={"secret": True, "is": "key"})
    retention_days: int = field(default=90, metadata={"is": "days"})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting."""

    discord: Discord = Discord()
    knowledge: Knowledge = Knowledge()
    database: Database = Database()
    moderation: Moderation = Moderation()
    operator: Operator = Operator()
    privacy: Privacy = Privacy()

    def database_path(self) -> Path:
        """Return the SQLite file that database.url names."""
        return Path(self.database.url.removeprefix("sqlite:///"))

    def knowledge_paths(self) -> tuple[Path, ...]:
        """Return the folders to load: the shipped one, then the writable one, whether it exists or not.

        A relative path that isn't in the working folder is looked for beside the program, so that the command works
        from anywhere in a checkout.
        """
        return tuple(path for path in (self.shipped_path(), self.changes_path()) if path is not None)

    def shipped_path(self) -> Path:
        """Return the folder of the knowledge that came with the bot."""
        shipped = Path(self.knowledge.path)
        beside = CHECKOUT / shipped
        return beside if not shipped.is_absolute() and not shipped.exists() and beside.is_dir() else shipped

    def changes_path(self) -> Path | None:
        """Return the writable folder, whether it exists or not; None where changing the knowledge in Discord is off."""
        return Path(self.knowledge.changes) if self.knowledge.changes != "none" else None


_SECTIONS: dict[str, type[Any]] = {
    "discord": Discord,
    "knowledge": Knowledge,
    "database": Database,
    "moderation": Moderation,
    "operator": Operator,
    "privacy": Privacy,
}


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the settings of a file, with the environment's before them.

    `path` None means config.yaml where there is one; a path that is given must exist. An environment variable is named
    IMMUNOBOT_SECTION__KEY; a secret may stand in a file that IMMUNOBOT_SECTION__KEY_FILE names. Raises ConfigError.
    """
    wrong: list[str] = []
    given = _from_file(path, wrong)
    _from_environment(environ, given, wrong)
    sections: dict[str, Any] = {}
    for section, cls in _SECTIONS.items():
        values: dict[str, Any] = {}
        for setting in fields(cls):
            key = f"{section}.{setting.metadata.get('key', setting.name)}"
            if key not in given:
                continue
            text, where = given.pop(key)
            try:
                values[setting.name] = _convert(text, setting.metadata.get("is"))
            except ValueError as error:
                wrong.append(f"{where}: `{key}` {error}")
        sections[section] = cls(**values)
    known = sorted(_keys())
    for key, (_, where) in given.items():
        wrong.append(f"{where}: there is no setting `{key}`; the settings are {', '.join(known)}")
    discord: Discord = sections["discord"]
    if discord.shard_ids and (discord.shard_count is None or max(discord.shard_ids) >= discord.shard_count):
        wrong.append("`discord.shards.ids` needs a `discord.shards.count` greater than every id; set both")
    moderation: Moderation = sections["moderation"]
    if moderation.guild_id is None and (moderation.role_ids or moderation.channel_id):
        wrong.append("`moderation.role_ids` and `moderation.channel_id` need a `moderation.guild_id`; set it too")
    config = Config(**sections)
    if _overlap(config):
        wrong.append("`knowledge.changes` and `knowledge.path` are one folder, or one is inside the other; set them apart")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return config


def _overlap(config: Config) -> bool:
    """Say whether what is changed in Discord would be written among the files that came with the bot, or around them."""
    if (changes := config.changes_path()) is None:
        return False
    changes, shipped = changes.resolve(), config.shipped_path().resolve()
    return changes.is_relative_to(shipped) or shipped.is_relative_to(changes)


def _keys() -> dict[str, bool]:
    """Return every setting's name, and whether it is a secret."""
    return {
        f"{section}.{setting.metadata.get('key', setting.name)}": setting.metadata.get("secret", False)
        for section, cls in _SECTIONS.items()
        for setting in fields(cls)
    }


def _from_file(path: Path | None, wrong: list[str]) -> dict[str, tuple[str, str]]:
    """Return setting -> (text, where it stands)."""
    file = path or Path("config.yaml")
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        if path is not None:
            wrong.append(f"{file}: there is no such file; copy config.example.yaml to it, or leave --config out")
        return {}
    except OSError as error:
        wrong.append(f"{file}: it can't be read ({error.strerror}); check its permissions")
        return {}
    if not any(line.strip() and not line.lstrip().startswith(b"#") for line in data.splitlines()):
        return {}
    root, problems = read(data, str(file))
    # An anchor's name may be part of a secret that begins with & or *: it is not repeated.
    wrong += [re.sub(r"`[&*!][^`]*`", "this", str(problem)) for problem in problems]
    found: dict[str, tuple[str, str]] = {}

    def walk(node: Node, key: str) -> None:
        if isinstance(node.value, dict):
            for name, value in node.value.items():
                walk(value, f"{key}.{name}" if key else name)
        elif isinstance(node.value, list):
            found[key] = (",".join(str(item.value) for item in node.value), f"{file}:{node.line}")
        elif node.value:
            found[key] = (node.value, f"{file}:{node.line}")

    if root is not None:
        walk(root, "")
    return found


def _from_environment(environ: Mapping[str, str], given: dict[str, tuple[str, str]], wrong: list[str]) -> None:
    """Put the environment's settings before the file's."""
    keys = _keys()
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or not text:
            continue
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if key.removesuffix("_file") in keys and keys[key.removesuffix("_file")] and key.endswith("_file"):
            key = key.removesuffix("_file")
            try:
                text = Path(text).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                wrong.append(f"{variable}: the file it names can't be read; check the path and its permissions")
                continue
        given[key] = (text, variable)


def _convert(text: str, rule: Any) -> Any:
    """Return a setting's value; raises ValueError with the rest of the sentence."""
    text = text.strip()
    if isinstance(rule, tuple):
        if text not in rule:
            raise ValueError(f"is `{text}`; write one of {', '.join(rule)}")
        return text
    converters: dict[str, Callable[[str], Any]] = {
        "url": _url, "count": _count, "days": _days, "token": _token, "key": _key, "numbers": _numbers,
        "database": _database, "id": _id, "ids": _ids,
        "months": _months, "days ahead": _days_ahead,
    }  # fmt: skip
    return converters[rule](text) if rule else text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
        raise ValueError("is no web address; write it whole, as in https://example.org/privacy")
    return text


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text):
        raise ValueError("is not a number from 1 on; write how many shards there are in all")
    return int(text)


def _token(text: str) -> str:
    if re.search(r"\s", text):
        raise ValueError("holds a space or a line break; copy the token again, alone")
    return text


def _key(text: str) -> str:
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"has fewer than {SHORTEST_KEY} characters; make a long random one, or leave it out")
    return text


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise ValueError("is not a number of days from 1 to 9999; write how long rows are kept")
    return int(text)


def _numbers(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,5}(\s*,\s*\d{1,5})*", text):
        raise ValueError("is not a list of shard numbers; write them as in [0, 1]")
    return tuple(int(part) for part in text.split(","))


def _months(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,2}", text):
        raise ValueError("is not a number of months from 1 to 999; write how old the check of an entry may be")
    return int(text)


def _days_ahead(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text):
        raise ValueError("is not a number of days from 0 to 999; write how long before an entry is due it is listed")
    return int(text)


def _id(text: str) -> int:
    if not re.fullmatch(r"\d{15,20}", text):
        raise ValueError("is no Discord id; turn on Developer Mode in Discord, and copy the id from the right-click menu")
    return int(text)


def _ids(text: str) -> tuple[int, ...]:
    return tuple(_id(part.strip()) for part in text.split(","))


def _database(text: str) -> str:
    if not re.fullmatch(r"sqlite:///.*[^/.]", text) or Path(text.removeprefix("sqlite:///")).is_dir():
        # The text itself may hold a password: it is not repeated.
        raise ValueError("is no SQLite address; write sqlite:/// and the path of a file, as in sqlite:///data/immunobot.db")
    return text
