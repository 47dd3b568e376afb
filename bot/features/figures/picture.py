"""Draw figures as a PNG: in a process of its own, so that matplotlib neither holds up an answer nor stays in memory.

What to draw comes to that process as JSON, the picture goes out.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TypedDict

from bot.errors import USAGE, PlainError, how_to_install
from bot.processes import command

SECONDS = 20.0
"""How long drawing may take; the first time, matplotlib looks for the machine's fonts."""

# The background is the picture's own, so that it reads the same on every theme of Discord.
BACKGROUND = "#2b2d31"
TEXT = "#f2f3f5"
LINES = "#4e5058"
BARS = ("#5aa9ff", "#f0b232")

THOUSANDS = "\N{NARROW NO-BREAK SPACE}"
"""Between thousands; reads the same in every language."""

INCHES = (6.0, 5.0)
DPI = 150

_NOT_INSTALLED = 3


class PictureError(PlainError):
    """There is no picture."""


class NoPlotError(PictureError):
    """The extra `plot` is not installed."""

    status = USAGE

    def __init__(self) -> None:
        super().__init__(f"The picture needs the extra `plot`: {how_to_install('plot')}")


class Drawing(TypedDict):
    """What to draw: panels above each other, a bar for each day under a title, and which days are named below them."""

    panels: Mapping[str, Sequence[int]]
    days: Sequence[tuple[int, str]]


def png(drawing: Drawing) -> bytes:
    """Draw in this process. Raises NoPlotError."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
        from matplotlib.ticker import FuncFormatter, MaxNLocator
    except ImportError:
        raise NoPlotError from None
    figure = Figure(figsize=INCHES, dpi=DPI, facecolor=BACKGROUND, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.1))
    panels = figure.subplots(len(drawing["panels"]), sharex=True, squeeze=False)[:, 0]
    for axes, (title, values), colour in zip(panels, drawing["panels"].items(), BARS, strict=False):
        axes.bar(range(len(values)), values, color=colour, width=0.8)
        axes.set_title(title, loc="left", color=TEXT, fontsize=15, fontweight="bold")
        axes.set_facecolor(BACKGROUND)
        axes.set_xlim(-0.6, len(values) - 0.4)
        axes.set_ylim(0, max(1, *values) * 1.05)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}".replace(",", THOUSANDS)))
        axes.set_xticks([place for place, _ in drawing["days"]], [name for _, name in drawing["days"]])
        axes.tick_params(colors=TEXT, labelcolor=TEXT, labelsize=13, length=0)
        axes.tick_params(axis="x", pad=8)
        axes.grid(axis="y", color=LINES)
        axes.set_axisbelow(True)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(LINES)
    picture = BytesIO()
    figure.savefig(picture, format="png", facecolor=BACKGROUND)
    return picture.getvalue()


async def drawn(drawing: Drawing) -> bytes:
    """Draw in a process of its own, which is ended when it takes too long or nobody waits any more.

    Raises NoPlotError and PictureError.
    """
    # What it needn't know, such as the token, it isn't given.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMMUNOBOT_")}
    try:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 (asyncio's own never ends when cancelled while it starts one)
            command("bot.features.figures.picture"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise PictureError(f"The picture could not be drawn: {error}.") from None
    try:
        picture = await asyncio.to_thread(_talk, process, json.dumps(drawing).encode())
    except subprocess.TimeoutExpired:
        raise PictureError(f"The picture could not be drawn within {SECONDS:.0f} seconds.") from None
    finally:
        process.kill()  # where nobody waits any more; does nothing where it has ended
    if process.returncode == _NOT_INSTALLED:
        raise NoPlotError
    if process.returncode or not picture:
        raise PictureError(f"The picture could not be drawn: its process ended with status {process.returncode}.")
    return picture


def _talk(process: subprocess.Popen[bytes], told: bytes) -> bytes:
    """Return what a process answers; end it where that takes too long. Raises TimeoutExpired."""
    try:
        return process.communicate(told, SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def main() -> int:
    """Read what to draw, write the picture, and return the exit status."""
    try:
        sys.stdout.buffer.write(png(json.load(sys.stdin)))
    except NoPlotError:
        return _NOT_INSTALLED
    return 0


if __name__ == "__main__":
    sys.exit(main())
