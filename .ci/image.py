"""Run the Dockerfile's steps for real without an engine, in a Debian that debootstrap unpacks; needs root, and the network.

`python .ci/image.py make FOLDER` leaves the image there and says how large it is. `run FOLDER [COMMAND ...]` runs it as an
engine would: as the user that it names, with its environment and what is set here as `IMMUNOBOT_...`.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CERTIFICATES = "run/certificates.pem"
"""of a network that has its own (PIP_CERT), while it is built"""

DEVICES = {"null": (1, 3), "zero": (1, 5), "urandom": (1, 9)}
"""what any engine puts into /dev"""


def steps() -> list[list[str]]:
    """Return the words of the Dockerfile, each with the rest of its line."""
    text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]


class Stage:
    """One FROM with what follows it."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.user, self.command = root, "/", 0, list[str]()
        self.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

    def note(self, word: str, rest: str) -> None:
        """Keep what a step says of how the image is run."""
        if word == "WORKDIR":
            self.folder = rest
        elif word == "USER":
            self.user = int(rest)
        elif word in ("ENTRYPOINT", "CMD"):
            self.command += ast.literal_eval(rest)
        elif word == "ENV":
            for key, _, value in (each.partition("=") for each in shlex.split(rest)):
                self.environment[key] = value.replace("$PATH", self.environment["PATH"])

    def enter(self) -> None:
        """Leave all but this stage behind, for good."""
        os.chroot(self.root)
        os.chdir(self.folder)
        os.setgroups([])
        os.setgid(self.user)
        os.setuid(self.user)

    def build(self, command: str) -> None:
        """Run a step in the stage."""
        more = {"PIP_CERT": f"/{CERTIFICATES}"} if (self.root / CERTIFICATES).exists() else {}
        done = subprocess.run(
            ["/bin/sh", "-c", command], preexec_fn=self.enter, env=self.environment | more, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(done.stdout)

    def copy(self, words: list[str], stages: dict[str, Stage]) -> None:
        """Copy files, and what is in folders, as COPY does."""
        options = dict(word.split("=") for word in words if word.startswith("--"))
        *what, target = (word for word in words if not word.startswith("--"))
        source = stages[options["--from"]].root if "--from" in options else ROOT
        to = self.root / Path(self.folder, target).relative_to("/")
        to.mkdir(parents=True, exist_ok=True)
        for path in (source / each.lstrip("/") for each in what):
            subprocess.run(["cp", "-a", "--no-preserve=ownership", f"{path}/." if path.is_dir() else path, to], check=True)
        if "--chown" in options:
            subprocess.run(["chown", "-R", options["--chown"], to], check=True)


def unpacked(release: str, to: Path) -> None:
    """Unpack a Debian, or copy the one that UNPACKED names."""
    if given := os.environ.get("UNPACKED"):
        subprocess.run(["cp", "-a", given, to], check=True)
    else:
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", release, to], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stdout)
    shutil.copy("/etc/resolv.conf", to / "etc/resolv.conf")
    if certificates := os.environ.get("PIP_CERT"):
        shutil.copy(certificates, to / CERTIFICATES)


def make(folder: Path) -> None:
    """Do what the Dockerfile says, and leave its last stage in the folder."""
    stages: dict[str, Stage] = {}
    with tempfile.TemporaryDirectory() as made:
        for word, rest in steps():
            print(word, rest, flush=True)
            if word == "FROM":
                base, name = rest.split()[0], rest.split()[-1]
                stage = stages[name] = Stage(Path(made, str(len(stages))) if name != base else folder)
                if base == "scratch":
                    stage.root.mkdir(exist_ok=True)
                else:
                    unpacked(base.removeprefix("debian:").removesuffix("-slim"), stage.root)
            elif word == "RUN":
                stage.build(rest)
            elif word == "COPY":
                stage.copy(rest.split(), stages)
            elif word == "WORKDIR":
                (stage.root / rest[1:]).mkdir(parents=True, exist_ok=True)
            stage.note(word, rest)
    packed = subprocess.check_output(f"tar -C {shlex.quote(str(folder))} -c . | gzip | wc -c", shell=True)
    print(f"The image has {megabytes(folder):.0f} MB, compressed {int(packed) / 1e6:.0f} MB.")
    for name, numbers in DEVICES.items():
        os.mknod(folder / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(*numbers))
        (folder / "dev" / name).chmod(0o666)


def megabytes(folder: Path) -> float:
    """Say what the image takes on a disk."""
    return int(subprocess.check_output(["du", "-sk", folder], text=True).split()[0]) * 1024 / 1e6


def run(folder: Path, *command: str) -> None:
    """Become what an engine would start."""
    stage = Stage(folder)
    for word, rest in steps()[[word for word, _ in steps()].index("FROM", 1) :]:
        stage.note(word, rest)
    given = {key: value for key, value in os.environ.items() if key.startswith("IMMUNOBOT_")}
    command = command or tuple(stage.command)
    stage.enter()
    os.environ["PATH"] = stage.environment["PATH"]
    os.execvpe(command[0], command, stage.environment | given)


if __name__ == "__main__":
    {"make": make, "run": run}[sys.argv[1]](Path(sys.argv[2]).absolute(), *sys.argv[3:])
