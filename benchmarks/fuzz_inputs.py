"""What is made up to be given to the bot: mostly what is almost right, since what is all wrong is refused at once."""

from __future__ import annotations

import copy
import io
import json
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.standin.endpoint import signed

SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"

ODD = [None, "", " ", 0, -1, 1, 2**31, 2**63, 2**64, 10**40, 1.5, 1e308, True, False, [], {}, [[]], [None], {"": ""}, {"a": {}},
       "x" * 5000, "\u202e", "\x00", "\ud800", "ﷺ", "0", "-1", "NaN", "9" * 30, "1" * 5000, "null", "true", "a\nb", "<@1>", "%s{}",
       "../..", "'\";--", "I can't breathe", "kill myself", "𝖎𝖑", "é" * 300, "🧑‍🤝‍🧑" * 200]  # fmt: skip
"""Values that are seldom where they are looked for."""

WORDS = ["interleukin", "keytruda", "can't breathe", "chest", "pain", "IL-2", "car-t", "fever", "de", "qué es", "I", "am", "not",
         "what is", "?", "die", "PD-1", "α", "T cell", "il2", "-", "'", "blood in my", "my chest", "hurts", "no puedo respirar"]  # fmt: skip

BITS = ["\n", ":", "- ", "  ", "\t", "|", ">", "'", '"', "{", "}", "[", "]", "#", "&a", "*a", "!!str", "<<: ", "---\n", "...", "? ", "%YAML",
        "\x00", "\x85", "\u2028", "\ufeff", "\ud7ff", "\ue000", "é", "💉", "name", "short: ", "null", "2026-01-02", "checked: 9999-99-99\n", "id: x\n",
        "sources: []\n", "withdrawn: x\n", "also: [", "\r\n", "9" * 40, "a" * 300, "x: y\n" * 50, "[" * 60]  # fmt: skip

text = st.text(max_size=40)
_position = st.integers(0, 10**6)


def _cut(whole: Any, at: int, length: int, put: Any) -> Any:
    """Return a text, or bytes, with something put in place of a piece."""
    at %= len(whole) + 1
    return whole[:at] + put + whole[at + length :]


@cache
def _files() -> list[tuple[str, str]]:
    """Return every twentieth file of the knowledge that comes with the bot: name, text."""
    found = sorted(SHIPPED.rglob("*.yaml"))[::20]
    return [(path.relative_to(SHIPPED).as_posix(), path.read_text(encoding="utf-8")) for path in found]


_value: st.SearchStrategy[Any] = st.recursive(
    st.one_of(text, st.sampled_from(["x", "[[t-cell]]", "2026-01-02", "", "a b c", "Interleukin-2", "https://a.b/c"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=8,
)


@st.composite
def yamls(draw: st.DrawFn) -> tuple[str, bytes]:
    """Make a file's name inside the knowledge, and what is in it."""
    name, whole = draw(st.sampled_from(_files()))
    match draw(st.integers(0, 9)):
        case 0:
            return name, draw(st.binary(max_size=300))
        case 1:
            return name, "".join(draw(st.lists(st.one_of(st.sampled_from(BITS), text), max_size=30))).encode(
                "utf-8", "ignore"
            )
        case 2 | 3:  # a good file in which some values are others
            values = dict(yaml.load(whole, Loader=yaml.CBaseLoader))
            for key in draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=3)):
                values[key] = draw(_value)
            return name, yaml.dump(values, allow_unicode=True).encode("utf-8", "ignore")
        case _:
            data = whole.encode()
            for at, length, put in draw(
                st.lists(st.tuples(_position, st.integers(0, 20), st.sampled_from(BITS)), min_size=1, max_size=4)
            ):
                data = _cut(data, at, length, put.encode())
            return name, data


@st.composite
def names(draw: st.DrawFn, known: Sequence[str]) -> str:
    """Make something that is typed where a name or a question is asked for."""
    parts = draw(st.lists(st.one_of(st.sampled_from(known), st.sampled_from(WORDS), text), min_size=1, max_size=6))
    typed = draw(st.sampled_from(["", " ", " ", "\u200b"])).join(parts)
    for at, length, put in draw(st.lists(st.tuples(_position, st.integers(0, 3), st.text(max_size=2)), max_size=3)):
        typed = _cut(typed, at, length, put)
    return typed * draw(st.sampled_from([1] * 30 + [10, 100]))


@st.composite
def ids(draw: st.DrawFn, known: Sequence[str], actions: Sequence[str]) -> str:
    """Make what stands in a button; Discord takes up to 100 letters."""
    part = st.one_of(
        st.text("abcxyzIL0159-_", max_size=12),
        st.sampled_from(["", "0", "1", "999999999999999999", "9" * 30, "t-cell", "٣", "²"]),
        text,
    )
    match draw(st.integers(0, 5)):
        case 0:
            made = draw(st.text(max_size=100))
        case 1 | 2:
            made = draw(st.sampled_from(known))
            for at, length, put in draw(st.lists(st.tuples(_position, st.integers(0, 4), st.text(max_size=3)), max_size=2)):
                made = _cut(made, at, length, put)
        case _:
            start = draw(st.sampled_from(["im1", "im1", "im1", "im1.es", "im1.xx", "im0", "", "IM1"]))
            made = ":".join([start, draw(st.one_of(st.sampled_from(actions), text)), *draw(st.lists(part, max_size=5))])
    return made[:100]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


@cache
def _places_of(whole: str) -> list[tuple[Any, ...]]:
    return list(_places(json.loads(whole)))


@st.composite
def interactions(draw: st.DrawFn, corpus: Sequence[str]) -> str:
    """Make a frame of the gateway: an interaction as Discord sends it, in which up to three values are others, or none."""
    whole = draw(st.sampled_from(corpus))
    data = json.loads(whole)
    for at in draw(st.lists(_position, min_size=1, max_size=3)):
        places = _places_of(whole)
        *path, last = places[at % len(places)]
        inner = data
        try:
            for key in path:
                inner = inner[key]
            match draw(st.integers(0, 5)):
                case 0:
                    del inner[last]
                case 1:
                    inner[last] = [inner[last]] * draw(st.integers(0, 3))
                case 2 if isinstance(inner[last], str):
                    inner[last] = draw(st.one_of(text, st.sampled_from(WORDS)))
                case 3 if isinstance(inner, list):
                    inner.append(copy.deepcopy(inner[last]))
                case _:
                    inner[last] = copy.deepcopy(draw(st.sampled_from(ODD)))
        except (KeyError, IndexError, TypeError):  # what is looked for is gone since
            continue
    return json.dumps({"op": 0, "s": 3, "t": "INTERACTION_CREATE", "d": data})


@st.composite
def requests(draw: st.DrawFn, corpus: Sequence[str]) -> tuple[bytes, bool | None]:
    """Make a request of HTTP, and whether it is Discord's own; None where its bytes were changed anywhere."""
    kinds = [st.just(b'{"type": 1}'), st.binary(max_size=60), text.map(str.encode), st.just(b"x" * 300_000)]
    sent = interactions(corpus).map(lambda frame: json.dumps(json.loads(frame)["d"]).encode())
    body = draw(st.one_of(sent, sent, sent, *kinds))
    headers, own = list(signed(body).items()), draw(st.integers(0, 3)) > 0
    line = "POST /interactions HTTP/1.1"
    if not own:
        match draw(st.integers(0, 4)):
            case 0:
                del headers[draw(st.integers(0, 1))]
            case 1:
                at = draw(st.integers(0, 1))
                headers[at] = headers[at][0], draw(st.text("0123456789abcdefxyz é", max_size=140))
            case 2:
                body += draw(st.binary(min_size=1, max_size=9))
            case 3:
                line = f"{draw(st.sampled_from(['GET', 'PUT', 'HEAD', 'OPTIONS', 'BREW', 'TRACE', 'CONNECT']))} /interactions HTTP/1.1"
            case _:
                line = f"POST {draw(st.sampled_from(['/', '*', '//', '/interactions/', 'http://x/y', '/%00', '/../x', '/?a', 'x:1']))} HTTP/1.1"
    head = [line, "Host: x", "Connection: close", f"Content-Length: {len(body)}", *(": ".join(each) for each in headers)]
    raw = "\r\n".join(head).encode() + b"\r\n\r\n" + body
    if draw(st.integers(0, 7)) == 0:
        return _cut(raw, draw(_position) % 400, draw(st.integers(0, 8)), draw(st.binary(max_size=8))), None
    return raw, own


@st.composite
def zips(draw: st.DrawFn) -> tuple[str, bytes]:
    """Make an upload: its name and what is in it."""
    name = draw(st.sampled_from(["x.zip"] * 8 + ["t-cell.yaml", "X.ZIP", "x", "a b.yaml", "é.zip"]))
    if draw(st.integers(0, 15)) == 0:
        return name, draw(st.binary(max_size=200))
    made = io.BytesIO()
    inside = st.one_of(st.sampled_from(_files()).map(lambda file: file[0]), st.sampled_from(
        ["terms/../x.yaml", "/terms/x.yaml", "terms\\x.yaml", "top/terms/x.yaml", "top/es/terms/x.yaml", "__MACOSX/a", "x.md", "C:x.yaml",
         "terms/", "disclaimers.yaml", "knowledge/terms/x.yaml", "terms/x.yaml", ".git/x", "terms/X Y.yaml", "terms/\x00.yaml"]), text)  # fmt: skip
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(made, "w") as archive:  # of names given twice
        for each in draw(st.lists(inside, max_size=5)):
            how = draw(
                st.sampled_from(
                    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
                )
            )
            info = zipfile.ZipInfo(
                each.encode("utf-8", "ignore").decode() or "x", (1980 + draw(st.integers(0, 127)), 1, 1, 0, 0, 0)
            )
            info.compress_type, info.external_attr = (
                how,
                draw(st.sampled_from([0, 0o100644 << 16, 0o120777 << 16, 0o40755 << 16])),
            )
            archive.writestr(info, draw(st.one_of(yamls().map(lambda file: file[1]), st.binary(max_size=60))))
    data = made.getvalue()
    for at, length, put in draw(st.lists(st.tuples(_position, st.integers(0, 8), st.binary(max_size=8)), max_size=3)):
        data = _cut(data, at, length, put)
    return name, data
