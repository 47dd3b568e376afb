"""The settings: config.yaml and the environment, checked by pydantic; what is wrong is said in plain sentences, all at once.

A setting is a field of its section: its type says what it may be, its description stands in config.example.yaml, which is
written from here (`python docs/write.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasPath, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, create_model
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode

from bot.errors import BAD_CONFIG, PlainError
from bot.strict_yaml import Node, read

PREFIX = "IMMUNOBOT_"
_OF_A_SERVICE = re.compile(rf"{PREFIX}(?!.*__)(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
"""What Kubernetes and Docker set in every container beside a service called immunobot, or immunobot-something."""
SHORTEST_KEY = 16
CHECKOUT = Path(__file__).resolve().parent.parent

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
_SQLITE = "is no SQLite address; write sqlite:/// and the path of a file, as in sqlite:///data/immunobot.db"
_home = os.path.expanduser  # of somebody unknown it leaves `~` as it is
_HOME = AfterValidator(lambda url: "sqlite:///" + _home(url.removeprefix("sqlite:///")))
_NO_FOLDER = AfterValidator(_unless(lambda url: Path(url.removeprefix("sqlite:///")).is_dir(), _SQLITE))
_BY_COMMA = BeforeValidator(lambda value: re.split(r"\s*,\s*", value) if isinstance(value, str) else value)

Url = Annotated[str, _like(r"(?i:https?|wss?)://[^\s/?#:]\S*|", _NO_URL)]
DatabaseUrl = Annotated[str, _like("sqlite:///.*[^/.]", _SQLITE), _HOME, _NO_FOLDER]
Token = Annotated[SecretStr, _like(r"\S*", "holds a space or a line break; copy the token again, alone")]
Key = Annotated[SecretStr, _like(f"(?s:.{{{SHORTEST_KEY},}})", _SHORT)]
Sync = Annotated[Literal["auto", "never"], _like("auto|never", "is neither auto nor never; write one of them")]
Count = Annotated[int, _like(r"[1-9]\d{0,4}", "is not a number from 1 on; write how many shards there are in all")]
Shard = Annotated[int, _like(r"\d{1,5}", "is not a list of shard numbers; write them as in [0, 1]")]
_PATH = _like(r"(?!.*[^/]{256})[^\0]{1,4000}", "is no path of a folder; write one as in data/knowledge")
Folder = Annotated[str, _PATH, AfterValidator(_home)]
Days = Annotated[int, _like(r"[1-9]\d{0,3}", "is not a number of days from 1 to 9999; write how long rows are kept")]
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


@dataclass(frozen=True, slots=True, config=_RULES)
class Database:
    """The database."""

    url: DatabaseUrl = _setting(
        "sqlite:///data/immunobot.db", "Where use is logged, without who asked; made at first start."
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


_NO_COUNT = "`discord.shards.ids` needs a `discord.shards.count` greater than every id; set both"
_ONE_FOLDER = "`knowledge.changes` and `knowledge.path` are one folder, or one is inside the other; set them apart"
_NO_GUILD = "`moderation.role_ids` and `moderation.channel_id` need a `moderation.guild_id`; set it too"
_COUNTED = _unless(lambda it: it.shard_ids and max(it.shard_ids) >= (it.shard_count or 0), _NO_COUNT)
_SOMEWHERE = _unless(lambda it: it.guild_id is None and (it.role_ids or it.channel_id), _NO_GUILD)


@dataclass(frozen=True, slots=True, config=_RULES)
class Config:
    """Every setting."""

    discord: Annotated[Discord, AfterValidator(_COUNTED)] = Discord()
    knowledge: Knowledge = Knowledge()
    database: Database = Database()
    moderation: Annotated[Moderation, AfterValidator(_SOMEWHERE)] = Moderation()
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


_SECTIONS = vars(Config)["__pydantic_fields__"]

SETTINGS: dict[str, FieldInfo] = {
    f"{section}.{'.'.join(getattr(field.validation_alias, 'path', [name]))}": field
    for section, group in _SECTIONS.items()
    for name, field in group.default.__pydantic_fields__.items()
}
"""key, as in `discord.shards.count` -> its field"""

_GROUPS = {""} | {key[: dot.start()] for key in SETTINGS for dot in re.finditer(r"\.", key)}
_ALL = f"the settings are {', '.join(sorted(SETTINGS))}"
_FILES = {f"{key}_file": key for key, field in SETTINGS.items() if field.annotation is SecretStr}

# The sections as pydantic-settings wants them, to find what a variable's name means.
_FIELDS: Any = {name: (field.annotation, field) for name, field in _SECTIONS.items()}
_Sections = create_model("_Sections", __base__=BaseSettings, **_FIELDS)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the settings of a file, with the environment's before them.

    `path` None means config.yaml where there is one; a path that is given must exist. An environment variable is named
    IMMUNOBOT_SECTION__KEY; a secret may stand in a file that IMMUNOBOT_SECTION__KEY_FILE names. Raises
    PlainError, whose text says, a line each, what is wrong and what to do.
    """
    wrong: list[str] = []
    given = _from_file(path, wrong) | _from_environment(environ, wrong)
    wrong += [_unknown(key, where) for key, (_, where) in given.items() if key not in SETTINGS]
    source = EnvSettingsSource(_Sections, env_prefix=PREFIX, env_nested_delimiter="__")
    # Known names alone: it passes over all others without a word.
    source.env_vars = {_variable(key).lower(): text for key, (text, _) in given.items() if key in SETTINGS}
    try:
        config = Config(**source())
    except ValidationError as error:
        for each in error.errors():
            key = ".".join(part for part in each["loc"] if isinstance(part, str))
            wrong.append(f"{given[key][1]}: `{key}` {each['msg']}" if key in SETTINGS else each["msg"])
    folders: dict[str, Any] = {name: given[key][0] for name in ("path", "changes") if (key := f"knowledge.{name}") in given}
    with suppress(ValidationError):  # told above
        if _overlap(Config(knowledge=Knowledge(**folders))):
            wrong.append(_ONE_FOLDER)
    if wrong:
        raise PlainError("\n".join(dict.fromkeys(wrong)), BAD_CONFIG)
    return config


def _overlap(config: Config) -> bool:
    """Say whether what is changed in Discord would be written among the files that came with the bot, or around them."""
    paths = [path.resolve() for path in config.knowledge_paths()]
    return len(paths) == 2 and (paths[0].is_relative_to(paths[1]) or paths[1].is_relative_to(paths[0]))


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _unknown(key: str, where: str) -> str:
    """Return what is wrong with a key that is no setting's, and which one was meant."""
    variable = where.startswith(PREFIX)
    if key in _GROUPS and not variable:
        it = f"`{key}` is a section; write its settings under it" if key else "the file has no sections; write them"
        return f"{where}: {it} as in config.example.yaml"
    if ":" in key:
        return f"{where}: a space is missing after a colon; write `key: value`"
    # Of the same name in another section, or of almost the same letters.
    same = [each for each in SETTINGS if each.rpartition(".")[2] == key.rpartition(".")[2]]
    near = next(iter(same or get_close_matches(key, SETTINGS if variable else SETTINGS.keys() | _GROUPS, 1)), "")
    meant = f"did you mean {_variable(near) if variable else f'`{near}`'}?"
    # A secret may stand where its key was forgotten, and has digits or is longer.
    shown = not variable and re.fullmatch("[A-Za-z_.-]+", key) and (near or len(key) < SHORTEST_KEY)
    return f"{where}: there is no setting {f'`{key}`' if shown else 'of this name'}; {meant if near else _ALL}"


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
    empty = all(not line.strip() or line.lstrip().startswith(b"#") for line in data.splitlines())
    root, problems = (None, []) if empty else read(data, str(file))
    known = {word for key in SETTINGS for word in key.split(".")}
    for problem in problems:
        # What is quoted may be part of a secret, unless it is the name of a setting.
        what = re.sub("`(.*)`", lambda quoted: quoted[0] if quoted[1] in known else "this", problem.what)
        wrong.append(f"{file}:{problem.line}: {what}; {problem.todo}")
    found: dict[str, tuple[str, str]] = {}

    def walk(node: Node, key: str) -> None:
        place, value = f"{file}:{node.line}", node.value
        if isinstance(value, dict) and key in _GROUPS:
            for name, child in value.items():
                walk(child, f"{key}.{name}" if key else name)
        elif value or key not in _GROUPS | SETTINGS.keys():
            texts = [each.value for each in value] if isinstance(value, list) else [value]
            if key in SETTINGS and not all(isinstance(text, str) for text in texts):
                wrong.append(f"{place}: `{key}` is a mapping, or a list that holds one; write it as in config.example.yaml")
            else:
                found[key] = (",".join(map(str, texts)).strip(), place)

    walk(root or Node({}, 1), "")
    return found


def _from_environment(environ: Mapping[str, str], wrong: list[str]) -> dict[str, tuple[str, str]]:
    """Return setting -> (text, the variable), a secret's file read in its place."""
    found: dict[str, tuple[str, str]] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or not text.strip() or _OF_A_SERVICE.fullmatch(variable):
            continue
        key = variable.removeprefix(PREFIX).lower().replace("__", ".")
        if key in _FILES:
            key = _FILES[key]
            try:
                data = Path(_home(text.strip())).read_bytes()
                text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
            except (OSError, ValueError):
                wrong.append(f"{variable}: the file it names can't be read; check the path and its permissions")
                continue
            if not text.strip():
                wrong.append(f"{variable}: the file it names is empty; write the secret into it")
            elif environ.get(_variable(key)):
                wrong.append(f"{variable}: {_variable(key)} is set, too; keep one of them")
        found[key] = (text.strip(), variable)
    return found
