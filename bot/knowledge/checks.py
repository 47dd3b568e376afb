"""Check the entries of a folder against each other: links, shared names, look-alikes, disclaimers, translations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from bot.knowledge.files import Folder, Read, Translation
from bot.knowledge.kinds import Entry, Kind, Medicine
from bot.knowledge.kinds.base import LinksTo, Model, Translated, key_of, marked, targets
from bot.knowledge.kinds.values import ID
from bot.knowledge.names import normalise
from bot.knowledge.urgency import check_urgency
from bot.strict_yaml import Problem

DISCLAIMERS = ("general", "therapy", "medicine", "condition", "urgent")
"""The disclaimers that every knowledge folder has."""


def check_folder(folder: Folder) -> list[Problem]:
    """Return every problem of a folder, those of single files included, in the order of files and lines."""
    if not folder.digest:
        return sorted(set(folder.problems))
    # Entries that could not be read are missing from the folder; a link to one is no second mistake.
    broken = {problem.file.rsplit("/", 1)[-1].removesuffix(".yaml") for problem in folder.problems if not problem.warning}
    conditions = {normalise(r.entry.name): i for i, r in folder.entries.items() if r.entry.kind is Kind.CONDITION}
    links = (each for read in folder.entries.values() for each in _links(read, folder, broken, conditions))
    alike = (each for read in folder.entries.values() for each in _look_alikes(read, folder))
    others = (_names(folder), _disclaimers(folder), _translations(folder, broken), check_urgency(folder))
    return sorted({*chain(folder.problems, links, alike, *others)})


def _links(read: Read, folder: Folder, broken: set[str], conditions: Mapping[str, str]) -> Iterator[Problem]:
    """Find links to nothing, to the entry itself, or to the wrong kind; and conditions named in words that are entries."""
    for name, mark in marked(type(read.entry), LinksTo).items():
        for target in targets(getattr(read.entry, name)):
            key, there = key_of(type(read.entry))[name], folder.entries.get(target)
            if not ID.fullmatch(target):
                if match := conditions.get(normalise(target)):
                    yield read.problem(key, target, f"`{target}` is an entry", f"write its id, `{match}`")
            elif target == read.entry.id:
                yield read.problem(key, target, f"`{key}` links to this same entry", "delete the link")
            elif there and mark.kinds and there.entry.kind not in mark.kinds:
                what = f"`{target}` in `{key}` is a {there.entry.kind}"
                yield read.problem(key, target, what, f"link to a {' or '.join(mark.kinds)} there")
            elif not there and target not in folder.withdrawn and target not in broken:
                what = f"`{key}` links to `{target}`, and there is no such entry"
                yield read.problem(key, target, what, "correct the id, write that entry, or delete the link")


def _look_alikes(read: Read, folder: Folder) -> Iterator[Problem]:
    """Find look-alikes that are named on one side only: whoever opens the other would not be warned."""
    own = read.entry.id
    for other in read.entry.look_alikes if isinstance(read.entry, Medicine) else ():
        there = folder.entries.get(other)
        if there and isinstance(there.entry, Medicine) and own not in there.entry.look_alikes:
            yield there.problem("look_alikes", None, f"`look_alikes` lacks `{own}`, which names it", f"add `{own}`")


def _names(folder: Folder) -> Iterator[Problem]:
    """Find names that nobody can type, and names that entries share without saying so."""
    spelt: dict[str, dict[str, str]] = defaultdict(dict)  # normalised name -> id of an entry -> its first spelling there
    for entry_id, read in folder.entries.items():
        for name in read.entry.every_name(folder.translations):
            spelt[normalise(name)].setdefault(entry_id, name)
    for same, owners in spelt.items():
        for entry_id, name in owners.items() if len(owners) > 1 or not same else ():
            read = folder.entries[entry_id]
            key = next((k for k in ("also", "brands", "biosimilars") if name in getattr(read.entry, k, ())), "name")
            others = [other for other in owners if other != entry_id and other not in read.entry.shares_name]
            if not same:
                yield read.problem(key, name, f"the name `{name}` has no letters", "write letters or digits")
            elif others:
                what = f"the name `{name}` is also a name of `{', '.join(others)}`"
                yield read.problem(key, name, what, "delete it on one of them, or add `shares_name: [...]` to both")


def _disclaimers(folder: Folder) -> Iterator[Problem]:
    english = folder.disclaimers.get("en", {})
    if missing := [key for key in DISCLAIMERS if key not in english]:
        what = f"there is no disclaimer `{', '.join(missing)}`"
        yield Problem("disclaimers.yaml", 1, what, "add a line `id: text` for each")
    for read in (*folder.entries.values(), *folder.withdrawn.values()):
        for key in read.entry.disclaimers:
            if key not in english:
                yield read.problem("disclaimers", key, f"there is no disclaimer `{key}`", "add it to disclaimers.yaml")


def _translations(folder: Folder, broken: set[str]) -> Iterator[Problem]:
    """Find translations of nothing, and those that stand in the folder of another kind."""
    for found in folder.translated_in:
        read = folder.entries.get(found.id) or folder.withdrawn.get(found.id)
        if read is None and found.id not in broken:
            what = f"this translates `{found.id}`, and there is no such entry"
            yield Problem(found.file, 1, what, "rename the file to the id of an entry of the same kind, or delete it")
        elif read is not None and read.entry.folder != found.folder:
            what = f"`{found.id}` is a {read.entry.kind}, and its translation stands in {found.folder}/"
            yield Problem(found.file, 1, what, f"move it to {found.language}/{read.entry.folder}/")
        elif read is not None:
            yield from _one_by_one(read.entry, found, folder.translations[found.language][found.id])


def _one_by_one(entry: Entry, found: Translation, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Find lists of a translation that don't go item by item with the English ones."""
    for name, given in values.items():
        own, key = getattr(entry, name), key_of(type(entry))[name]
        if (name == "at_once" or _has_parts(own) or _has_parts(given)) and len(given) != len(own):
            what = f"`{key}` has {len(given)} values here, and {len(own)} in English"
            yield found.problem(key, what, "translate each of them, in the same order")
        elif _has_parts(own):
            model: type[Model] = type(own[0])
            for part in marked(model, Translated):
                if any(bool(getattr(a, part)) != bool(getattr(b, part)) for a, b in zip(own, given, strict=True)):
                    what = f"in `{key}` not the same values have `{part}` as in English"
                    yield found.problem(key, what, "translate what the English ones say, and nothing else")


def _has_parts(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Model)
