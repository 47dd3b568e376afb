"""Whatever someone uploads, they are told in a sentence what is wrong with it, and the bot goes on."""

from __future__ import annotations

import io
import json
import random
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from bot.publishing import unpack as module
from bot.publishing.unpack import MAX_FILES, MAX_PROBLEMS, MAX_UNPACKED, MAX_ZIP, placed, unpack
from bot.strict_yaml import MAX_BYTES

from .conftest import SHIPPED

T_CELL = "name: T cell\n# a comment\nshort: A cell. 😀\n"


def told(data: bytes, name: str = "t-cell.yaml") -> str:
    """What is wrong with an upload; there are no files then, or only others."""
    files, problems = unpack(data, name)
    assert problems
    assert not {problem.file for problem in problems} & set(files), "what has a problem is not handed on"
    return "\n".join(str(problem) for problem in problems)


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


# One file -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [T_CELL, "\ufeff" + T_CELL, T_CELL.replace("\n", "\r\n"), "name: x"])
def test_a_file_is_read_and_handed_on_to_the_letter(text: str) -> None:
    assert unpack(text.encode(), "t-cell.yaml") == ({"t-cell.yaml": text}, [])


BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter, letter, b",".join([b"*%c" % (letter - 1)] * 9)) for letter in b"bcdefgh"
)

DANGERS = {
    "an alias bomb": (BOMB, "t-cell.yaml:1: `&a` is an anchor; delete the anchor"),
    "30,000 brackets": (b"[" * 30_000 + b"]" * 30_000, "t-cell.yaml:1: values are nested more than 12 deep"),
    "30,000 brackets open": (b"name: " + b"[" * 30_000, "nested more than 12 deep"),
    "30,000 braces": (b"{a: " * 30_000, "nested more than 12 deep"),
    "a tag": (
        b"name: !!python/object/apply:os.system [true]\n",
        "`tag:yaml.org,2002:python/object/apply:os.system` is a tag",
    ),
    "a merge key": (b"name: x\n<<: {a: b}\n", "t-cell.yaml:2: `<<` merges another mapping"),
    "a key twice": (b"name: x\nshort: y\nname: z\n", "t-cell.yaml:3: `name` is given twice (first on line 1)"),
    "too many bytes": (b"name: x\n# " + b"x" * MAX_BYTES, "the file has more than 256,000 bytes"),
    "many too many bytes": (b"x" * 30_000_000, "the file has more than 256,000 bytes"),
    "another encoding": ("name: célula\n".encode("latin-1"), "t-cell.yaml:1: the text is not UTF-8; save the file"),
    "UTF-16": ("name: x\n".encode("utf-16"), "the text is not UTF-8"),
    "two documents": (b"name: x\n---\nname: y\n", "t-cell.yaml:2: a second document begins here"),
    "nothing": (b"", "t-cell.yaml:1: the file is empty; write the entry"),
    "zeros": (b"\0" * 1000, "a character that YAML does not allow"),
    "no YAML": (b"name: [x\nshort: y\n", "this is not valid YAML"),
    "a zip by another name": (zipped({"terms/x.yaml": "name: x\n"}), "t-cell.yaml:1: "),
}


@pytest.mark.parametrize("danger", DANGERS)
def test_every_danger_of_yaml_has_its_sentence(danger: str) -> None:
    data, sentence = DANGERS[danger]
    assert sentence in told(data)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("T Cell.yaml", "T Cell.yaml:1: the file's name is no id; name it after the entry's id: lower case"),
        ("terms/t-cell.yaml", "the file's name is no id"),
        ("../t-cell.yaml", "the file's name is no id"),
        ("..\\t-cell.yaml", "the file's name is no id"),
        ("x" * 49 + ".yaml", "the file's name is no id"),
        (".yaml", "the file's name is no id"),
        ("t-cell", "this is no .yaml file; send a file that ends in .yaml, or a .zip"),
        ("t-cell.yml", "this is no .yaml file"),
        ("-c.yaml", "the file's name is no id"),
        ("--help", "this is no .yaml file"),
        ("", "this is no .yaml file"),
        ("célula.yaml", "the file's name is no id"),
        ("t-cell\n.yaml", "the file's name is no id"),
        ("t\0.yaml", "reading it failed"),
        ("\ud800.yaml", "reading it failed"),
        ("x" * 3_000_000 + ".yaml", "reading it failed"),
    ],
)
def test_a_name_that_is_no_id_has_its_sentence(name: str, sentence: str) -> None:
    assert sentence in told(T_CELL.encode(), name)


def test_a_flood_of_mistakes_is_not_handed_on_in_full() -> None:
    _, problems = unpack(b"a: x\n" * 50_000, "t-cell.yaml")
    assert len(problems) == MAX_PROBLEMS
    assert str(problems[0]).startswith("t-cell.yaml:2: `a` is given twice")


def test_where_a_single_file_belongs() -> None:
    assert placed("t-cell.yaml", "terms", "en") == "terms/t-cell.yaml"
    assert placed("t-cell.yaml", "terms", "es") == "es/terms/t-cell.yaml"
    assert placed("disclaimers.yaml", "terms", "en") == "disclaimers.yaml"
    assert placed("disclaimers.yaml", "", "es") == "es/disclaimers.yaml"


# Zips -----------------------------------------------------------------------------------------------------------------------

GOOD = {
    "terms/t-cell.yaml": T_CELL,
    "medicines/x1.yaml": "name: X\r\n",
    "es/terms/t-cell.yaml": "name: Linfocito T\n",
    "disclaimers.yaml": "general: x\n",
    "es/disclaimers.yaml": "general: x\n",
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("base", ["", "knowledge/", "my-copy-main/", "home/data/knowledge/"])
def test_a_zip_is_read_and_handed_on_to_the_letter(base: str, method: int) -> None:
    assert unpack(zipped({base + name: text for name, text in GOOD.items()}, method), "new.zip") == (GOOD, [])


def test_a_zip_made_on_windows_is_read_too() -> None:
    data = zipped({"knowledge\\" + name.replace("/", "\\"): text for name, text in GOOD.items()} | {"knowledge\\es\\": ""})
    assert unpack(data, "new.zip") == (GOOD, [])


def test_the_whole_shipped_knowledge_goes_through_in_parts() -> None:
    files = {path.relative_to(SHIPPED).as_posix(): path.read_text() for path in sorted(SHIPPED.rglob("*.yaml"))[:MAX_FILES]}
    assert len(files) == MAX_FILES
    assert unpack(zipped(files), "A.ZIP") == (files, [])


def test_what_a_computer_adds_to_a_zip_is_left_out() -> None:
    noise = ["terms/", "__MACOSX/terms/._t-cell.yaml", "__MACOSX/x", ".DS_Store", "Thumbs.db", "desktop.ini", "terms/.t-cell.yaml.swp", "README.md",
             "schema/terms.json", "terms/._t-cell.yaml", "es/", "knowledge/"]  # fmt: skip
    assert unpack(zipped(GOOD | dict.fromkeys(noise, "")), "new.zip") == (GOOD, [])
    assert "the zip holds no files; put the .yaml files into it" in told(zipped(dict.fromkeys(noise, "")), "new.zip")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../x.yaml", "../x.yaml:1: its name leads out of the folder; name it as in terms/interleukin.yaml"),
        ("terms/../../x.yaml", "leads out of the folder"),
        ("knowledge/../x.yaml", "leads out of the folder"),
        ("/etc/x.yaml", "leads out of the folder"),
        ("/terms/x.yaml", "leads out of the folder"),
        ("knowledge//terms/x.yaml", "leads out of the folder"),
        ("..\\x.yaml", "leads out of the folder"),
        ("\\\\server\\terms\\x.yaml", "leads out of the folder"),
        ("C:/terms/x.yaml", "leads out of the folder"),
        ("terms/./x.yaml", "no entry belongs in this folder; move it into one of conditions, medicines"),
        ("terms//x.yaml", "no entry belongs in this folder"),
        ("x.yaml", "no entry belongs in this folder"),
        ("words/x.yaml", "no entry belongs in this folder"),
        ("fr/terms/x.yaml", "no entry belongs in this folder"),
        ("terms/deep/x.yaml", "no entry belongs in this folder"),
        ("terms/x.txt", "this is no .yaml file"),
        ("terms/X Y.yaml", "the file's name is no id"),
        ("terms/" + "x" * 49 + ".yaml", "the file's name is no id"),
        ("terms/" + "x" * 5000 + ".yaml", "the file's name is no id"),
        ("es/terms/célula.yaml", "the file's name is no id"),
    ],
)
def test_a_file_that_would_be_elsewhere_has_its_sentence(name: str, sentence: str) -> None:
    data = zipped({"terms/t-cell.yaml": T_CELL, name: T_CELL})
    assert sentence in told(data, "new.zip")


def test_every_file_with_a_mistake_is_named_with_its_line() -> None:
    data = zipped({"terms/a.yaml": "name: x\nname: y\n", "terms/b.yaml": BOMB, "terms/c.yaml": T_CELL, "d.yaml": ""})
    found = told(data, "new.zip")
    assert "terms/a.yaml:2: `name` is given twice" in found
    assert "terms/b.yaml:1: `&a` is an anchor" in found
    assert "d.yaml:1: no entry belongs" in found
    assert "c.yaml" not in found


def test_a_link_in_a_zip_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("terms/t-cell.yaml")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert told(data.getvalue(), "new.zip") == "terms/t-cell.yaml:1: this is a link; put the file itself into the zip"


@pytest.mark.parametrize("other", ["terms/t-cell.yaml", "terms\\t-cell.yaml", "knowledge/terms/t-cell.yaml"])
def test_the_same_file_twice_is_refused(other: str) -> None:
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("terms/t-cell.yaml", T_CELL)
        archive.writestr(other, "name: another\n")
    assert "terms/t-cell.yaml:1: the zip holds this file twice; delete one of them" in str(
        unpack(data.getvalue(), "n.zip")[1][0]
    )


def test_a_zip_of_too_much_is_refused() -> None:
    many = {f"terms/t{number}.yaml": "name: x\n" for number in range(MAX_FILES + 1)}
    assert "new.zip:1: the zip has 201 files, and 200 is the most; send it in parts" in told(zipped(many), "new.zip")
    noise = {f"terms/.{number}": "" for number in range(300)}
    files, problems = unpack(zipped(dict(list(many.items())[:MAX_FILES]) | noise), "new.zip")
    assert (len(files), problems) == (MAX_FILES, []), "only files that are wanted count"
    large = zipped({"terms/t-cell.yaml": T_CELL, ".x": random.Random(1).randbytes(MAX_ZIP)})
    assert f"the zip has {len(large):,} bytes, and 2,000,000 is the most" in told(large, "new.zip")


def test_a_zip_bomb_is_refused_unopened() -> None:
    bomb = zipped({f"terms/t{number}.yaml": b" " * 3_000_000 for number in range(20)})
    assert len(bomb) < MAX_ZIP
    assert f"what is in the zip has more than {MAX_UNPACKED:,} bytes; send it in parts" in told(bomb, "new.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_too_large_in_a_zip_is_refused_by_name(method: int) -> None:
    data = zipped({"terms/t-cell.yaml": T_CELL, "terms/x.yaml": b" " * 5_000_000}, method)
    assert told(data, "new.zip") == ("terms/x.yaml:1: the file has more than 256,000 bytes; split it into smaller entries")


@pytest.mark.parametrize("claimed", [0, 10, 2**32 - 2])
def test_a_zip_bomb_that_lies_about_its_size_is_never_unpacked(claimed: int) -> None:
    data = bytearray(zipped({"terms/t-cell.yaml": b" " * 50_000_000}))
    assert len(data) < MAX_ZIP
    directory = data.index(b"PK\x01\x02")
    data[22:26] = data[directory + 24 : directory + 28] = struct.pack("<I", claimed)
    assert told(bytes(data), "new.zip").startswith("new.zip:1: ")


def test_a_password_is_refused() -> None:
    data = bytearray(zipped({"terms/t-cell.yaml": T_CELL}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert told(bytes(data), "new.zip") == "new.zip:1: this is no zip that can be read; make it anew, without a password"


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all", b"\0" * 10_000, T_CELL.encode()])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert told(data, "new.zip").startswith("new.zip:1: th")


def read(data: bytes) -> tuple[dict[str, str], list[Any]]:
    return module._read(data, "new.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_cut_short_or_damaged_is_told_and_never_half_used(method: int) -> None:
    """Read in this process, for it is done a thousand times; what would be raised would be told as something else."""
    data, chance = zipped(GOOD, method), random.Random(7)
    for end in range(len(data)):
        assert read(data[:end]) == ({}, read(b"")[1])
    for _ in range(1000):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        files, problems = read(bytes(damaged))
        assert problems or set(files.values()) <= set(GOOD.values())


# What the reading process does ----------------------------------------------------------------------------------------------

RUN = subprocess.run
HEAVY = "reading it took too much time or memory; send less of it, or plainer files"


def in_a_process_with(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    """Let the reading process do something else first."""

    def changed(command: list[str], **options: Any) -> Any:
        *python, script, name = command
        return RUN([*python, f"import resource, time\n{before}\n{script}", name], **options)

    monkeypatch.setattr(subprocess, "run", changed)


def test_a_process_without_memory_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_process_with(monkeypatch, "")
    assert unpack(T_CELL.encode(), "t-cell.yaml")[1] == [], "the process is the same"
    in_a_process_with(
        monkeypatch, "import bot.strict_yaml\nbot.strict_yaml.read = lambda *given: (bytearray(2_000_000_000), [])"
    )
    assert told(T_CELL.encode()) == f"t-cell.yaml:1: {HEAVY}"


def test_a_process_that_would_never_end_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import bot.strict_yaml\ndef endless(*given):\n    while True: pass\nbot.strict_yaml.read = endless"
    soon = "set_ = resource.setrlimit\nresource.setrlimit = lambda what, most: set_(what, (1, 1) if what == resource.RLIMIT_CPU else most)"
    in_a_process_with(monkeypatch, f"{endless}\n{soon}")
    assert told(T_CELL.encode()) == f"t-cell.yaml:1: {HEAVY}", "it is ended by the system"


def test_a_process_that_waits_for_ever_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    in_a_process_with(monkeypatch, "import threading\nthreading.Event().wait()")
    monkeypatch.setattr(module, "SECONDS", 0.1)
    assert told(T_CELL.encode()) == f"t-cell.yaml:1: {HEAVY}", "it is ended by the bot"


@pytest.mark.parametrize(
    "does", ["raise SystemExit(1)", "import os; os.abort()", "print('no JSON'); raise SystemExit", "1 / 0"]
)
def test_a_process_that_fails_has_its_sentence(monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    in_a_process_with(monkeypatch, does)
    assert told(T_CELL.encode()) == f"t-cell.yaml:1: {HEAVY}"


def test_a_process_that_can_not_be_started_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert "t-cell.yaml:1: reading it failed; try again in a minute" in told(T_CELL.encode())


def test_the_limits_are_really_set() -> None:
    script = "import json, resource, bot.publishing.unpack as m; m._limit(); print(json.dumps([resource.getrlimit(r) for r in (9, 0)]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert json.loads(done.stdout) == [[module.MEMORY] * 2, [module.SECONDS] * 2]


def test_nothing_that_was_uploaded_stands_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    told(BOMB)
    told(b"secret words: [", "new.zip")
    in_a_process_with(monkeypatch, "import sys\nraise ValueError(sys.stdin.read())")
    told(b"secret words")
    assert capfd.readouterr() == ("", "")
