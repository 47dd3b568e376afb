"""Change some keys of a knowledge file and leave every other byte of it as it is, comments included.

Libraries that write YAML back (ruamel.yaml) fold lines and quotes anew; a moderator's diff would be full of that.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import yaml

from bot.strict_yaml import Node, read

Item: TypeAlias = "str | Mapping[str, str | date | Sequence[str]]"
Value: TypeAlias = "str | date | Sequence[Item] | Mapping[str, Sequence[Item]] | None"
"""What a key is set to; None takes the key away."""

# A line as YAML counts them, with its end: not only \n ends one.
_LINE = re.compile(r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+\Z")
_COMMENT = re.compile(r"#[^\n\r\x85\u2028\u2029]*")
_BREAK = re.compile(r"[\n\r\x85\u2028\u2029]")


class NotPlainError(ValueError):
    """The file is written in a way that only an editor should change, such as a whole entry on one line, or is broken."""


class _Block(NamedTuple):
    """Where a key's lines are, from 0 up to (not with) the last; and those of each item, of a list with an item a line."""

    first: int
    end: int
    items: tuple[tuple[int, int], ...]


def rewrite(text: str, changes: Mapping[str, Value]) -> str:
    """Return the text of a YAML mapping with these top-level keys set, in their place or at the end, or taken away.

    Comments stay: behind the new value where they stood behind a line, else before it. Items of a list that stay are not
    written anew, nor is a value that stays. Raises NotPlainError.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for key, value in changes.items():
        text = _changed(text, key, value)
    return mark + text


def _changed(text: str, key: str, value: Value) -> str:
    root = _root(text)
    values, lines = _read(text).plain(), _LINE.findall(text)
    blocks, end = _blocks(root, lines)
    asked = {k: v for k, v in (values | {key: _as_read(value)}).items() if v is not None}
    if asked == values:
        return text
    block = blocks.get(key, _Block(end, end, ()))
    old = lines[block.first : block.end]
    if block.items and value and not isinstance(value, str | date | Mapping):
        new = _list_changed(lines, block, value)
    else:
        comments = _comments(old)
        new = [] if value is None else _written(key, value)
        if len(old) == len(new) == 1 and comments:
            new[0] += "  " + comments.pop()
        new = [*comments, *new]
    newline = "\r\n" if "\r\n" in text else "\n"
    before = [_ended(line, newline) for line in lines[: block.first]]
    new = [_ended(line, newline) for line in new]
    if new and old and block.end == len(lines) and not _BREAK.search(lines[-1]):
        new[-1] = new[-1].removesuffix(newline)  # the file ends as it did
    after = "".join([*before, *new, *lines[block.end :]])
    if asked and _read(after).plain() != asked:  # as with a text that keeps the blank lines behind it (`|+`)
        raise NotPlainError("The file can't be changed line by line.")
    return after


def values_of(text: str | None) -> dict[str, Any]:
    """Return what a file, good or not, says by its keys; nothing of one that can't be read."""
    root, _ = read((text or "").encode(), "")
    return root.plain() if root and isinstance(root.value, dict) else {}


def value_of(text: str | None, key: str) -> Any:
    """Return what stands under a key of a file; None for nothing."""
    return values_of(text).get(key)


def is_withdrawn(text: str | None) -> bool:
    """Say whether a file, good or not, says that its entry is taken down."""
    return bool(text and "withdrawn" in text) and "withdrawn" in values_of(text)


def stamped(text: str, key: str, value: str | date) -> str:
    """Return the text with a key set to a day or a plain word, however the file is written. Raises NotPlainError."""
    try:
        return rewrite(text, {key: value})
    except NotPlainError:
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix(mark)
        root = _root(text)
    spans = {str(k.value): (node.start_mark.index, node.end_mark.index) for k, node in root.value}
    start, end = spans.get(key, (root.start_mark.index, root.start_mark.index))
    if key in spans:
        new = _flow(value)
    elif root.flow_style:
        start, end = start + 1, end + 1
        new = f"{key}: {_flow(value)}, "
    else:
        new = f"{key}: {_flow(value)}" + ("\r\n" if "\r\n" in text else "\n") + " " * root.start_mark.column
    return mark + text[:start] + new + text[end:]


def written(fields: Mapping[str, Value]) -> str:
    """Return a file with these keys."""
    return "".join(f"{line}\n" for key, value in fields.items() for line in _written(key, value))


def _ended(line: str, newline: str) -> str:
    return line if _BREAK.match(line[-1:]) else line + newline


def _list_changed(lines: list[str], block: _Block, value: Sequence[Item]) -> list[str]:
    """Return a list's lines: items that stay as they were written, new ones where they belong, and every comment."""
    old = [(_read("".join(lines[start:end])).plain()[0], lines[start:end]) for start, end in block.items]
    wanted = _as_read(value)
    indent = lines[block.items[0][0]].partition("-")[0]
    new = lines[block.first : block.items[0][0]]
    for item, said in zip(value, wanted, strict=True):
        if said not in [each for each, _ in old]:
            new.append(f"{indent}- {_flow(item)}")
            continue
        while old:
            each, written = old.pop(0)
            if each == said:
                new += written
                break
            # Gone, or wanted further down: its comments stay here, or go with it.
            if each in wanted:
                old.append((each, written))
            else:
                new += [indent + comment for comment in _comments(written)]
    return new + [indent + comment for _, written in old for comment in _comments(written)]


def _read(text: str) -> Node:
    """Return what stands in a text. Raises NotPlainError where anything is wrong with it."""
    root, problems = read(text.encode(), "")
    if root is None or problems:
        raise NotPlainError("The file can't be read.")
    return root


def _as_read(value: Any) -> Any:
    """Return a value as it is read from a file: its days are texts, its lists tuples."""
    if isinstance(value, Mapping):
        return {key: _as_read(part) for key, part in value.items()}
    if isinstance(value, str | date) or value is None:
        return None if value is None else str(value)
    return tuple(_as_read(item) for item in value)


def _written(key: str, value: Value) -> list[str]:
    """Return the lines of a key with a new value: texts and lists of texts on one line, what others hold one a line."""
    if isinstance(value, Mapping):
        return [f"{key}:", *(f"  {inside}: {_flow(list(items))}" for inside, items in value.items())]
    if isinstance(value, str | date) or value is None or all(isinstance(item, str) for item in value):
        return [f"{key}: {_flow(value if isinstance(value, str | date) else list(value or ()))}"]
    return [f"{key}:", *(f"  - {_flow(item)}" for item in value)]


class _Dumper(yaml.SafeDumper):
    """Writes a text that holds line ends on one line all the same."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _BREAK.search(text) else None)


_Dumper.add_representer(str, _text)


def _flow(value: object) -> str:
    """Return a value as YAML on one line."""
    value = dict(value) if isinstance(value, Mapping) else value
    dumped: str = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, width=1_000_000, default_flow_style=True, sort_keys=False
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


def _root(text: str) -> yaml.MappingNode:
    """Return the mapping that a text is, with the places of its values. Raises NotPlainError."""
    _read(text)  # refuses what could harm: nothing is nested deep below
    root = yaml.compose(text, Loader=yaml.CBaseLoader)
    if not isinstance(root, yaml.MappingNode):
        raise NotPlainError("The file is no mapping.")
    return root


def _blocks(root: yaml.MappingNode, lines: Sequence[str]) -> tuple[dict[str, _Block], int]:
    """Return where each top-level key stands, and where a new one belongs. Raises NotPlainError."""
    if root.flow_style or any(key.start_mark.column for key, _ in root.value):
        raise NotPlainError("The file is not written with one `key: value` a line.")
    # Where the mapping ends; only the end of the document can follow, and what stands behind that.
    last = min(root.end_mark.line, len(lines))

    found, end = {}, 0
    starts = [key.start_mark.line for key, _ in root.value] + [last]
    for (key, value), following in zip(root.value, starts[1:], strict=True):
        own, end = _own_lines(value), following
        # What stands before the next key is about that one: blank lines and comments.
        while end > max(own, key.start_mark.line + 1) and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
        items: list[int] = []
        if isinstance(value, yaml.SequenceNode) and not value.flow_style:
            items = [_dash(lines, item.start_mark.line, value.start_mark.column) for item in value.value]
        spans = tuple(zip(items, [*items[1:], end], strict=True)) if items else ()
        found[str(key.value)] = _Block(key.start_mark.line, end, spans)
    while last > end and not lines[last - 1].strip():
        last -= 1
    return found, last


def _own_lines(node: yaml.Node) -> int:
    """Return the line behind the last one that is surely a value's own, whatever it looks like; 0 where none needs care."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        # Its mark is behind the blank lines that follow, which are its own only where they are kept (`|+`).
        return node.end_mark.line if node.value[-2:] in ("\n", "\n\n") else 0
    return node.end_mark.line + bool(node.end_mark.column)


def _dash(lines: Sequence[str], line: int, column: int) -> int:
    """Return the line of an item's dash, which stands in this column; the item may begin below it."""
    while lines[line][:column].strip() or lines[line][column : column + 1] != "-":
        line -= 1
    return line


def _comments(lines: Sequence[str]) -> list[str]:
    """Return the comments among the lines of a value, each from its # on."""
    text = "".join(lines)
    comments, at = list[str](), 0
    events: Any = yaml.parse(text, Loader=yaml.CBaseLoader)
    scalars: list[Any] = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    spans = [(scalar.start_mark.index, scalar.end_mark.index, scalar.style) for scalar in scalars]
    for start, end, style in [*spans, (len(text), len(text), "")]:
        # In a block of text a # is text, but for one behind the sign that begins the block.
        between = text[at:start] + (_LINE.findall(text[start:end])[0] if style in ("|", ">") else "")
        comments += _COMMENT.findall(between)
        at = max(at, end)
    return comments
