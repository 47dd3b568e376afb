"""Faults of benchmarks/faults.py that need no root, made one after the other against one bot, each for half a second.

That the bot is well again, nothing wrong was answered and no row lost is seen here; how many answers were in time is the
script's to say, on a machine that does nothing else. Not run here, of those that take under 20 seconds:

- frames that can't be read, as test_frames.py makes each of them;
- what is there before the bot is, which needs a bot of its own each time: test_machine.py and test_database.py have the kinds;
- files after which a reload is waited for: test_live.py, test_odd_files.py and test_lost_folder.py have them;
- bursts, which test_bursts.py has, and 20,000 files: they are about how much is done in time;
- stopping, of which test_stopping.py, test_connection.py and test_machine.py have the kinds.
"""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.fault_scene import Row, run_in_turn
from benchmarks.fault_table import FAULTS

HERE = (
    "gateway: an event", "gateway: asks", "gateway: the", "gateway: dropped", "gateway: refuses", "gateway: a proxy",
    "gateway: bytes", "gateway: each", "callbacks: ", "database: locked", "database: refuses", "files: a sparse",
    "files: a link to nothing", "files: a link to /dev/zero", "files: colours", "files: one that isn't", "files: one of a million",
    "machine: stands", "machine: both",
)  # fmt: skip
IN_TURN = [fault for name, fault in FAULTS.items() if fault.quick and name.startswith(HERE)]

RATE = 10
"""Questions a second: the machine has other tests to run."""


@pytest.fixture(scope="module")
def in_turn() -> dict[str, Row]:
    """What came of each fault."""
    return {row.fault.name: row for row in asyncio.run(run_in_turn(IN_TURN, 0.3, RATE))}


@pytest.mark.parametrize("name", [fault.name for fault in IN_TURN])
def test_a_fault_costs_no_more_than_it_must(name: str, in_turn: dict[str, Row]) -> None:
    row = in_turn[name]
    assert row.broken(in_time=False) == [], (row.wrong[:3], row.lines[-5:])
