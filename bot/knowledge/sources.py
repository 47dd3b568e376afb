"""How far the sources of entries carry what they say, by where they stand; `sources.yaml` beside it is the table."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.knowledge.kinds import Entry, Source, Urgency

A_FEW, PATIENCE = 4, 10
"""Hosts that are asked at once, each for one page after the other, and the seconds that a page may take."""

TITLES = {
    "only_c": "Entries whose best source is C", "grave_without_a": "Boxed or urgent without a source of A",
    "http": "Addresses with http where https is likely", "network": "Addresses that are gone, moved, or can't be reached",
}  # fmt: skip

_TABLE: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("sources.yaml").read_text(encoding="utf-8"))
_HOSTS = {host: grade for grade, hosts in _TABLE["hosts"].items() for host in hosts.split()}
_PUBLISHERS = {grade: re.compile(rf"\b(?:{'|'.join(words)})\b") for grade, words in _TABLE["publishers"].items()}


def host_of(address: str) -> str:
    """Return the host of an address, in small letters, without `www.` and a stop at its end."""
    return (urlsplit(address).hostname or "").rstrip(".").removeprefix("www.")


def grade(source: Source) -> str:
    """Return A for an agency, regulator, hospital or charity; B for a reference work, society or journal; else C."""
    parts = host_of(source.url).split(".")
    known = next(filter(None, (_HOSTS.get(".".join(parts[at:])) for at in range(len(parts)))), None)
    return known or next((grade for grade in "CAB" if _PUBLISHERS[grade].search(source.publisher)), "C")


def report(entries: Iterable[Entry]) -> dict[str, Any]:
    """Return how many sources each grade has, and what to mend: entries by their ids, addresses as they stand."""
    grades = {entry: [grade(source) for source in entry.sources] for entry in entries}
    grave = [e for e in grades if getattr(e, "boxed", ()) or getattr(e, "urgency", Urgency.TODAY) is not Urgency.TODAY]
    counts = Counter(each for found in grades.values() for each in found)
    addresses = sorted({source.url for entry in grades for source in entry.sources})
    safe = {host_of(url) for url in addresses if url.startswith("https:")} | {*_HOSTS}
    return {
        "grades": {each: counts[each] for each in "ABC"},
        "only_c": sorted(entry.id for entry, found in grades.items() if min(found) == "C"),
        "grave_without_a": sorted(entry.id for entry in grave if "A" not in grades[entry]),
        "http": [url for url in addresses if url.startswith("http:") and host_of(url) in safe],
    }


async def gone_or_moved(addresses: Iterable[str]) -> dict[str, str]:
    """Ask for each page, and return those that are gone, or moved and where to, or can't be reached."""
    from aiohttp import ClientError, ClientSession, ClientTimeout

    found, few, hosts = dict[str, str](), asyncio.Semaphore(A_FEW), defaultdict[str, list[str]](list)
    for address in sorted(set(addresses)):
        hosts[host_of(address)].append(address)

    async def ask(session: ClientSession, urls: list[str]) -> None:
        async with few:
            for url in urls:
                try:
                    async with session.get(url, allow_redirects=False) as answer:
                        if where := answer.headers.get("Location"):
                            found[url] = f"moved to {where}"
                        elif answer.status in (404, 410):
                            found[url] = f"gone ({answer.status})"
                except (ClientError, TimeoutError, ValueError) as error:
                    found[url] = f"can't be reached ({type(error).__name__})"

    async with ClientSession(timeout=ClientTimeout(total=PATIENCE)) as session:
        await asyncio.gather(*(ask(session, urls) for urls in hosts.values()))
    return dict(sorted(found.items()))


def lines_of(made: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report."""
    counted = ", ".join(f"{count} {grade}" for grade, count in made["grades"].items())
    yield f"\nSources: {counted} (A agency, regulator, hospital, charity; B reference work, society, journal; C other)."
    for key in filter(made.__contains__, TITLES):
        yield f"{TITLES[key]}: {len(made[key])}"
        yield from (f"  {each}  {made[key][each]}" if key == "network" else f"  {each}" for each in made[key])
