"""Check the entries of a folder against each other: links, shared names, look-alikes, disclaimers, translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, get_type_hints

from bot.knowledge.files import ID, Folder, Read, converters
from bot.knowledge.model import ENTRY_TYPES, ConditionOrText, Kind, Link, Many, Medicine, Term, Topic
from bot.knowledge.names import normalise
from bot.strict_yaml import Problem

DISCLAIMERS = ("general", "therapy", "medicine", "condition", "urgent")
"""The disclaimers that every knowledge folder has."""


def check_folder(folder: Folder) -> list[Problem]:
    """Return every problem of a folder, those of single files included, in the order of files and lines."""
    problems = list(folder.problems)
    if not folder.digest:
        return problems
    # Entries that could not be read are missing from the folder; a link to one is no second mistake.
    broken = {problem.file.rsplit("/", 1)[-1].removesuffix(".yaml") for problem in folder.problems}
    conditions = {normalise(r.entry.name): i for i, r in folder.entries.items() if r.entry.kind is Kind.CONDITION}
    for read in folder.entries.values():
        problems += _links(read, folder, broken, conditions)
        problems += _look_alikes(read, folder, broken)
        problems += _urgent(read)
    problems += _names(folder)
    problems += _disclaimers(folder)
    problems += _translations(folder, broken)
    return sorted(set(problems))


def _link_fields(cls: type[Any]) -> tuple[tuple[str, str, Link | ConditionOrText], ...]:
    """Return (key, field, rule) for the fields of an entry type that link to entries."""
    hints = get_type_hints(cls, include_extras=True)
    found = []
    for key, rule in converters(cls).items():
        spec = getattr(hints[rule.field], "__metadata__", (None,))[0]
        spec = spec.of if isinstance(spec, Many) else spec
        if isinstance(spec, Link | ConditionOrText):
            found.append((key, rule.field, spec))
    return tuple(found)


_LINK_FIELDS: dict[type[Any], tuple[tuple[str, str, Link | ConditionOrText], ...]] = {
    cls: _link_fields(cls) for cls in ENTRY_TYPES
}


def _links(read: Read, folder: Folder, broken: set[str], conditions: Mapping[str, str]) -> list[Problem]:
    """Find links to nothing, to the entry itself, or to the wrong kind; and conditions named in words that are entries."""
    problems = []
    for key, name, spec in _LINK_FIELDS[type(read.entry)]:
        value = getattr(read.entry, name)
        for target in (value,) if isinstance(value, str) and value else value:
            kinds = spec.kinds if isinstance(spec, Link) else (Kind.CONDITION,)
            what = todo = ""
            if isinstance(spec, ConditionOrText) and not ID.fullmatch(target):
                if match := conditions.get(normalise(target)):
                    what, todo = f"`{target}` is an entry", f"write its id, `{match}`"
            elif target == read.entry.id:
                what, todo = f"`{key}` links to this same entry", "delete the link"
            elif target in folder.entries:
                kind = folder.entries[target].entry.kind
                if kinds and kind not in kinds:
                    what, todo = f"`{target}` in `{key}` is a {kind}", f"link to a {' or '.join(kinds)} there"
            elif target in folder.withdrawn:
                continue
            elif target not in broken:
                what = f"`{key}` links to `{target}`, and there is no such entry"
                todo = "correct the id, write that entry, or delete the link"
            if what:
                problems.append(Problem(read.file, read.line(key, target), what, todo))
    return problems


def _look_alikes(read: Read, folder: Folder, broken: set[str]) -> list[Problem]:
    """Find look-alikes that are named on one side only: whoever opens the other would not be warned."""
    if not isinstance(read.entry, Medicine):
        return []
    problems = []
    for other in read.entry.look_alikes:
        there = folder.entries.get(other)
        if there and isinstance(there.entry, Medicine) and read.entry.id not in there.entry.look_alikes:
            problems.append(
                Problem(there.file, there.line("look_alikes"), f"`look_alikes` lacks `{read.entry.id}`, which names it",
                        f"add `{read.entry.id}`")
            )  # fmt: skip
    return problems


def _urgent(read: Read) -> list[Problem]:
    """Find urgent terms without help or without words, and words on terms that aren't urgent."""
    entry = read.entry
    if not isinstance(entry, Term):
        return []
    if entry.topic is Topic.URGENT:
        return [
            Problem(read.file, 1, f"an urgent term has no `{key}`", f"add a list `{key}: [...]`")
            for key in ("call_now", "words")
            if not getattr(entry, key)
        ]
    if entry.words:
        return [Problem(read.file, read.line("words"), "only urgent terms have `words`", "write other names under `also`")]
    return []


def all_names(folder: Folder) -> dict[str, list[tuple[str, str]]]:
    """Return, for each normalised name, the (id, name as written) of every entry that has it, translations included."""
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry_id, read in folder.entries.items():
        names = list(read.entry.names())
        for translations in folder.translations.values():
            translation = translations.get(entry_id, {})
            names += [translation["name"]] if "name" in translation else []
            names += translation.get("also", ())
        for name in names:
            having = owners[normalise(name)]
            if all(entry_id != owner for owner, _ in having):
                having.append((entry_id, name))
    return owners


def _names(folder: Folder) -> list[Problem]:
    """Find names that nobody can type, and names that entries share without saying so."""
    problems = []
    for same, owners in all_names(folder).items():
        for entry_id, name in owners if len(owners) > 1 or not same else ():
            read = folder.entries[entry_id]
            line = next((read.line(k, name) for k in ("also", "brands", "biosimilars") if read.line(k, name) > 1), 1)
            others = [other for other, _ in owners if other != entry_id and other not in read.entry.shares_name]
            if not same:
                problems.append(Problem(read.file, line, f"the name `{name}` has no letters", "write letters or digits"))
            elif others:
                what = f"the name `{name}` is also a name of `{', '.join(others)}`"
                todo = "delete it on one of them, or add `shares_name: [...]` to both"
                problems.append(Problem(read.file, line, what, todo))
    return problems


def _disclaimers(folder: Folder) -> list[Problem]:
    english = folder.disclaimers.get("en", {})
    problems = []
    if missing := [key for key in DISCLAIMERS if key not in english]:
        problems.append(
            Problem(
                "disclaimers.yaml", 1, f"there is no disclaimer `{', '.join(missing)}`", "add a line `id: text` for each"
            )
        )
    for read in (*folder.entries.values(), *folder.withdrawn.values()):
        for key in read.entry.disclaimers:
            if key not in english:
                line = read.line("disclaimers", key)
                problems.append(Problem(read.file, line, f"there is no disclaimer `{key}`", "add it to disclaimers.yaml"))
    return problems


def _translations(folder: Folder, broken: set[str]) -> list[Problem]:
    """Find translations of nothing, and those that stand in the folder of another kind."""
    problems = []
    for language, kind_folder, entry_id, file in folder.translated_in:
        read = folder.entries.get(entry_id) or folder.withdrawn.get(entry_id)
        if read is None and entry_id not in broken:
            what = f"this translates `{entry_id}`, and there is no such entry"
            problems.append(Problem(file, 1, what, "rename the file to the id of an entry of the same kind, or delete it"))
        elif read is not None and read.entry.folder != kind_folder:
            what = f"`{entry_id}` is a {read.entry.kind}, and its translation stands in {kind_folder}/"
            problems.append(Problem(file, 1, what, f"move it to {language}/{read.entry.folder}/"))
    return problems
