"""Run the Dockerfile's steps for real without an engine, in a Debian that debootstrap unpacks; needs root, and the network.

It prints how large the image is, and has the doctor look at it as the user that it names, who may write to data/ alone.
Run `python .ci/image.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

NOT_IN_SLIM = ("doc", "man", "locale", "info", "lintian", "groff")
"""What Debian's slim images lack below /usr/share."""


def run(*command: str, **more: str) -> None:
    print("+", *command, flush=True)
    subprocess.run(command, check=True, env=os.environ | more)


class Stage:
    """One FROM with what follows it."""

    def __init__(self, base: Path, root: Path) -> None:
        run("cp", "-a", f"{base}/.", str(root))
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        self.root, self.folder, self.user = root, "/", "0"
        self.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.for_network: dict[str, str] = {}
        if certificates := os.environ.get("PIP_CERT"):  # a network that has its own
            shutil.copy(certificates, root / "run/certificates.pem")
            self.for_network = {"PIP_CERT": "/run/certificates.pem"}

    def execute(self, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user, in its folder."""
        inside = f"cd {self.folder} && {command}"
        return subprocess.run(
            ["chroot", f"--userspec={self.user}:{self.user}", str(self.root), "/bin/sh", "-c", inside],
            check=check, env=self.environment | self.for_network, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def path(self, inside: str) -> Path:
        return self.root / (Path(self.folder) / inside).relative_to("/")

    def copy(self, words: list[str], stages: dict[str, Stage]) -> None:
        source = ROOT
        if words[0].startswith("--from="):
            source = stages[words.pop(0).removeprefix("--from=")].root
        *what, target = words
        for each in what:
            to = self.path(target)
            from_ = source / each.lstrip("/")
            run("mkdir", "-p", str(to if from_.is_dir() or target.endswith("/") else to.parent))
            run("cp", "-a", "--no-preserve=ownership", f"{from_}/." if from_.is_dir() else str(from_), str(to))


def main() -> int:
    text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stages: dict[str, Stage] = {}
    with tempfile.TemporaryDirectory() as made:
        bases: dict[str, Path] = {}
        for number, (word, rest) in enumerate(steps):
            if word == "FROM":
                release = rest.split()[0].removeprefix("debian:").removesuffix("-slim")
                if release not in bases:
                    base = bases[release] = Path(made, release)
                    given = os.environ.get("UNPACKED")  # a root that was unpacked before
                    run(
                        *(
                            ("cp", "-a", given, str(base))
                            if given
                            else ("debootstrap", "--variant=minbase", release, str(base))
                        )
                    )
                    for each in (
                        *(base / "usr/share" / name for name in NOT_IN_SLIM),
                        base / "var/lib/apt/lists",
                        base / "var/cache/apt",
                    ):
                        shutil.rmtree(each, ignore_errors=True)
                stage = Stage(bases[release], Path(made, f"stage-{number}"))
                stages[rest.split()[-1]] = stage
            elif word == "RUN":
                print("RUN", rest, flush=True)
                done = stage.execute(rest, check=False)
                if done.returncode:
                    print(done.stdout)
                    return 1
            elif word == "COPY":
                stage.copy(rest.split(), stages)
            elif word == "WORKDIR":
                stage.folder = rest
                stage.path(".").mkdir(parents=True, exist_ok=True)
            elif word == "USER":
                stage.user = rest
            elif word == "ENV":
                for each in shlex.split(rest):
                    key, _, value = each.partition("=")
                    stage.environment[key] = value.replace("$PATH", stage.environment["PATH"])
        size = int(subprocess.check_output(["du", "-sk", str(stage.root)], text=True).split()[0])
        packed = subprocess.check_output(f"tar -C {stage.root} -c . | gzip | wc -c", shell=True, text=True)
        print(f"The image has {size / 1000:.0f} MB, compressed {int(packed) / 1e6:.0f} MB.")
        who = stage.execute(
            "id -u; touch /opt/immunobot/x; touch x; touch data/x && echo data can be written", check=False
        ).stdout
        print(who)
        help_ = stage.execute("immunobot doctor", check=False).stdout
        print(help_)
        good = who.startswith("10001\n") and who.count("Permission denied") == 2 and "data can be written" in who
        return 0 if good and "entries without a mistake" in help_ else 1


if __name__ == "__main__":
    sys.exit(main())
