"""An operator who mistypes a setting is told which, where, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config, ConfigError, load

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"


def test_the_environment_alone_is_enough() -> None:
    config = load(None, {"IMMUNOBOT_DISCORD__TOKEN": "t", "IMMUNOBOT_DISCORD__SHARDS__COUNT": "4",
                         "IMMUNOBOT_DISCORD__SHARDS__IDS": "0, 2", "HOME": "/"})  # fmt: skip
    assert (config.discord.token, config.discord.shard_count, config.discord.shard_ids) == ("t", 4, (0, 2))
    assert config.database.url == "sqlite:///data/immunobot.db"


def test_the_environment_stands_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("discord: {token: from-file, sync: never}\noperator: {name: Ada}\n")
    config = load(path, {"IMMUNOBOT_DISCORD__TOKEN": "from-environment"})
    assert (config.discord.token, config.discord.sync, config.operator.name) == ("from-environment", "never", "Ada")


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    assert load(None, {"IMMUNOBOT_DISCORD__TOKEN_FILE": str(tmp_path / "token")}).discord.token == "secret"
    with pytest.raises(ConfigError, match=r"IMMUNOBOT_DISCORD__TOKEN_FILE: the file it names can't be read; check the path"):
        load(None, {"IMMUNOBOT_DISCORD__TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("discord: {token: two lines}", r"`discord.token` holds a space or a line break; copy the token again"),
        ("privacy: {secret: x}", r"`privacy.secret` has fewer than 16 characters; make a long random one"),
        ("privacy: {secret: &hunter2 x}", r"config.yaml:1: this is an anchor"),
        ("database: {url: 'sqlite:///.'}", r"`database.url` is no SQLite address; write sqlite:/// and the path of a file"),
        ("discord: {tokn: x}", r"config.yaml:1: there is no setting `discord.tokn`; the settings are database.url, discord"),
        ("discord: {sync: maybe}", r"config.yaml:1: `discord.sync` is `maybe`; write one of auto, never"),
        ("discord:\n  shards: {count: many}", r"config.yaml:2: `discord.shards.count` is not a number from 1 on"),
        ("discord:\n  shards: {count: 2, ids: [2]}", r"`discord.shards.ids` needs a `discord.shards.count` greater than"),
        ("discord:\n  shards: {ids: [0]}", r"`discord.shards.ids` needs a `discord.shards.count`"),
        ("operator: {privacy_url: nowhere}", r"config.yaml:1: `operator.privacy_url` is no web address"),
        ("database: {url: 'mysql://u:hunter2@h/d'}", r"config.yaml:1: `database.url` is no SQLite address"),
        ("database: [", r"config.yaml:\d: this is not valid YAML"),
        ("discord: {token: a, token: b}", r"config.yaml:1: `token` is given twice"),
    ],
)
def test_a_wrong_setting_has_its_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence) as error:
        load(path, {})
    assert "hunter2" not in str(error.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        load(None, {"IMMUNOBOT_DISCORD__SYNC": "x", "IMMUNOBOT_NOPE": "y", "IMMUNOBOT_DATABASE__URL": "z"})
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize("changes", ["{base}/knowledge", "{base}/knowledge/changes", "{base}", "{base}/x/../link/here"])
def test_changes_and_the_shipped_files_are_kept_apart(tmp_path: Path, changes: str) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "knowledge")
    given = {"IMMUNOBOT_KNOWLEDGE__PATH": str(tmp_path / "knowledge")}
    with pytest.raises(ConfigError, match=r"^`knowledge.changes` and `knowledge.path` are one folder, or one is inside the"):
        load(None, given | {"IMMUNOBOT_KNOWLEDGE__CHANGES": changes.format(base=tmp_path)})
    for good in (str(tmp_path / "knowledge-changes"), "none"):
        assert load(None, given | {"IMMUNOBOT_KNOWLEDGE__CHANGES": good}).knowledge.changes == good


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file; copy config.example.yaml to it"):
        load(tmp_path / "none.yaml", {})


def test_secrets_are_never_shown() -> None:
    config = load(None, {"IMMUNOBOT_DISCORD__TOKEN": "hunter2", "IMMUNOBOT_PRIVACY__SECRET": "hunter3" * 5})
    assert "hunter" not in repr(config)


def test_the_example_explains_every_setting_and_changes_none(tmp_path: Path) -> None:
    from bot.config import _keys

    text = EXAMPLE.read_text(encoding="utf-8")
    for key in _keys():
        assert f"{key.rsplit('.', 1)[-1]}:" in text, key
    assert load(EXAMPLE, {}) == Config()
    # With the comments taken off, every line is still a setting that is known.
    active = tmp_path / "config.yaml"
    active.write_text("\n".join(line.removeprefix("#: ").removeprefix("#:") for line in text.splitlines()))
    assert load(active, {}).discord.token
