"""Measure how fast and how well entries are found by name, in the shipped knowledge and in vocabularies made by rule.

    python benchmarks/lookup.py [--sizes 2000 20000 100000] [--seed 1]

Beside it stands a scan of all names with rapidfuzz's WRatio, on fewer samples because it is slow. "ratio" is the scan's
figure divided by ours (of shares: over the same samples). Each of our times is the best of three, so that what else the
machine does is left out of the 99th percentile; a scan is run once.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import WRatio

from bot.knowledge.index import Index
from bot.knowledge.kinds import Condition, Entry, Medicine, Term, Topic
from bot.knowledge.library import Snapshot, build
from bot.knowledge.names import normalise

SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"

SAMPLES = 2000
WHOLE = 500
MESSAGES = 500
SCANS = {2_000: 200, 20_000: 150, 100_000: 50}
"""How often the slow scan is run for vocabularies up to this many names."""

SLIP_FROM = 6
"""From this many letters on a slip is forgiven."""

MOST = 25
"""As many as Discord shows while someone types."""

Translations = Mapping[str, Mapping[str, Mapping[str, Any]]]
Find = Callable[[str], Sequence[str]]
T = TypeVar("T")


# --- vocabularies ---


def _list(text: str) -> list[str]:
    return text.split()


_STARTS = _list(
    "ba be bi bo bre bri ca ce ci clo co cri da de di do dra du e ela em en fa fe fi flo fu ga ge gli go gu ha i ibri "
    "ino ipi ixe ju ka ke la le li lo lu ma me mi mo mu na ne ni no o obi oma pa pe pem per pi po pra que ra ram re ri "
    "ro sa se si so spe sti su ta te ti to tre tu u usta va ve vi vo xe ya za ze zi zo"
)
_MIDDLES = _list(
    "ba bi bre ca ci cle da de do dra fa fi ga gi go la le li lo lu ma me mi mo na ne ni no nu pa pi po ra re ri ro ru "
    "sa se si sta su ta te ti to tra tu va ve vi vo xa zo"
)
_ENDS = (
    *("limab", "lizumab", "lumab", "ximab", "tuzumab", "tumab", "cizumab", "kizumab", "kinumab", "prubart", "tamig"),
    *("cabtagene autoleucel", "leucel", "leukin", "cept", "stim", "mod", "tug vedotin", "tansine", "grastim alfa"),
)
_BRAND_ENDS = _list("a da dra ga la lia mo na nza ra ria ro sta ta tis tra va vi vo vya xa xi za zo")
_ROOTS = _list(
    "aden angi arthr blast carcin cardi cerebr chondr col cyst cyt dermat encephal endotheli enter fibr gastr glomerul "
    "granul hem hepat hist kerat lamell leuk lip lymph melan mening myel myx nephr neur ocul oste pancreat plasm pneum "
    "poly rhabd sarc scler squam synov thromb thyr urothel vascul"
)
_ILLS = _list("oma itis osis opathy emia odysplasia openia oplasia osarcoma ocytoma omatosis atrophy")
_SORTS = _list(
    "acute adult anaplastic atypical benign childhood chronic congenital cutaneous diffuse familial follicular "
    "hereditary idiopathic invasive juvenile mantle marginal metastatic mucosal nodular primary progressive recurrent "
    "refractory relapsing secondary severe systemic"
)
_PLACES = _list(
    "biliary bladder bone brain bronchial cervical colorectal cranial dermal esophageal gastric hepatic intestinal "
    "laryngeal lingual lumbar mediastinal nasal ocular oral ovarian pancreatic pelvic peripheral pleural renal spinal "
    "splenic thoracic thyroid tonsillar uterine vaginal vulvar"
)
_WHO = _list("Abel Berg Castor Dahl Ebert Fenn Gross Haas Ikeda Jung Klein Lund Marsh Nagy Olsen Park Quist Roth Stein")
_PROSE = _list(
    "the doctor said that we should wait and see how she feels after this week because it was a lot to take in and my "
    "mother asked about side effects but nobody could tell us what comes next so I am writing here to hear from others "
    "who had treatment like this before does anyone know whether it works for people over seventy thank you all for "
    "reading blood tests were fine yesterday he starts on monday with a new one every three weeks if insurance agrees"
)


def _medicine(rng: random.Random) -> list[str]:
    generic = rng.choice(_STARTS) + "".join(rng.choices(_MIDDLES, k=rng.choice((1, 2, 2)))) + rng.choice(_ENDS)
    brands = [
        (
            rng.choice(_STARTS) + "".join(rng.choices(_MIDDLES, k=rng.choice((1, 2, 2)))) + rng.choice(_BRAND_ENDS)
        ).capitalize()
        for _ in range(rng.choice((1, 1, 2)))
    ]
    code = [f"{''.join(rng.choices('ABGMRST', k=rng.choice((2, 3))))}-{rng.randrange(100, 99999)}"]
    return [generic, *brands, *(code if rng.random() < 0.3 else ())]


def _condition(rng: random.Random) -> list[str]:
    root = (
        "".join((*rng.sample(_ROOTS, k=2), rng.choice(_ILLS)))
        if rng.random() < 0.7
        else rng.choice(_ROOTS) + rng.choice(_ILLS)
    )
    before = [rng.choice(_SORTS)] if rng.random() < 0.7 else []
    place = [rng.choice(_PLACES)] if rng.random() < 0.6 else []
    names = [" ".join((*before, *place, root))]
    if rng.random() < 0.5:
        names.append(" ".join((root, "of the", rng.choice(_PLACES), "region", *before)))
    if rng.random() < 0.3:
        names.append(
            f"{rng.choice(_WHO)}-{rng.choice(_WHO)} {rng.choice(('disease', 'syndrome', 'tumor'))} {rng.randrange(1, 10)}"
        )
    if rng.random() < 0.3:
        names.append("".join(word[0] for word in names[0].split()).upper() + root[1:3].upper())
    return names


def _gene(rng: random.Random) -> list[str]:
    short = "".join(rng.choices("ABCDEFGHIKLMNPRSTX", k=rng.choice((2, 3, 3, 4)))) + str(rng.randrange(1, 60))
    long = f"{rng.choice(_ROOTS)}o{rng.choice(_ILLS)} {rng.choice(('factor', 'receptor', 'antigen', 'ligand'))} {short[-3:]}"
    return [short, *([long] if rng.random() < 0.6 else ())]


def made(size: int, rng: random.Random) -> dict[str, Entry]:
    """Return entries with `size` names among them, no two alike: medicines, diseases and genes as 5 : 3 : 2.

    A name one slip from another entry's is mostly dropped, as those who approve medicines' names do: made at random, the
    names would be nearer to each other than those of the shipped knowledge are.
    """
    entries: dict[str, Entry] = {}
    taken: dict[str, str] = {}
    left = size
    while left:
        maker, cls = rng.choices(((_medicine, Medicine), (_condition, Condition), (_gene, Term)), weights=(5, 3, 2))[0]
        entry_id = f"e{len(entries)}"
        names: list[str] = []
        for name in dict.fromkeys(maker(rng)):
            same = normalise(name)
            near = {same, *(same[:i] + same[i + 1 :] for i in range(len(same)))} if len(same) >= SLIP_FROM else {same}
            if all(taken.get(text, entry_id) == entry_id for text in near) and taken.get(same) is None and len(names) < left:
                names.append(name)
                taken.update(dict.fromkeys(near, entry_id))
        if not names:
            continue
        left -= len(names)
        about: dict[str, Any] = {"topic": Topic.MOLECULES} if cls is Term else {}
        entries[entry_id] = cls(
            id=entry_id, name=names[0], also=tuple(names[1:]), short="An entry made by rule.", sources=(),
            checked=date(2026, 1, 1), **about,
        )  # fmt: skip
    return entries


# --- what people type ---

_NEAR = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        _list("sqz vn xv sf wr dg fh gj uo hk jl ko n bm ip ol wa et ad ry yi cb qe zc tu xa"),
        strict=True,
    )
)  # fmt: skip


def slip(text: str, rng: random.Random) -> str:
    """Return a text with one slip of the fingers: a letter lost, doubled, swapped with the next, or a neighbouring key."""
    while True:
        at = rng.randrange(len(text))
        letter = text[at]
        how = rng.randrange(4)
        if how == 0:
            slipped = text[:at] + text[at + 1 :]
        elif how == 1:
            slipped = text[:at] + letter + text[at:]
        elif how == 2:
            slipped = text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :]
        else:
            slipped = text[:at] + rng.choice(_NEAR.get(letter.lower(), letter)) + text[at + 1 :]
        if normalise(slipped) != normalise(text):
            return slipped


@dataclass(frozen=True)
class Asked:
    """What was typed, and the entry it was meant for."""

    text: str
    entry_id: str


class Typing:
    """What people would type into one vocabulary."""

    def __init__(self, entries: Mapping[str, Entry], rng: random.Random) -> None:
        self.rng = rng
        self.names = [(name, entry.id) for entry in entries.values() for name in entry.names() if normalise(name)]
        self.long = [(name, i) for name, i in self.names if len(normalise(name)) >= SLIP_FROM]

    def keystrokes(self) -> Iterator[str]:
        """Yield starts of names of any length; half of those from 6 letters on with a slip."""
        while True:
            name, _ = self.rng.choice(self.names)
            start = name[: self.rng.randint(1, min(len(name), 20))]
            yield slip(start, self.rng) if len(start) >= SLIP_FROM and self.rng.random() < 0.5 else start

    def letters(self) -> Iterator[str]:
        """Yield first letters of names."""
        while True:
            yield self.rng.choice(self.names)[0][0]

    def slipped_starts(self) -> Iterator[Asked]:
        """Yield starts of names of 6 letters or more, with a slip."""
        while True:
            name, entry_id = self.rng.choice(self.long)
            yield Asked(slip(name[: self.rng.randint(SLIP_FROM, len(name))], self.rng), entry_id)

    def slipped_names(self) -> Iterator[Asked]:
        """Yield whole names with a slip."""
        while True:
            name, entry_id = self.rng.choice(self.long)
            yield Asked(slip(name, self.rng), entry_id)

    def messages(self) -> Iterator[str]:
        """Yield messages of 2,000 characters with 8 names: fewer than are looked for, so that all of it is read."""
        while True:
            parts = [name for name, _ in self.rng.choices(self.names, k=8)]
            while sum(map(len, parts)) + len(parts) < 2000:
                parts.insert(self.rng.randint(0, len(parts)), self.rng.choice(_PROSE))
            yield " ".join(parts)[:2000]


# --- measuring ---


def timed(call: Callable[[T], object], asked: Sequence[T], best_of: int = 3) -> tuple[float, float]:
    """Return the median and the 99th percentile of a call's time in milliseconds."""
    times = sorted(min(_took(call, text) for _ in range(best_of)) for text in asked)
    return times[len(times) // 2] / 1e6, times[min(len(times) - 1, len(times) * 99 // 100)] / 1e6


def _took(call: Callable[[T], object], text: T) -> int:
    start = time.perf_counter_ns()
    call(text)
    return time.perf_counter_ns() - start


def share(found: Find, asked: Sequence[Asked]) -> float:
    """Return the share of what was asked whose entry is among what is found."""
    return sum(one.entry_id in found(one.text) for one in asked) / len(asked)


def built(entries: Mapping[str, Entry], translations: Translations) -> tuple[Index, float, float]:
    """Return an index, the seconds it took, and the megabytes it holds."""
    gc.collect()
    start = time.perf_counter()
    Index(entries, translations)
    took = time.perf_counter() - start
    gc.collect()
    tracemalloc.start()  # a second time, because tracing makes it several times slower
    index = Index(entries, translations)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return index, took, held


class Scan:
    """What stands beside: every name compared with what was typed."""

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        self.texts = [name.lower() for name, _ in names]
        self.ids = [entry_id for _, entry_id in names]

    def __call__(self, text: str, most: int = MOST) -> list[str]:
        """Return the entries of the names most like a text."""
        return [self.ids[at] for _, _, at in process.extract(text.lower(), self.texts, scorer=WRatio, limit=most)]


def nearest_alone(asked: Sequence[Asked], names: Sequence[tuple[str, str]]) -> float:
    """Return the share of misspellings that no other entry is as near to: more can be first only by luck."""
    texts = [normalise(name) for name, _ in names]
    alone = 0
    for one in asked:
        same = normalise(one.text)
        near = {
            names[at][1]: d for _, d, at in process.extract(same, texts, scorer=OSA.distance, limit=2, score_cutoff=2)[::-1]
        }
        alone += near.get(one.entry_id, 9) < min((d for i, d in near.items() if i != one.entry_id), default=9)
    return alone / len(asked)


Figure = tuple[str, str, str, str, str]
HEAD: Figure = ("", "here", "WRatio", "ratio", "to reach")


def measure(entries: Mapping[str, Entry], translations: Translations, seed: int, goals: dict[str, str]) -> list[Figure]:
    """Return the lines of the table for one vocabulary."""
    index, took, held = built(entries, translations)
    typing = Typing(entries, random.Random(seed))  # not for secrets
    scan = Scan(typing.names)
    scans = next((n for size, n in SCANS.items() if len(typing.names) <= size), 40)
    figures: list[Figure] = [("build, s", f"{took:.2f}", "", "", ""), ("memory, MB", f"{held:.1f}", "", "", "")]

    def suggested(text: str) -> list[str]:
        return [i for s in index.suggest(text, most=MOST) for i in index.exact(s.value)]

    def times(what: str, ours: tuple[float, float], other: tuple[float, float] | None, goal: str = "") -> None:
        for name, here, there in zip(("p50", "p99"), ours, other or (None, None), strict=True):
            figures.append(
                (f"{what}, {name}, ms", f"{here:.3f}", f"{there:.1f}" if there else "",
                 f"{there / here:.0f}" if there else "", goal if name == "p99" else "")
            )  # fmt: skip

    def shares(what: str, asked: Sequence[Asked], ours: Find, other: Find, goal: str = "") -> None:
        here, there = share(ours, asked), share(other, asked[:scans])
        same = share(ours, asked[:scans])
        figures.append((what, f"{here:.3f}", f"{there:.3f}", f"{there / same:.2f}" if same else "", goal))

    # Asked for the first time, starts of one and two letters may take longer: theirs is a line of its own.
    fresh = timed(
        index.suggest, sorted({name[:letters].lower() for name, _ in typing.names for letters in (1, 2)}), best_of=1
    )
    keys = list(islice(typing.keystrokes(), SAMPLES))
    times("autocomplete", timed(index.suggest, keys), timed(scan, keys[:scans], best_of=1), goals.get("autocomplete", ""))
    times("  one or two letters, the first time", fresh, None)
    times("  one letter", timed(index.suggest, list(islice(typing.letters(), SAMPLES))), None)
    starts = list(islice(typing.slipped_starts(), SAMPLES))
    times("  6+ letters with a slip", timed(index.suggest, [one.text for one in starts]), None)
    shares("target among the 25 after a slip", starts, suggested, scan, goals.get("among", ""))
    whole = list(islice(typing.slipped_names(), WHOLE))
    times('"did you mean"', timed(index.close, [one.text for one in whole[:200]]), None)
    first = '"did you mean": right one first'
    shares(first, whole, lambda t: list(index.close(t))[:1], lambda t: scan(t, 1), goals.get("first", ""))
    figures.append(("  no other entry as near", f"{nearest_alone(whole, typing.names):.3f}", "", "", ""))
    messages = list(islice(typing.messages(), MESSAGES))
    times("terms of a message", timed(index.named_in, messages), None, goals.get("terms", ""))
    return figures


GOALS: dict[int, dict[str, str]] = {
    20_000: {"autocomplete": "0.3", "among": "0.97", "first": "0.98", "terms": "0.25"},
    100_000: {"autocomplete": "1", "among": "0.92", "first": "0.98", "terms": "0.25"},
}


def table(figures: Sequence[Figure]) -> str:
    """Return the figures in columns."""
    widths = [max(len(row[i]) for row in [HEAD, *figures]) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [HEAD, *figures]
    )


def main() -> None:
    """Print a table for the shipped knowledge and for each size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--sizes", nargs="*", type=int, default=[2_000, 20_000, 100_000], help="names in each vocabulary")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    snapshot: Snapshot = build([SHIPPED])
    _show("the shipped knowledge", snapshot.entries, snapshot.translations, options.seed, {})
    for size in options.sizes:
        entries = made(size, random.Random(options.seed))
        _show(f"made by rule, seed {options.seed}", entries, {}, options.seed, GOALS.get(size, {}))


def _show(what: str, entries: Mapping[str, Entry], translations: Translations, seed: int, goals: dict[str, str]) -> None:
    names = sum(len(entry.names()) for entry in entries.values())
    print(f"{names:,} names of {len(entries):,} entries: {what}")
    print(table(measure(entries, translations, seed, goals)), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
