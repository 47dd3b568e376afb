"""The command line tells a newcomer what to type, and never shows a traceback for what a person can cause."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot import __version__
from bot.cli import main

from .conftest import SHIPPED


@pytest.fixture(autouse=True)
def settings(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMMUNOBOT_KNOWLEDGE__PATH", str(folder))
    monkeypatch.delenv("IMMUNOBOT_DISCORD__TOKEN", raising=False)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("/define term:interleukin-2", 0, "Term · molecules · Checked January 2026, next by January 2027."),
        ("/define interleukin-2", 0, "NCI <https://www.cancer.gov/page>"),
        ("define T cell", 0, "Checked January 2026, next by January 2027"),
        ("/define TIL", 3, "Which one do you mean?"),
        ("/define what helps melanoma", 3, "These sentences come closest to it:"),
        ("/define qqqq", 1, "I have no entry called “qqqq”."),
        ("/help", 0, "How to ask"),
        ("/compare keytruda nemolizumab", 0, "Pembrolizumab and Nemolizumab"),
        ("/define chest pain", 0, "Call your local emergency number now."),
    ],
)
def test_ask(capsys: pytest.CaptureFixture[str], command: str, status: int, words: str) -> None:
    found = run(capsys, "ask", command)
    assert found[0] == status
    assert words in found[1]


def test_ask_prints_the_message_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "--json", "--as", "moderator", "/medicine name:keytruda")
    answer = json.loads(out)
    assert status == 0
    assert set(answer) == {"ephemeral", "content", "embeds", "components"}
    assert answer["ephemeral"] is True
    assert answer["embeds"][0]["title"] == "Pembrolizumab (Keytruda)"
    assert answer["components"][0]["components"][0]["custom_id"] == "im1:tab:pembrolizumab"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/nope x", "There is no command /nope; the commands are /about, /browse, /compare, /condition"),
        ("/define", "/define needs term: try /define term:interleukin."),
        ("/help me", "/help takes nothing after it."),
        ("/compare Keytruda", "/compare needs first and second: try /compare first:interleukin second:cytokine."),
        ("", "There is no command /; the commands are"),
        ("/knowledge status", "There is no command /knowledge; the commands are"),
        ("/settings", "/settings can't be asked so; `immunobot ask --as moderator` may, or `immunobot try`."),
        ("/suggest", "/suggest opens a form, which the terminal can't show; `immunobot try` can."),
    ],
)
def test_a_command_that_can_not_be_understood_has_its_sentence(
    capsys: pytest.CaptureFixture[str], command: str, sentence: str
) -> None:
    status, _, err = run(capsys, "ask", command)
    assert status == 2
    assert err.startswith(f"immunobot: {sentence}")


def test_a_moderators_commands_are_asked_too(capsys: pytest.CaptureFixture[str]) -> None:
    def asked(command: str) -> tuple[int, str, str]:
        return run(capsys, "ask", "--as", "moderator", command)

    assert "No errors." in asked("/knowledge status")[1]
    assert " UTC" in asked("/knowledge status")[1]
    assert "never changed" in asked("/knowledge history t-cell")[1]
    assert "never changed" in asked("/knowledge history entry:t-cell language:en")[1]
    assert "Latest changes" in asked("/knowledge history")[1]
    assert asked("/knowledge rollback entry:t-cell version:x") == (2, "", "immunobot: version is a number.\n")
    assert "There is no such version" in asked("/knowledge rollback t-cell 3")[1]
    assert asked("/knowledge upload file:x")[2] == (
        "immunobot: file is a file, which the terminal can't give; `immunobot try` can.\n"
    )


def test_stats_counts_what_was_asked_and_nobody_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "stats")[0] == 1
    run(capsys, "ask", "/define T cell")
    run(capsys, "ask", "/define T cell")
    run(capsys, "ask", "/define qqqq")
    status, out, _ = run(capsys, "stats", "--json")
    today = json.loads(out)["1"]
    assert status == 0
    assert today["answers"] == 3
    assert today["entries"] == {"t-cell": 2}
    assert (today["found"], today["nothing"]) == (2, 1)
    assert run(capsys, "stats")[1].split()[:9] == ["today", "7", "days", "30", "days", "90", "days", "answers", "3"]


def test_check_says_what_is_wrong_and_its_status_says_whether(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert run(capsys, "check") == (0, "11 entries, no problems.\n", "")
    (folder / "terms/t-cell.yaml").write_text("name: T cell\n")
    status, out, _ = run(capsys, "check", str(folder))
    assert status == 1
    assert "terms/t-cell.yaml:1: a term has no `topic`; add a line `topic: ...`" in out
    status, out, _ = run(capsys, "check", "--json")
    assert status == 1
    assert {"file", "line", "what", "todo", "warning"} == set(json.loads(out)["problems"][0])
    assert run(capsys, "check", "/no/such/folder")[0] == 2


def test_check_can_watch_also_a_folder_that_is_made_anew(folder: Path) -> None:
    whole = shutil.copytree(folder, folder.with_name("whole"))
    command = [sys.executable, "-m", "bot", "check", str(folder), "--watch"]
    environment = os.environ | {"PYTHONPATH": str(SHIPPED.parent)}
    # Where the tests run in the background, Ctrl-C may be ignored, and a child would inherit that.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        signal.signal(signal.SIGINT, former)
        assert process.stdout is not None
        assert process.stdout.readline() == "11 entries, no problems.\n"
        assert process.stdout.readline() == "Watching; Ctrl-C ends it.\n"
        # The watcher may begin a moment after it says so: saving until it answers needs no guess at how long that takes.
        saving = threading.Event()

        def save() -> None:
            while not saving.wait(0.2):
                (folder / "terms/t-cell.yaml").write_text("name: T cell\n")

        saver = threading.Thread(target=save)
        saver.start()
        found = next(line for line in process.stdout if "has no `topic`" in line)
        saving.set()
        saver.join()
        folder.rename(folder.with_name("before"))  # as a checkout of another branch may do
        shutil.copytree(whole, folder)
        assert next(line for line in process.stdout if line == "11 entries, no problems.\n")
        (folder / "terms/t-cell.yaml").write_text("name: T cell\n")
        assert next(line for line in process.stdout if "has no `topic`" in line)
        process.send_signal(signal.SIGINT)
    assert "terms/t-cell.yaml:1:" in found


def test_run_without_a_token_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "run")
    assert status == 78
    assert err == (
        "immunobot: There is no token. Set discord.token in config.yaml, or IMMUNOBOT_DISCORD__TOKEN; "
        "`immunobot try` needs none.\n"
    )
    assert run(capsys, "sync")[0] == 78


def test_broken_knowledge_at_start_has_its_status(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "terms/t-cell.yaml").write_text("name: T cell\n")
    status, _, err = run(capsys, "ask", "/help")
    assert status == 65
    assert "t-cell.yaml:1: a term has no `topic`" in err


def test_where_the_database_can_not_be_used_it_is_answered_all_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IMMUNOBOT_DATABASE__URL", f"sqlite:///{tmp_path}/file/x.db")
    status, out, _ = run(capsys, "ask", "/define T cell")
    assert status == 0
    assert "A white blood cell." in out
    assert "Answers go on without it, and it is tried again." in caplog.text


def test_a_file_that_is_no_database_has_its_status(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/immunobot.db").write_text("Notes of mine, which nobody may move.")
    status, _, err = run(capsys, "ask", "/help")
    assert status == 73
    assert "it is no SQLite database; move the file away" in err
    assert (tmp_path / "data/immunobot.db").read_text() == "Notes of mine, which nobody may move."


def test_a_history_that_can_not_be_read_keeps_the_bot_down(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "ask", "/help")[0] == 0
    with closing(sqlite3.connect(tmp_path / "data/immunobot.db")) as connection:
        connection.execute("ALTER TABLE history RENAME TO lost")
    status, out, err = run(capsys, "ask", "/help")
    assert (status, out) == (73, ""), "what was withdrawn would be shown again"
    assert "immunobot: The database data/immunobot.db can't be read: no such table: history; check the folder" in err


def test_a_wrong_setting_has_its_status(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMMUNOBOT_DISCORD__SYNC", "maybe")
    status, _, err = run(capsys, "check")
    assert status == 78
    assert "`discord.sync` is neither auto nor never; write one of them" in err


def test_help_and_version_are_for_newcomers(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--help"], ["--version"], ["try", "--help"]):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "try the bot on a local page, without a token" in out
    assert f"immunobot {__version__}" in out


def test_a_port_in_use_has_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = run(capsys, "try", "--no-browser", "--port", str(port))
    assert status == 1
    assert f"Port {port} can't be used, another program may have it; choose another with --port." in err


@pytest.mark.parametrize("port", ["70000", "x", "-1"])
def test_a_port_that_is_none_has_its_sentence(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["try", "--port", port])
    assert stop.value.code == 2
    assert "argument --port" in capsys.readouterr().err
