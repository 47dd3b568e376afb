"""An operator who mistypes a setting is told which, where, and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import BAD_CONFIG, PlainError
from bot.setting_sources import load
from bot.settings import SETTINGS, Config, Discord
from bot.strict_yaml import Node, read

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.yaml"
TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.hunter2.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


def told(path: Path | None = None, **environ: str) -> list[str]:
    """What is said of wrong settings, a line each; the environment's names without their beginning."""
    with pytest.raises(PlainError) as error:
        load(path, {f"IMMUNOBOT_{name}": value for name, value in environ.items()})
    assert error.value.__cause__ is None, "what is chained would be printed, with what was typed"
    assert error.value.__context__ is None
    assert error.value.status == BAD_CONFIG
    return str(error.value).splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def test_the_environment_alone_is_enough() -> None:
    config = load(None, {"IMMUNOBOT_DISCORD__TOKEN": "t", "IMMUNOBOT_DISCORD__SHARDS__COUNT": "4",
                         "IMMUNOBOT_DISCORD__SHARDS__IDS": "0, 2", "HOME": "/"})  # fmt: skip
    assert config.discord.token.get_secret_value() == "t"
    assert (config.discord.shard_count, config.discord.shard_ids) == (4, (0, 2))
    assert config.database.url.get_secret_value() == "sqlite:///data/immunobot.db"


def test_the_environment_stands_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("discord: {token: from-file, sync: never}\noperator: {name: Ada}\n")
    config = load(path, {"IMMUNOBOT_DISCORD__TOKEN": "from-environment"})
    assert config.discord.token.get_secret_value() == "from-environment"
    assert (config.discord.sync, config.operator.name) == ("never", "Ada")


def test_one_setting_of_the_environment_leaves_the_others_of_its_section_to_the_file(file: Path) -> None:
    file.write_text("discord:\n  shards: {count: 4, ids: [1]}\n  sync: never\n")
    discord = load(file, {"IMMUNOBOT_DISCORD__SHARDS__IDS": "2,3"}).discord
    assert (discord.shard_count, discord.shard_ids, discord.sync) == (4, (2, 3), "never")


@pytest.mark.parametrize("ids", ["123456789012345678,223456789012345678", "123456789012345678, 223456789012345678 "])
def test_a_list_is_parted_by_commas_in_the_environment(ids: str) -> None:
    config = load(None, {"IMMUNOBOT_MODERATION__ROLE_IDS": ids, "IMMUNOBOT_MODERATION__GUILD_ID": "1" * 18})
    assert config.moderation.role_ids == (123456789012345678, 223456789012345678)
    assert told(MODERATION__ROLE_IDS="1,2", MODERATION__GUILD_ID="1" * 18) == [
        "IMMUNOBOT_MODERATION__ROLE_IDS: `moderation.role_ids` is no Discord id; turn on Developer Mode in Discord, and copy "
        "the id from the right-click menu"
    ]


def test_what_is_empty_is_not_set(file: Path) -> None:
    file.write_text("discord:\nmoderation:\n  role_ids: []\n  guild_id:\noperator: {name: '  '}\n")
    assert load(file, {"IMMUNOBOT_DISCORD__TOKEN": "", "IMMUNOBOT_DISCORD__SYNC": " "}) == Config()


def test_the_settings_may_name_the_file_of_a_secret(file: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    file.write_text(f"discord:\n  token_file: {tmp_path}/token\n")
    assert load(file, {}).discord.token.get_secret_value() == "secret"
    assert load(file, {"IMMUNOBOT_DISCORD__TOKEN": "other"}).discord.token.get_secret_value() == "other"
    file.write_text(f"discord:\n  token: x\n  token_file: {tmp_path}/token\nprivacy:\n  secret_file: {TOKEN}\n")
    assert sorted(told(file)) == [
        f"{file}:3: `discord.token` is set, too; keep one of them",
        f"{file}:5: the file that privacy.secret_file names can't be read (No such file or directory); check the path and its "
        "permissions",
    ]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("secret\n")
    assert load(None, {"IMMUNOBOT_DISCORD__TOKEN_FILE": str(path)}).discord.token.get_secret_value() == "secret"
    path.write_text("\ufeffsecret\r\n", encoding="utf-8")
    assert load(None, {"IMMUNOBOT_DISCORD__TOKEN_FILE": str(path)}).discord.token.get_secret_value() == "secret"
    path.write_text("secret\r\n", encoding="utf-16")
    assert load(None, {"IMMUNOBOT_DISCORD__TOKEN_FILE": str(path)}).discord.token.get_secret_value() == "secret"
    path.write_text("\n")
    assert told(DISCORD__TOKEN_FILE=str(path)) == [
        "IMMUNOBOT_DISCORD__TOKEN_FILE: the file that discord.token_file names is empty; write the secret into it"
    ]
    path.write_text(f"{TOKEN}\n{TOKEN}\n")
    assert told(DISCORD__TOKEN_FILE=str(path)) == [
        "IMMUNOBOT_DISCORD__TOKEN_FILE: `discord.token` holds a space or a line break; copy the token again, alone"
    ]
    path.write_bytes(b"\xc3\x28")
    for wrong, reason in (
        (str(path), "it is no text"),
        (str(tmp_path), "Is a directory"),
        (str(tmp_path / "none"), "No such file or directory"),
        (TOKEN, "No such file or directory"),
        ("x" * 5000, "File name too long"),
    ):
        assert told(DISCORD__TOKEN_FILE=wrong) == [
            f"IMMUNOBOT_DISCORD__TOKEN_FILE: the file that discord.token_file names can't be read ({reason}); check the path and "
            "its permissions"
        ]
    path.write_text(TOKEN)
    assert told(DISCORD__TOKEN_FILE=str(path), DISCORD__TOKEN=TOKEN) == [
        "IMMUNOBOT_DISCORD__TOKEN_FILE: IMMUNOBOT_DISCORD__TOKEN is set, too; keep one of them"
    ]
    assert told(OPERATOR__NAME_FILE=str(path))[0].startswith("IMMUNOBOT_OPERATOR__NAME_FILE: there is no setting")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("discord: {token: two lines}", r"`discord.token` holds a space or a line break; copy the token again"),
        ("privacy: {secret: x}", r"`privacy.secret` has fewer than 16 characters; make a long random one"),
        ("privacy: {secret: &hunter2 x}", r"config.yaml:1: this is an anchor"),
        (
            "database: {url: 'sqlite:///.'}",
            r"`database.url` is no database's address; write sqlite:/// and the path of a file",
        ),
        ("service: {port: 65536}", r"`service.port` is no port from 0 to 65535; write one as in 9464"),
        ("service: {host: 'a b'}", r"`service.host` is no address or name of this machine; write one as in 127.0.0.1"),
        ("log: {format: xml}", r"`log.format` is neither plain nor json; write one of them"),
        ("discord: {tokn: x}", r"config.yaml:1: there is no setting `discord.tokn`; did you mean `discord.token`\?$"),
        ("\ndiscrod: {token: x}", r"config.yaml:2: there is no setting `discrod`; did you mean `discord`\?$"),
        ("modertion:", r"config.yaml:1: there is no setting `modertion`; did you mean `moderation`\?$"),
        ("token: hunter2", r"config.yaml:1: there is no setting `token`; did you mean `discord.token`\?$"),
        ("discord: {rOLE-ids.hunter2: 1}", r"config.yaml:1: there is no setting of this name; "),
        ("privacy: {hunter2hunter2: }", r"config.yaml:1: there is no setting of this name; did you mean `privacy.secret`"),
        ("guildid: 1", r"config.yaml:1: there is no setting `guildid`; the settings are"),
        ('knowledge: {path: "a\\0hunter2"}', r"config.yaml:1: `knowledge.path` is no path of a folder; write one as in"),
        (
            "knowledge: {changes: " + "hunter2" * 40 + "}",
            r"config.yaml:1: `knowledge.changes` is no path of a folder; write",
        ),
        ("xyz: 1", r"config.yaml:1: there is no setting `xyz`; the settings are backup.every, backup.keep, database.url"),
        (
            "discord: {shards: {cuont: 1}}",
            r"there is no setting `discord.shards.cuont`; did you mean `discord.shards.count`",
        ),
        (
            "discord: hunter2",
            r"config.yaml:1: `discord` is a section; write its settings under it as in config.example.yaml",
        ),
        ("discord:\n  token:hunter2", r"config.yaml:1: `discord` is a section; write its settings under it"),
        ("discord: {shards: hunter2}", r"config.yaml:1: `discord.shards` is a section; write its settings"),
        ("- discord", r"config.yaml:1: the file has no sections; write them as in config.example.yaml"),
        ("hunter2", r"config.yaml:1: the file has no sections; write them as in config.example.yaml"),
        ("discord: {token:hunter2}", r"config.yaml:1: a space is missing after a colon; write `key: value`"),
        ("token:hunter2: x", r"config.yaml:1: a space is missing after a colon; write `key: value`"),
        (
            "operator: {name: [{hunter2: b}]}",
            r"config.yaml:1: `operator.name` is a mapping, or a list that holds one; write",
        ),
        (
            "operator: {name: {hunter2: b}}",
            r"config.yaml:1: `operator.name` is a mapping, or a list that holds one; write it",
        ),
        (
            "moderation: {guild_id: 123456789012345678, role_ids: {a: b}}",
            r"config.yaml:1: `moderation.role_ids` is a mapping, or a list",
        ),
        ("privacy: {retention_days: ٣}", r"config.yaml:1: `privacy.retention_days` is not a number of days from 1 to 9999"),
        ("moderation: {channel_id: 123456789012345678}", r"^`moderation.role_ids` and `moderation.channel_id` need a"),
        ("discord: {sync: maybe}", r"config.yaml:1: `discord.sync` is neither auto nor never; write one of them"),
        ("discord:\n  shards: {count: many}", r"config.yaml:2: `discord.shards.count` is not a number from 1 on"),
        ("discord:\n  shards: {count: 2, ids: [2]}", r"`discord.shards.ids` needs a `discord.shards.count` greater than"),
        ("discord:\n  shards: {ids: [0]}", r"`discord.shards.ids` needs a `discord.shards.count`"),
        ("operator: {privacy_url: nowhere}", r"config.yaml:1: `operator.privacy_url` is no web address"),
        ("database: {url: 'mysql://u:hunter2@h/d'}", r"config.yaml:1: `database.url` is no database's address"),
        ("database: [", r"config.yaml:\d: this is not valid YAML"),
        ("discord: {token: a, token: b}", r"config.yaml:1: `token` is given twice"),
        ("discord: {token:hunter2, token:hunter2}", r"config.yaml:1: this is given twice \(first on line 1\); keep one"),
        ("privacy: {secret: !<hunter2> x}", r"config.yaml:1: this is a tag"),
    ],
)
def test_a_wrong_setting_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(PlainError, match=sentence) as error:
        load(path, {})
    assert "hunter2" not in str(error.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(PlainError) as error:
        load(None, {"IMMUNOBOT_DISCORD__SYNC": "x", "IMMUNOBOT_NOPE": "y", "IMMUNOBOT_DATABASE__URL": "z"})
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize("changes", ["{base}/knowledge", "{base}/knowledge/changes", "{base}", "{base}/x/../link/here"])
def test_changes_and_the_shipped_files_are_kept_apart(tmp_path: Path, changes: str) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "knowledge")
    given = {"IMMUNOBOT_KNOWLEDGE__PATH": str(tmp_path / "knowledge")}
    with pytest.raises(PlainError, match=r"^`knowledge.changes` and `knowledge.path` are one folder, or one is inside the"):
        load(None, given | {"IMMUNOBOT_KNOWLEDGE__CHANGES": changes.format(base=tmp_path)})
    for good in (str(tmp_path / "knowledge-changes"), "none"):
        assert load(None, given | {"IMMUNOBOT_KNOWLEDGE__CHANGES": good}).knowledge.changes == good


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(PlainError, match=r"there is no such file; copy config.example.yaml to it"):
        load(tmp_path / "none.yaml", {})


def test_all_wrong_settings_of_both_sources_are_told_at_once(file: Path, tmp_path: Path) -> None:
    file.write_text("discrod: {token: x}\ndiscord: {sync: maybe}\nprivacy: {secret: short}\nknowledge: {path: .}\n")
    lines = told(file, MODERATON__GUILD_ID="1", DISCORD__API_BASE="nowhere", PRIVACY__RETENTION_DAYS="0",
                 KNOWLEDGE__CHANGES="./changes")  # fmt: skip
    assert [line.removeprefix(f"{tmp_path}/").split(": ")[0] for line in lines] == [
        "config.yaml:1", "IMMUNOBOT_MODERATON__GUILD_ID", "config.yaml:2", "IMMUNOBOT_DISCORD__API_BASE",
        "config.yaml:3", "IMMUNOBOT_PRIVACY__RETENTION_DAYS",
        "`knowledge.changes` and `knowledge.path` are one folder, or one is inside the other; set them apart",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("DISCORD__TOKN", "IMMUNOBOT_DISCORD__TOKEN"),
        ("DISCORD_TOKEN", "IMMUNOBOT_DISCORD__TOKEN"),
        ("TOKEN", "IMMUNOBOT_DISCORD__TOKEN"),
        ("DISCROD__TOKEN", "IMMUNOBOT_DISCORD__TOKEN"),
        ("DISCORD__TOKEN__X", "IMMUNOBOT_DISCORD__TOKEN"),
        ("DISCORD__GUILD_ID", "IMMUNOBOT_MODERATION__GUILD_ID"),
        ("DISCORD__SHARD_COUNT", "IMMUNOBOT_DISCORD__SHARDS__COUNT"),
    ],
)
def test_a_variable_that_is_misspelt_is_named_and_what_was_meant(variable: str, near: str) -> None:
    assert told(**{variable: TOKEN, "DISCORD__TOKEN": TOKEN}) == [
        f"IMMUNOBOT_{variable}: there is no setting of this name; did you mean {near}?"
    ]


def test_a_variable_of_nothing_that_is_known_is_told_the_settings() -> None:
    for variable in ("NOPE", "DISCORD", "DISCORD__SHARDS"):
        (line,) = told(**{variable: TOKEN})
        assert line.startswith(f"IMMUNOBOT_{variable}: there is no setting of this name; "), line


def test_changes_can_be_off() -> None:
    config = load(None, {"IMMUNOBOT_KNOWLEDGE__CHANGES": "none"})
    assert config.changes_path() is None
    assert config.knowledge_paths() == (config.shipped_path(),)


@pytest.mark.parametrize("secret", [TOKEN, f"{TOKEN} x", "hunter2"])
@pytest.mark.parametrize("key", SETTINGS)
def test_a_secret_in_the_wrong_place_is_in_no_error(file: Path, key: str, secret: str) -> None:
    """Whoever takes one setting for another is told so without what they pasted."""
    *sections, name = key.split(".")
    for value in (
        secret,
        f"[{secret}, {secret}]",
        f"{{{secret}: {secret}}}",
        f"{{a: {secret}}}",
        f"[[{secret}]]",
        f"{name}:{secret}",
    ):
        file.write_text("".join(f"{section}: {{" for section in sections) + f"{name}: {value}" + "}" * len(sections))
        for path, environ in ((file, {}), (None, {variable_of(key): value})):
            try:
                config = load(path, environ)
                shown = "" if SETTINGS[key].annotation is str else repr(config)
            except PlainError as error:
                shown = str(error)
            assert "hunter2" not in shown, shown


def variable_of(key: str) -> str:
    return "IMMUNOBOT_" + key.upper().replace(".", "__")


def test_secrets_are_never_shown() -> None:
    config = load(None, {"IMMUNOBOT_DISCORD__TOKEN": "hunter2", "IMMUNOBOT_PRIVACY__SECRET": "hunter3" * 5})
    assert "hunter" not in f"{config!r} {config} {config.discord.token} {config.privacy!s}"
    with pytest.raises(ValidationError) as error:
        replace(config.discord, token="hunter2 x")
    assert "hunter" not in str(error.value)


def test_settings_are_never_changed() -> None:
    with pytest.raises(AttributeError):
        Config().discord = Discord()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Config().discord.sync = "never"  # type: ignore[misc]


def active_lines(text: str) -> str:
    """The example with the comments taken off its settings."""
    return "\n".join(line.removeprefix("#: ").removeprefix("#:") for line in text.splitlines())


def leaves(node: Node, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            yield from leaves(child, f"{key}.{name}".lstrip("."))
    else:
        yield key, node.value if isinstance(node.value, str) else ",".join(str(each.value) for each in node.value)


def test_the_example_explains_every_setting_and_changes_none(file: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert load(EXAMPLE, {}) == Config()
    file.write_text(active_lines(text))
    root, problems = read(file.read_bytes(), "config.example.yaml")
    assert not problems
    assert root is not None
    texts = dict(leaves(root))
    assert sorted(texts) == sorted(SETTINGS)
    changed = load(file, {})
    assert load(None, {variable_of(key): text for key, text in texts.items()}) == changed, "the environment is enough"
    assert changed.discord.token.get_secret_value() == texts["discord.token"]
    for line, before in zip(text.splitlines()[1:], text.splitlines(), strict=False):
        if re.match(r"#:   \S", line):
            assert re.match(r"  # |#:  ", before), f"nothing is said of {line}"
