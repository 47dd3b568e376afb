"""A process whose clock is wrong, as of a machine without a battery."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def can_be_wrong() -> bool:
    """Say whether this machine can make such a process."""
    return sys.platform == "linux" and shutil.which("cc") is not None


def wrong_by(seconds: int, folder: Path) -> dict[str, str]:
    """Return the variables of such a process; what they name is made in a folder."""
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_WRONG_BY": str(seconds)}
