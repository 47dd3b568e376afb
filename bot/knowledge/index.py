"""Find entries by name: exact, as someone types, by a close spelling, in a text, and by words of danger.

Only `exact` may be served. Everything else is there to be offered.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.danger import Danger, Heard
from bot.knowledge.kinds import Entry, Kind, Medicine, is_urgent
from bot.knowledge.kinds.base import Translations
from bot.knowledge.names import ORDINARY, SHORT, in_sentence, joined, less_one, normalise, singular, words, words_and_raw
from bot.knowledge.spoken import FIRST, words_for
from bot.language import ENGLISH, spoken

MOST = 25
"""As many as Discord shows while someone types (platform limits: 25 choices)."""

MOST_NAMED = 10
"""Terms of a message that are explained: two rows of buttons."""

BY_ID = "#"
"""What is picked from the suggestions starts with this where the name alone would not tell which entry is meant."""

# From this many letters on a slip is looked for when few names start as typed, in this many first letters of a name.
_SLIP_FROM = 5
_FEW = 5

# A prefix of one or two letters can start thousands of names: their lists are kept, those of one letter from the start.
_KEPT_LETTERS = 2
# For longer prefixes, so many names in alphabetical order are looked at; the exact and the shortest come first there.
_SCAN = 300

_ALIKE = 0.6
"""How much of a name a text must have in common with it (1 for all) to be taken for it: of nemolizumab, pembrolizumb has."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row of the list shown while someone types: what they see, and what is sent when they pick it."""

    label: str
    value: str


class _Name(NamedTuple):
    """One name of one entry, in the form it is ranked by."""

    entry_id: str
    kind: Kind
    text: str
    same: str
    chief: bool
    weight: int
    value: str
    languages: tuple[str, ...]
    """those whose speakers are shown it as they type; to others only whole"""


class Index:
    """The names of all entries; immutable once built, but for lists that are worked out once."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        translations: Translations,
        popularity: Mapping[str, int] | None = None,
        danger: Danger | None = None,
    ) -> None:
        """Build the index. `popularity` says how often each id was asked for, and settles ties.

        `danger` is what danger is heard by, where it is known already or more than these entries have words for it.
        """
        self._entries = entries
        self._translations = translations
        self._languages = (ENGLISH, *translations)
        owners: dict[str, dict[str, None]] = defaultdict(dict)
        spelled: dict[tuple[str, str], tuple[str, bool, list[str], set[str]]] = {}
        for entry in entries.values():
            chiefs = {entry.name, *(texts[entry.id].get("name") for texts in translations.values() if entry.id in texts)}
            for name, said_in in entry.every_in(entry.named, translations):
                if same := joined(parts := words(name)):
                    owners[same].setdefault(entry.id)
                    spelled.setdefault((same, entry.id), (name, name in chiefs, parts, set()))[-1].update(said_in)
        self._spelling = {key: name for key, (name, *_) in spelled.items()}
        self._exact = {same: tuple(ids) for same, ids in owners.items()}
        said = words_for(entries, translations, self._exact)
        for (same, entry_id), (word, said_in) in said.items():
            spelled[same, entry_id] = (word, False, words(word), set(said_in))
            owners[same].setdefault(entry_id)
        self._spoken = {same: tuple(owners[same]) for same, _ in said}
        singulars: dict[str, dict[str, None]] = defaultdict(dict)
        for same, ids in self._exact.items():
            singulars[singular(same)].update(dict.fromkeys(ids))
        self._singular = {same: tuple(ids) for same, ids in singulars.items()}

        # How often others were in danger is nobody's suggestion.
        weight = {i: times for i, times in (popularity or {}).items() if i in entries and not is_urgent(entries[i])}
        self._names = [
            _Name(entry_id, entries[entry_id].kind, name, same, chief, weight.get(entry_id, 0),
                  f"{BY_ID}{entry_id}" if len(owners[same]) > 1 else name, tuple(sorted(said_in)))
            for (same, entry_id), (name, chief, _, said_in) in spelled.items()
        ]  # fmt: skip
        links = Counter(target for entry in entries.values() for target in entry.links())
        first = {entry_id: place for place, entry_id in enumerate(FIRST)}
        self._top = sorted(
            (n for n in self._names if n.chief and not is_urgent(entries[n.entry_id])),
            key=lambda n: (
                first.get(n.entry_id, len(first)), -n.weight, -links.get(n.entry_id, 0), n.text.casefold(),
            ),
        )  # fmt: skip
        self.words_of_danger = danger or Danger(entries, translations)
        parts_of = [parts for *_, parts, _ in spelled.values()]
        self._index_starts(parts_of)
        self._index_lengths()
        self._index_first_words(parts_of)

    def _index_starts(self, parts_of: list[list[str]]) -> None:
        """Sort where every word of every name starts, and keep the first letters of each name less one letter."""
        # By their first letters: one sort of all of them would hold up the event loop.
        by_letter: dict[str, list[tuple[str, int]]] = defaultdict(list)
        slips: dict[str, list[int]] = defaultdict(list)
        for number, (name, parts) in enumerate(zip(self._names, parts_of, strict=True)):
            start = name.same
            for word in parts:
                by_letter[word[0]].append((start, number))
                start = start[len(word) :].lstrip()
            if len(name.same) > SHORT:
                for less in less_one(name.same[:_SLIP_FROM]):
                    slips[less].append(number)
        starts = [each for letter in sorted(by_letter) for each in sorted(by_letter[letter])]
        self._starts = [start for start, _ in starts]
        self._start_names = [number for _, number in starts]
        self._slips = dict(slips)
        self._kept = {letter: self._starting(letter, len(self._starts)) for letter in by_letter}

    def _index_lengths(self) -> None:
        """Keep the names by their length: a close spelling is at most two letters longer or shorter."""
        self._by_length: dict[int, dict[int, str]] = defaultdict(dict)
        for number, name in enumerate(self._names):
            if len(name.same) > SHORT:
                self._by_length[len(name.same)][number] = name.same

    def _index_first_words(self, parts_of: list[list[str]]) -> None:
        """Keep every beginning of a name at a word's end, so that a text is left at the first word that starts none."""
        self._beginnings: set[str] = set()
        self._capitals: set[str] = set()
        for name, parts in zip(self._names, parts_of, strict=True):
            if name.same in self._spoken:
                continue
            end = 0
            for word in parts[:-1]:
                end = name.same.index(word, end) + len(word)
                self._beginnings.add(name.same[:end])
            is_a_sign = name.chief and name.kind is Kind.SYMPTOM  # a rash is one in small letters too
            if len(name.same) <= SHORT and name.same.isalpha() and not is_a_sign:
                self._capitals.add(name.same)

    def exact(self, text: str, kind: Kind | None = None) -> tuple[str, ...]:
        """Return the ids of the entries of this name: none, one, or several that share it.

        Where several share it and just one is of `kind`, that one is meant.
        """
        if text.startswith(BY_ID):
            entry_id = text.removeprefix(BY_ID)
            return (entry_id,) if entry_id in self._entries else ()
        found = self._of(same := normalise(text)) or self._spoken.get(same, ())
        if len(found) > 1 and kind is not None:
            of_kind = tuple(i for i in found if self._entries[i].kind is kind)
            return of_kind if len(of_kind) == 1 else found
        return found

    def spelled(self, text: str, entry_id: str) -> str:
        """Return an entry's name as the knowledge spells it, where this text is one of its names; else nothing."""
        return self._spelling.get((normalise(text), entry_id), "")

    def _of(self, same: str) -> tuple[str, ...]:
        return self._exact.get(same) or self._singular.get(singular(same), ())

    def suggest(self, text: str, kind: Kind | None = None, most: int = MOST) -> list[Suggestion]:
        """Return the entries that someone typing this may mean, the likeliest first, each entry once, in their language.

        Ranked: the exact name (in any language), a name that starts so, another name that does, any word of a name; in each
        the most asked for, then the shortest. Where few start so, those that start almost so follow, none of them urgent. An
        empty text gives what most people look for first, then the entries most asked for and linked to.
        """
        same, language = normalise(text), spoken().code
        if not same:
            found = [n for n in self._top if not text.strip() and kind in (None, n.kind) and language in n.languages]
        elif len(same) <= _KEPT_LETTERS:
            if same not in self._kept and (found_by_kind := self._starting(same, len(self._starts))):
                self._kept[same] = found_by_kind
            found = self._kept.get(same, {}).get((language, kind), [])
        else:
            found = self._starting(same, _SCAN).get((language, kind), [])
            if len(found) < _FEW and len(same) >= _SLIP_FROM:
                shown = {n.entry_id for n in found}
                found += [n for n in self._almost_starting(same, kind, language) if n.entry_id not in shown]
        return [Suggestion(self._label(n, language), n.value) for n in found[:most]]

    def _label(self, name: _Name, language: str) -> str:
        """Return what the list shows: another name with the chief one behind it."""
        chief = self._translations.get(language, {}).get(name.entry_id, {}).get("name") or self._entries[name.entry_id].name
        return name.text if name.text == chief else f"{name.text} ({in_sentence(chief)})"

    def _starting(self, same: str, scan: int) -> dict[tuple[str, Kind | None], list[_Name]]:
        """Return one name of each entry with a word that starts so, ranked: for each language, and each kind or all."""
        best: dict[tuple[str, Kind | None], dict[str, tuple[int, int, int, int]]] = defaultdict(dict)
        at = bisect_left(self._starts, same)
        for position in range(at, min(at + scan, len(self._starts))):
            if not self._starts[position].startswith(same):
                break
            number = self._start_names[position]
            name = self._names[number]
            if name.same == same:
                rank = 0
            elif name.same.startswith(same):
                rank = 1 if name.chief else 2
            else:
                rank = 3
            key = (rank, -name.weight, len(name.text), number)
            for language in name.languages if rank else self._languages:
                for of_kind in (best[language, None], best[language, name.kind]):
                    if name.entry_id not in of_kind or key < of_kind[name.entry_id]:
                        of_kind[name.entry_id] = key
        return {k: [self._names[key[-1]] for key in nsmallest(MOST, of_kind.values())] for k, of_kind in best.items()}

    def _almost_starting(self, same: str, kind: Kind | None, language: str) -> list[_Name]:
        """Return one name of each entry that starts as typed but for one slip (two from eight letters on), ranked.

        Names that share their first letters but for one with what was typed are compared letter by letter.
        """
        slips = 1 if len(same) < 8 else 2
        numbers = {number for less in less_one(same[:_SLIP_FROM]) for number in self._slips.get(less, ())}
        best: dict[str, tuple[int, int, int, int]] = {}
        for number in numbers:
            name = self._names[number]
            if kind not in (None, name.kind) or language not in name.languages or is_urgent(self._entries[name.entry_id]):
                continue
            # A letter too many or too few was typed: the name's beginning may be one longer or shorter.
            distance = min(
                OSA.distance(same, name.same[:length], score_cutoff=slips)
                for length in (len(same), len(same) - 1, len(same) + 1)
            )
            if distance <= slips:
                key = (distance, -name.weight, abs(len(name.same) - len(same)), number)
                if name.entry_id not in best or key < best[name.entry_id]:
                    best[name.entry_id] = key
        return [self._names[key[-1]] for key in sorted(best.values())]

    def close(self, text: str, kind: Kind | None = None, most: int = 5) -> dict[str, str]:
        """Return the entries with a name spelt almost so, each with that name, the closest first; never a short name.

        Up to two slips (letters lost, added, changed, or two swapped: OSA distance); one in names of five letters. Names
        of up to four letters or digits have no close spellings at all: IL-2 and IL-12 are one letter apart. The look-alikes
        of a medicine that is found follow it where what was typed looks like them too, because either may be meant.
        """
        same = normalise(text)
        if len(same) < SHORT or (len(same) == SHORT and not same.isalpha()):
            return {}
        slips = 1 if len(same) <= SHORT + 1 else 2
        best: dict[str, tuple[float, int, int]] = {}
        for length in range(max(len(same) - slips, SHORT + 1), len(same) + slips + 1):
            for _same, distance, number in process.extract(
                same, self._by_length.get(length, {}), scorer=OSA.distance, score_cutoff=slips, limit=None
            ):
                name = self._names[number]
                key = (distance, -name.weight, number)
                if (kind is not None and name.kind is not kind) or not self.words_of_danger.may_be_meant(same, name.same):
                    continue
                if key < best.get(name.entry_id, (slips + 1, 0, 0)):
                    best[name.entry_id] = key
        found = {entry_id: self._names[best[entry_id][-1]].text for entry_id in sorted(best, key=lambda i: best[i])}
        for entry_id in list(found)[:1]:
            entry = self._entries[entry_id]
            for other in entry.look_alikes if isinstance(entry, Medicine) else ():
                if other in self._entries and self.looks_like(other, text):
                    found.setdefault(other, self._entries[other].name)
        return dict(list(found.items())[:most])

    def looks_like(self, entry_id: str, text: str) -> bool:
        """Say whether an entry has a name that could be taken for this text."""
        names = (normalise(name) for name in self._entries[entry_id].names())
        return any(OSA.normalized_similarity(normalise(text), name) >= _ALIKE for name in names)

    def named_in(self, text: str, most: int = MOST_NAMED, *, any_case: bool = False) -> list[tuple[str, ...]]:
        """Return the entries named in a text, in the order of the text, each once; several ids where they share the name.

        The longest name counts (`checkpoint inhibitor` is not also `inhibitor`). Short names of letters alone count only in
        capitals: MS and ALL are illnesses, `ms` and `all` are not. With `any_case`, for words typed to search, they count
        in any case unless they are ordinary words.
        """
        spoken, as_typed = words_and_raw(text)
        exact, beginnings = self._exact, self._beginnings
        found: dict[tuple[str, ...], None] = {}
        skip = 0
        for at, word in enumerate(spoken):
            if skip:
                skip -= 1
                continue
            # Most words of a text begin no name: they are passed over at the price of a few look-ups.
            if word not in exact and (word[-1] != "s" or singular(word) not in self._singular):
                if word not in beginnings:
                    continue
                two = word + spoken[at + 1] if at + 1 < len(spoken) else word
                if two not in beginnings and two not in exact and (two[-1] != "s" or singular(two) not in self._singular):
                    continue
            length, ids = self._longest_at(spoken, at)
            if ids and length == 1 and word in self._capitals:
                capitals = len(as_typed) == len(spoken) and as_typed[at].isupper()
                ids = ids if capitals or (any_case and word not in ORDINARY) else ()
            if ids:
                skip = length - 1
                found.setdefault(ids)
                if len(found) == most:
                    break
        return list(found)

    def _longest_at(self, spoken: list[str], at: int) -> tuple[int, tuple[str, ...]]:
        """Return how many words the longest name has that starts here, and whose it is."""
        length, ids = 1, tuple[str, ...]()
        so_far = ""
        for end in range(at, len(spoken)):
            word = spoken[end]
            so_far += f" {word}" if so_far[-1:].isdigit() and word[0].isdigit() else word
            if owners := self._of(so_far):
                length, ids = end - at + 1, owners
            if so_far not in self._beginnings:
                break
        return length, ids

    def heard(self, text: str) -> Heard:
        """Return the urgent entries whose words stand in this text: what may be happening, and what is only spoken of."""
        if (exact := self._of(joined(words(text)))) and not any(is_urgent(self._entries[i]) for i in exact):
            # Familial Mediterranean fever is no fever; but words that are listed as they stand are danger all the same.
            return Heard(self.words_of_danger.is_phrase(text))
        return self.words_of_danger.hear(text)

    def danger(self, text: str) -> tuple[str, ...]:
        """Return the ids of the urgent entries of which this text says that they may be happening, emergencies first."""
        return self.heard(text).happening
