"""Print what a catalogue lacks, as entries to fill in, and what it has that no text in the code asks for any more.

python -m bot.locales es >> bot/locales/es/LC_MESSAGES/immunobot.po
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from bot.language import LOCALES, catalogue_of

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "locale_str": None, "to_translate": None}


def texts_in_code() -> Iterator[str | tuple[str, str]]:
    """Yield every text of the interface, English as it stands in the code; (one, many) for those that count."""
    for _file, _line, text, _comments, _context in extract_from_dir(LOCALES.parent, keywords=KEYWORDS):
        if text:
            yield text if isinstance(text, str) else (text[0], text[1])


def begin(code: str, path: Path) -> None:
    """Write a catalogue of a language that has every text to fill in. Raises OSError."""
    catalogue = Catalog(locale=code)
    for text in texts_in_code():
        catalogue.add(text)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0)


def missing(code: str) -> Catalog:
    """Return the entries to fill in: what no translation stands for in the catalogue of this language."""
    catalogue, lacking = catalogue_of(code), Catalog(locale=code)
    for text in texts_in_code():
        found = catalogue.get(text if isinstance(text, str) else text[0])
        if found is None or not found.string or found.fuzzy:
            lacking.add(text)
    return lacking


def left_over(code: str) -> list[str]:
    """Return the texts of a catalogue that the code doesn't have any more."""
    asked = {text if isinstance(text, str) else text[0] for text in texts_in_code()}
    there = (message.id if isinstance(message.id, str) else message.id[0] for message in catalogue_of(code) if message.id)
    return sorted(text for text in there if text not in asked)


def main() -> int:
    """Print the missing entries of a language, and on the error output what is left over; return the exit status."""
    code = (sys.argv[1:] or ["es"])[0]
    try:
        lacking, unused = missing(code), left_over(code)
    except FileNotFoundError:
        print(f"There is no catalogue {code}; make the folder bot/locales/{code}/LC_MESSAGES/ and an empty file in it.")
        return 2
    if lacking:
        write_po(sys.stdout.buffer, lacking, omit_header=True, width=0)
    for text in unused:
        print(f"No longer in the code, delete it: {text}", file=sys.stderr)
    return 1 if lacking or unused else 0


if __name__ == "__main__":
    sys.exit(main())
