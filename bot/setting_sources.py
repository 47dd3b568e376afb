"""Where the settings come from: config.yaml and the environment; all that is wrong is said at once, in plain sentences."""

import re
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, EnvSettingsSource

from bot.errors import BAD_CONFIG, PlainError
from bot.settings import NO_KEY, ONE_FOLDER, SECTIONS, SETTINGS, SHORTEST_KEY, Config, Knowledge, home
from bot.strict_yaml import Node, read

PREFIX = "IMMUNOBOT_"
FILE = Path("config.yaml")
"""Where the settings are, unless the command line names another file."""

_OF_A_SERVICE = re.compile(rf"{PREFIX}(?!.*__)(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
"""What Kubernetes and Docker set in every container beside a service called immunobot, or immunobot-something."""

_GROUPS = {""} | {key[: dot.start()] for key in SETTINGS for dot in re.finditer(r"\.", key)}
_ALL = f"the settings are {', '.join(sorted(SETTINGS))}"
_FILES = {f"{key}_file": key for key, field in SETTINGS.items() if field.annotation is SecretStr}

# The sections as pydantic-settings wants them, to find what a variable's name means.
_FIELDS: Any = {name: (field.annotation, field) for name, field in SECTIONS.items()}
_Sections = create_model("_Sections", __base__=BaseSettings, **_FIELDS)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the settings of a file, with the environment's before them.

    `path` None means config.yaml where there is one; a path that is given must exist. An environment variable is named
    IMMUNOBOT_SECTION__KEY; a secret may stand in a file that IMMUNOBOT_SECTION__KEY_FILE names. Raises
    PlainError, whose text says, a line each, what is wrong and what to do.
    """
    wrong: list[str] = []
    given = _read(_from_file(path, wrong), wrong) | _read(_from_environment(environ), wrong)
    wrong += [_unknown(key, where) for key, (_, where) in given.items() if key not in SETTINGS]
    source = EnvSettingsSource(_Sections, env_prefix=PREFIX, env_nested_delimiter="__")
    # Known names alone: it passes over all others without a word.
    source.env_vars = {_variable(key).lower(): text for key, (text, _) in given.items() if key in SETTINGS}
    try:
        config = Config(**source())
        if config.is_remote and not config.privacy.secret:
            wrong.append(NO_KEY)
    except ValidationError as error:
        for each in error.errors():
            key = ".".join(part for part in each["loc"] if isinstance(part, str))
            wrong.append(f"{given[key][1]}: `{key}` {each['msg']}" if key in SETTINGS else each["msg"])
    folders: dict[str, Any] = {name: given[key][0] for name in ("path", "changes") if (key := f"knowledge.{name}") in given}
    with suppress(ValidationError):  # told above
        if _overlap(Config(knowledge=Knowledge(**folders))):
            wrong.append(ONE_FOLDER)
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
    file = path or FILE
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


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return setting -> (text, the variable)."""
    return {
        variable.removeprefix(PREFIX).lower().replace("__", "."): (text.strip(), variable)
        for variable, text in environ.items()
        if variable.startswith(PREFIX) and text.strip() and not _OF_A_SERVICE.fullmatch(variable)
    }


def _read(found: dict[str, tuple[str, str]], wrong: list[str]) -> dict[str, tuple[str, str]]:
    """Put into the place of each file of a secret what stands in it."""
    for name in found.keys() & _FILES.keys():
        (path, where), key = found.pop(name), _FILES[name]
        try:
            data = Path(home(path)).read_bytes()
            text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            wrong.append(f"{where}: the file that {name} names can't be read ({reason}); check the path and its permissions")
            continue
        if not text:
            wrong.append(f"{where}: the file that {name} names is empty; write the secret into it")
        elif key in found:
            wrong.append(
                f"{where}: {found[key][1] if where.startswith(PREFIX) else f'`{key}`'} is set, too; keep one of them"
            )
        found[key] = text, where
    return found


def secret_files(path: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """Return the files that a secret may stand in: that of the settings, and those that it or the environment names."""
    found = _from_file(path, []) | _from_environment(environ)
    return [path or FILE, *(Path(home(text)) for key, (text, _) in found.items() if key in _FILES)]
