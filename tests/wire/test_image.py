"""The image, made by the Dockerfile's own steps: small, nobody is root, one folder alone is written, and the bot answers from it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..standin import TOKEN, Bot, Standin
from .helpers import title

SCRIPT = Path(__file__).parents[2] / ".ci/image.py"

_spec = importlib.util.spec_from_file_location("image", SCRIPT)
assert _spec
assert _spec.loader
image = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(image)

SEEN = """
import json, os, ssl
walked = [folder for folder, _, _ in os.walk("/") if os.access(folder, os.W_OK)]
roots = len(ssl.create_default_context().get_ca_certs())
print(json.dumps([os.getuid(), walked, roots, os.path.exists("/bin/sh")]))
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """The image's files."""
    if not shutil.which("debootstrap") or os.getuid():
        if os.environ.get("CI"):
            pytest.fail("debootstrap is missing, or this is not root; .ci/run installs it")
        pytest.skip("needs root and debootstrap, and unpacks a Debian from the network")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the image's user has to get there
        done = subprocess.run([sys.executable, SCRIPT, "make", folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        yield Path(folder)


def test_it_is_small(made: Path) -> None:
    assert image.megabytes(made) <= 150


def test_nobody_is_root_one_folder_alone_is_written_and_certificates_are_there(made: Path) -> None:
    seen = subprocess.check_output([sys.executable, SCRIPT, "run", made, "python3", "-c", SEEN], text=True)
    assert json.loads(seen)[:2] == [10001, ["/tmp", "/var/tmp", "/home/immunobot", "/home/immunobot/data"]]
    assert json.loads(seen)[2] > 50
    assert json.loads(seen)[3] is False


async def test_what_init_writes_in_it_runs_answers_and_is_healthy(
    discord: Standin, made: Path, unused_tcp_port: int
) -> None:
    where = {key: value for key, value in discord.environment().items() if "TOKEN" not in key}
    init = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, "run", made, "immunobot", "init",
        env=os.environ | where, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await init.communicate("\n".join([TOKEN, "1", "moderators", "library@example.org", "de", ""]).encode())
    assert init.returncode == 0
    own = dict.fromkeys(("IMMUNOBOT_DATABASE__URL", "IMMUNOBOT_KNOWLEDGE__PATH", "IMMUNOBOT_DISCORD__TOKEN"), "")
    bot = Bot(discord, made, Path(), IMMUNOBOT_SERVICE__PORT=str(unused_tcp_port), **own)
    bot.run = (str(SCRIPT), "run", str(made))
    async with bot:
        await bot.ready()
        assert title(await discord.ask("define", {"term": "IL2"})) == "Interleukin-2"
        assert title(await discord.ask("therapy", {"name": "car-t"}, locale="es-ES")) == "Terapia de células CAR-T"
        (rest,) = [rest for word, rest in image.steps() if word == "HEALTHCHECK"]
        check = json.loads(rest.partition("CMD ")[2].replace("9464", str(unused_tcp_port)))
        assert await (await asyncio.create_subprocess_exec(sys.executable, SCRIPT, "run", made, *check)).wait() == 0
        assert await bot.stop() == 0
    assert {path.name for path in (made / "home/immunobot").iterdir()} == {"config.yaml", "token.txt", "data"}
