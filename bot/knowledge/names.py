"""When two spellings are the same name."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from unicodedata import category

MAX_ASKED = 200
"""A text longer than this is no name; names themselves have at most 80 characters."""

SHORT = 4
"""Names up to this many letters or digits have no plural and no close spellings: MS is not M, IL-2 is not IL-12."""

# Short names that are ordinary words in small letters.
ORDINARY = frozenset(("act", "aid", "all", "arm", "as", "car", "fit", "her", "set", "who"))

_GREEK = {
    "α": "alfa", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho",
    "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_GREEK_LETTERS = str.maketrans(_GREEK)
_ANY_GREEK = re.compile("[\u0370-\u03ff]")
# What stands inside a word and is no letter: whatever serves as an apostrophe, trade marks, and what nobody sees.
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff"
)
_APOSTROPHES = "'`´ʹ-ʿˈ\u02ca\u02cb\u02ee΄՚׳ߴߵ᾽᾿‘’‚‛′‵ꞌ＇｀"
_QUOTES = re.compile(f"[{_APOSTROPHES}®™©{_UNSEEN}]+")

# Raised and lowered numbers, fractions, numbers in circles: whatever is a number but no digit.
_RAISED = re.compile(
    f"[{''.join(c for c in map(chr, (*range(0x80, 0x3400), *range(0x1F100, 0x1F10D))) if category(c) == 'No')}]"
)

# The same word in British and American spelling; and alpha, which medicines' names spell alfa.
_SPELLINGS = (
    ("tumour", "tumor"), ("aemi", "emi"), ("haem", "hem"), ("oesoph", "esoph"), ("oedema", "edema"), ("alpha", "alfa"),
)  # fmt: skip
# What is left of letters once they are taken apart: accents, and marks that nobody sees (zero width, direction).
_MARKS = re.compile(f"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f{_UNSEEN}]")
_BREAK = "betweentexts"
_ASCII_WORD = re.compile(r"[a-zA-Z0-9]+")
_WORD = re.compile(r"[^\W_]+")
_SMALL = "".join(chr(i).lower() if chr(i).isalnum() else " " for i in range(128))
"""What each letter of ASCII becomes: far quicker than to find each word by a pattern."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")


def _unquoted(found: re.Match[str]) -> str:
    """Delete what stands inside a word, but never join two numbers: IL-1'2 is not IL-12."""
    before, after = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
    return " " if before.isdigit() and after.isdigit() else ""


def _plain(text: str) -> str:
    """Return a text in plain letters, in its own case: no accents, quotes or invisible marks; raised numbers are a break.

    A footnote mark is no part of a name (IL-1² is not IL-12), nor is a fraction.
    """
    if text.isascii() and "'" not in text and "`" not in text:
        return text
    text = _QUOTES.sub(_unquoted, text)
    if text.isascii():
        return text
    text = _RAISED.sub(" ", text)
    if _ANY_GREEK.search(text):
        text = text.translate(_GREEK_LETTERS)
    return _MARKS.sub("", unicodedata.normalize("NFKD", text))


def words(text: str) -> list[str]:
    """Split a text into words without case, accents, apostrophes, punctuation or Greek letters."""
    return _folded(_plain(text))


def words_of_each(texts: Iterable[str]) -> list[list[str]]:
    """Split each of many texts into words, all at once: far quicker than one by one."""
    found: list[list[str]] = [[]]
    for word in words(f" {_BREAK} ".join(texts)):
        if word == _BREAK:
            found.append([])
        else:
            found[-1].append(word)
    return found


def words_and_raw(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a text as `words` does, and the same words in their own case.

    Both have the same length, but where the case of a letter changes how many letters it is.
    """
    plain = _plain(text)
    return _folded(plain), (_ASCII_WORD if plain.isascii() else _WORD).findall(plain)


def _folded(plain: str) -> list[str]:
    """Split a text in plain letters into words without case, in American spelling."""
    is_ascii = plain.isascii()
    folded = plain.translate(_SMALL) if is_ascii else plain.casefold()
    if not is_ascii and _ANY_GREEK.search(folded):  # the capital ones, now small
        folded = folded.translate(_GREEK_LETTERS)
    for british, american in _SPELLINGS:
        folded = folded.replace(british, american)
    return folded.split() if is_ascii else _WORD.findall(folded)


def joined(parts: list[str]) -> str:
    """Join words as if nothing stood between them, but never two numbers (IL-1 2 is not IL-12)."""
    text = "".join(parts)
    if len(parts) > 1 and not text.isalpha() and any(a[-1].isdigit() and b[0].isdigit() for a, b in pairwise(parts)):
        return _BETWEEN_DIGITS.sub("\n", " ".join(parts)).replace(" ", "").replace("\n", " ")
    return text


def normalise(text: str) -> str:
    """Return what all spellings of one name have in common; empty for a text without letters, or too long for a name."""
    return joined(words(text)) if len(text) <= MAX_ASKED else ""


def singular(name: str) -> str:
    """Return the singular of a normalised name, or the name itself where it has none or is short."""
    if name.endswith("ies") and len(name) > SHORT + 3:
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        stem = name[:-2]
    elif name.endswith("s") and not name.endswith(("ss", "us", "is")):
        stem = name[:-1]
    else:
        return name
    return stem if len(stem) > SHORT else name


def less_one(letters: str) -> set[str]:
    """Return a text, and it less each one of its letters: two texts one slip apart have one of these in common."""
    return {letters, *(letters[:i] + letters[i + 1 :] for i in range(len(letters)))}


def in_sentence(name: str) -> str:
    """Return a name as it stands inside a sentence: `Pembrolizumab` small, `BCG live` and `T cell` as they are."""
    return name[0].lower() + name[1:] if name[1:2].islower() and name.partition(" ")[0].isalpha() else name
