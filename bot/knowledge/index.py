"""Find entries by name: exact, as someone types, and by words of danger."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.knowledge.model import Entry, Kind, Medicine, Term, Topic
from bot.knowledge.names import joined, normalise, singular, words

MOST = 25
"""As many as Discord shows while someone types (platform limits: 25 choices)."""

BY_ID = "#"
"""What is picked from the suggestions starts with this where the name alone would not tell which entry is meant."""

# A first letter can begin thousands of names; after this many in alphabetical order the rest is not looked at. The
# most linked entries are looked at first all the same, because they also stand in a list of their own for that letter.
_SCAN = 400


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row of the list shown while someone types: what they see, and what is sent when they pick it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of one entry, in the form it is ranked by."""

    entry_id: str
    kind: Kind
    text: str
    same: str
    chief: bool
    weight: int
    label: str
    value: str


class Index:
    """The names of all entries; immutable once built."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        translations: Mapping[str, Mapping[str, Mapping[str, Any]]],
        popularity: Mapping[str, int] | None = None,
    ) -> None:
        """Build the index. `popularity` says how often each id was asked for, and settles ties."""
        weight = popularity or {}
        links = _links_to(entries.values())
        self._exact: dict[str, tuple[str, ...]] = {}
        self._singular: dict[str, tuple[str, ...]] = {}
        self._entries = entries
        owners: dict[str, dict[str, None]] = defaultdict(dict)
        spelled: dict[tuple[str, str], tuple[str, bool]] = {}
        for entry in entries.values():
            for position, name in enumerate(_names(entry, translations)):
                same = normalise(name)
                owners[same].setdefault(entry.id)
                spelled.setdefault((same, entry.id), (name, position == 0))
        self._exact = {same: tuple(ids) for same, ids in owners.items() if same}
        singulars: dict[str, dict[str, None]] = defaultdict(dict)
        for same, ids in self._exact.items():
            singulars[singular(same)].update(dict.fromkeys(ids))
        self._singular = {same: tuple(ids) for same, ids in singulars.items()}

        self._names: list[_Name] = []
        starts: list[tuple[str, int]] = []
        for (same, entry_id), (name, chief) in spelled.items():
            entry = entries[entry_id]
            shared = len(owners[same]) > 1
            number = len(self._names)
            self._names.append(
                _Name(entry_id, entry.kind, name, same, chief, weight.get(entry_id, 0),
                      _label(entry, name, shared), f"{BY_ID}{entry_id}" if shared else name)
            )  # fmt: skip
            parts = words(name)
            starts += [(joined(parts[i:]), number) for i in range(len(parts))]
        self._starts = sorted(starts)
        self._top = sorted(
            (n for n in self._names if n.chief),
            key=lambda n: (-n.weight, -links.get(n.entry_id, 0), n.text.casefold()),
        )
        self._danger = _danger(entries, translations)

    def exact(self, text: str, kind: Kind | None = None) -> tuple[str, ...]:
        """Return the ids of the entries of this name: none, one, or several that share it.

        Where several share it and just one is of `kind`, that one is meant.
        """
        if text.startswith(BY_ID):
            entry_id = text.removeprefix(BY_ID)
            return (entry_id,) if entry_id in self._entries else ()
        same = normalise(text)
        found = self._exact.get(same) or self._singular.get(singular(same), ())
        if len(found) > 1 and kind is not None:
            of_kind = tuple(i for i in found if self._entries[i].kind is kind)
            return of_kind if len(of_kind) == 1 else found
        return found

    def suggest(self, text: str, kind: Kind | None = None, most: int = MOST) -> list[Suggestion]:
        """Return the entries that someone typing this may mean, the likeliest first, each entry once.

        Ranked: the exact name, a name that starts so, another name that starts so, any word of a name that starts so;
        within each the most asked for, then the shortest. An empty text gives the entries most linked to.
        """
        same = normalise(text)
        if not same:
            found = [n for n in self._top if kind is None or n.kind is kind] if not text.strip() else []
            return [Suggestion(n.label, n.value) for n in found[:most]]
        ranked: dict[str, tuple[int, int, int, _Name]] = {}
        at = bisect_left(self._starts, (same, -1))
        for start, number in self._starts[at : at + _SCAN]:
            if not start.startswith(same):
                break
            name = self._names[number]
            if kind is not None and name.kind is not kind:
                continue
            if name.same == same:
                rank = 0
            elif name.same.startswith(same):
                rank = 1 if name.chief else 2
            else:
                rank = 3
            key = (rank, -name.weight, len(name.text), name)
            best = ranked.get(name.entry_id)
            if best is None or key[:3] < best[:3]:
                ranked[name.entry_id] = key
        return [Suggestion(n.label, n.value) for *_, n in sorted(ranked.values(), key=lambda k: k[:3])[:most]]

    def danger(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries whose words stand in this text; a name of another entry is no danger."""
        spoken = words(text[:4000])
        exact = self._exact.get(joined(spoken), ())
        if exact and not any(_is_urgent(self._entries[i]) for i in exact):
            return ()
        padded = f" {' '.join(spoken)} "
        return tuple(dict.fromkeys(i for phrase, i in self._danger if phrase in padded))


def _names(entry: Entry, translations: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterable[str]:
    yield from entry.names()
    for language in translations.values():
        translation = language.get(entry.id, {})
        if "name" in translation:
            yield translation["name"]
        yield from translation.get("also", ())


def _label(entry: Entry, name: str, shared: bool) -> str:
    """Return what the list shows: another name with the chief one behind it, and the kind where a name is shared."""
    if isinstance(entry, Medicine) and name != entry.name:
        return f"{name} ({_in_sentence(entry.name)})"
    if shared:
        return f"{name} ({entry.name}, {entry.kind})" if name != entry.name else f"{name} ({entry.kind})"
    return name if name == entry.name else f"{name} ({_in_sentence(entry.name)})"


def _in_sentence(name: str) -> str:
    """Return a name as it stands inside a sentence: `Pembrolizumab` small, `BCG live` and `T cell` as they are."""
    return name[0].lower() + name[1:] if name[1:2].islower() and name.partition(" ")[0].isalpha() else name


def _links_to(entries: Iterable[Entry]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for entry in entries:
        for target in entry.links():
            counts[target] += 1
    return counts


def _is_urgent(entry: Entry) -> bool:
    return isinstance(entry, Term) and entry.topic is Topic.URGENT


def _danger(
    entries: Mapping[str, Entry], translations: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> list[tuple[str, str]]:
    """Return (phrase between spaces, id) for the words that lead to each urgent entry."""
    phrases = []
    for entry in entries.values():
        if isinstance(entry, Term) and _is_urgent(entry):
            spoken = [*entry.words, *_names(entry, translations)]
            for language in translations.values():
                spoken += language.get(entry.id, {}).get("words", ())
            phrases += [(f" {' '.join(words(text))} ", entry.id) for text in spoken]
    return phrases
