"""Read what someone uploaded, in a process of its own with limits on memory and time: whatever it holds, the bot goes on.

That process reads the bytes from its input and writes JSON: {"files": {name: text}, "problems":
[[file, line, what, todo, warning], ...]}.
"""

import io
import json
import stat
import subprocess
import sys
import zipfile
from dataclasses import astuple
from pathlib import PurePosixPath

from bot.knowledge.files import LANGUAGES, misplaced
from bot.knowledge.helplines import FILE
from bot.knowledge.kinds import BY_FOLDER
from bot.knowledge.kinds.values import ID, MAX_ID
from bot.processes import command
from bot.strict_yaml import MAX_BYTES, Problem, read

MAX_ZIP = 2_000_000
MAX_FILES = 200
MAX_UNPACKED = 20_000_000
MAX_PROBLEMS = 500
MEMORY = 1_000_000_000
SECONDS = 10
"""Bytes that a zip and what is in it may have, files in it, problems told, and what the reading process may use."""


def unpack(data: bytes, name: str) -> tuple[dict[str, str], list[Problem]]:
    """Return the texts of an uploaded file or zip, by name inside a knowledge folder, and what is wrong with them.

    A single file that isn't in a folder of its kind keeps its bare name. Nothing is raised for what it holds; a process
    that runs out of memory or time is a problem too.
    """
    try:
        done = subprocess.run(  # noqa: S603 (this module itself)
            command("bot.publishing.unpack", name), input=data, capture_output=True, timeout=2 * SECONDS, check=True
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError):
        return {}, [Problem(name, 1, "reading it took too much time or memory", "send less of it, or plainer files")]
    except (OSError, ValueError):  # no process could be started, or none with such a name
        return {}, [Problem(name[:200], 1, "reading it failed", "try again in a minute, under a plain name")]
    return answer["files"], [Problem(*each) for each in answer["problems"]]


def _limit() -> None:
    """Limit this process; Windows has no such limits, only the time its parent gives it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _read(data: bytes, name: str) -> tuple[dict[str, str], list[Problem]]:
    if name.lower().endswith(".zip"):
        return _zip(data, name)
    if wrong := _wrong_name(name):
        return {}, [Problem(name, 1, *wrong)]
    return _files({name: data}, [])


def _files(found: dict[str, bytes], problems: list[Problem]) -> tuple[dict[str, str], list[Problem]]:
    texts = {}
    for name, data in found.items():
        _, wrong = read(data, name)
        problems += wrong
        if not wrong:
            texts[name] = data.decode()
    return texts, problems


def _zip(data: bytes, name: str) -> tuple[dict[str, str], list[Problem]]:
    def no(what: str, todo: str) -> tuple[dict[str, str], list[Problem]]:
        return {}, [Problem(name, 1, what, todo)]

    if len(data) > MAX_ZIP:
        return no(f"the zip has {len(data):,} bytes, and {MAX_ZIP:,} is the most", "send it in parts")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        # Some programs of Windows write its separators.
        every = ((member, member.filename.replace("\\", "/")) for member in archive.infolist())
        members = [(member, name) for member, name in every if not name.endswith("/") and not _noise(name)]
        if len(members) > MAX_FILES:
            return no(f"the zip has {len(members)} files, and {MAX_FILES} is the most", "send it in parts")
        if not members:
            return no("the zip holds no files", "put the .yaml files into it, in their folders")
        if sum(member.file_size for member, _ in members) > MAX_UNPACKED:
            return no(f"what is in the zip has more than {MAX_UNPACKED:,} bytes", "send it in parts")
        found, problems = dict[str, bytes](), list[Problem]()
        top = _top([name for _, name in members])
        for member, full in members:
            inside = full.removeprefix(top).removeprefix("knowledge/")
            if wrong := _wrong_member(member, inside):
                problems.append(Problem(full[:200], 1, *wrong))
            elif inside in found:
                problems.append(Problem(inside, 1, "the zip holds this file twice", "delete one of them"))
            else:
                with archive.open(member) as file:
                    # The size it claims may be a lie: no more than this is ever unpacked.
                    found[inside] = file.read(MAX_BYTES + 1)
    except MemoryError:
        raise
    except Exception:  # zipfile and what it unpacks with raise whatever comes of a damaged file
        return no("this is no zip that can be read", "make it anew, without a password")
    return _files(found, problems)


def _noise(name: str) -> bool:
    """Say whether a file is what a computer adds to a zip by itself, or explains the others."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.suffix in (".md", ".json", ".db", ".ini")


def _top(names: list[str]) -> str:
    """Return the folders around all of these that are none of knowledge: a zip of a folder begins with its name."""
    top = ""
    while True:
        first = {name.removeprefix(top).partition("/")[::2] for name in names}
        tops = {folder if rest else "" for folder, rest in first}
        if len(tops) > 1 or tops & {"", ".", "..", *LANGUAGES, *BY_FOLDER}:
            return top
        top += f"{tops.pop()}/"


def _wrong_member(member: zipfile.ZipInfo, inside: str) -> tuple[str, str] | None:
    parts = inside.split("/")
    if stat.S_ISLNK(member.external_attr >> 16):
        return "this is a link", "put the file itself into the zip"
    if inside.startswith("/") or ".." in parts or ":" in inside or "\0" in inside:
        return "its name leads out of the folder", "name it as in terms/interleukin.yaml"
    return misplaced(inside) or _wrong_name(parts[-1])


def _wrong_name(name: str) -> tuple[str, str] | None:
    if not name.endswith(".yaml"):
        return "this is no .yaml file", "send a file that ends in .yaml, or a .zip of such files"
    stem = name.removesuffix(".yaml")
    if not ID.fullmatch(stem) or len(stem) > MAX_ID:
        todo = f"name it after the entry's id: lower case letters, digits and hyphens, at most {MAX_ID}, then .yaml"
        return "the file's name is no id", todo
    return None


def placed(name: str, folder: str, language: str) -> str:
    """Return where a single file belongs: its bare name in the folder of its kind and language."""
    inside = name if name in ("disclaimers.yaml", FILE) else f"{folder}/{name}"
    return f"{language}/{inside}" if language in LANGUAGES else inside


if __name__ == "__main__":
    _limit()
    files, wrong = _read(sys.stdin.buffer.read(), sys.argv[1])
    json.dump({"files": files, "problems": [astuple(problem) for problem in wrong[:MAX_PROBLEMS]]}, sys.stdout)
