"""Let the event loop have its turns while knowledge is built on another thread."""

import contextlib
import gc
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Each = TypeVar("Each")

_TURN = 0.001
"""Seconds of work between two turns of the event loop."""

_USUAL = sys.getswitchinterval()


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Hand over to the event loop each millisecond, and keep the garbage collector from walking all that is being built."""
    was_on = gc.isenabled()
    gc.disable()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL)
        if was_on:
            # What was built stays until it is let go of, and nothing in it holds itself: walking all of it for garbage would
            # take a quarter of the time that answers take, and hold up the event loop for a tenth of a second each time.
            gc.freeze()
            gc.enable()


def in_turns(work: Iterable[Each]) -> Iterator[Each]:
    """Yield what to work on and hand over in between, where the work calls the system again and again.

    Each call hands over for too short to be noticed, and begins the wait anew: the event loop would wait for dozens.
    """
    turn = 0.0
    for each in work:
        if time.monotonic() > turn:
            time.sleep(0)
            turn = time.monotonic() + _TURN
        yield each
