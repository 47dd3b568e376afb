"""The interface's languages: gettext catalogues through Babel, and dates as people write them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
ENGLISH = "en"
LANGUAGES = (ENGLISH, *sorted(path.parent.name for path in LOCALES.glob("*/LC_MESSAGES")))
"""What the interface speaks: English, whose texts are the code's own, and whatever has a catalogue."""


def to_translate(text: str) -> str:
    """Return a text as it is, for the catalogues to find where no language is known yet: `gettext` translates it later."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """A language to speak, and its texts."""

    code: str
    catalogue: NullTranslations
    chosen: bool = False
    """whether it was asked for by a press: whatever is pressed next is answered in it too"""


def catalogue_of(code: str) -> Catalog:
    """Return the catalogue of a language. Raises FileNotFoundError."""
    with (LOCALES / code / "LC_MESSAGES" / "immunobot.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def language(locale: str) -> Language:
    """Return the language for a Discord locale (`en-US`, `es-ES`, `es-419` ...); English where it isn't spoken.

    The catalogue is compiled from its .po file when first used (milliseconds), so no compiled copy can be out of date.
    """
    code = locale.split("-")[0]
    if code == ENGLISH or code not in LANGUAGES:
        return Language(ENGLISH, NullTranslations()) if locale == ENGLISH else language(ENGLISH)
    if locale != code:
        return language(code)
    compiled = BytesIO()
    write_mo(compiled, catalogue_of(code))
    compiled.seek(0)
    return Language(code, GNUTranslations(compiled))


def chosen(code: str) -> Language:
    """Return a language that was asked for by a press."""
    return replace(language(code), chosen=True)


def own_name(code: str) -> str:
    """Return what those who speak a language call it: English, Español."""
    return str(Locale(code).get_language_name(code)).capitalize()


_ENGLISH = language(ENGLISH)
_spoken = ContextVar("spoken", default=_ENGLISH)


def spoken() -> Language:
    """Return the language that is spoken here: of whoever asked, in the task that answers them; else English."""
    return _spoken.get()


def speak(lang: Language) -> None:
    """Speak a language from here on, in this task and whatever it begins."""
    _spoken.set(lang)


@contextmanager
def speaking(lang: Language) -> Iterator[None]:
    """Speak a language for a while."""
    before = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(before)


def _(text: str, /, **values: object) -> str:
    """Return a text of the interface in the language that is spoken, else in English, its blanks filled in."""
    translated = spoken().catalogue.gettext(text)
    return translated.format(**values) if values else translated


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that fits a count, which is `n` in it unless `n` is given, its blanks filled in."""
    return spoken().catalogue.ngettext(one, many, count).format(**{"n": count, **values})


def long_day(day: date) -> str:
    """Return a day as people write it, in the language that is spoken: November 22, 2026."""
    return format_date(day, format="long", locale=spoken().code)


def month(day: date) -> str:
    """Return the month of a day as people write it, in the language that is spoken: November 2026."""
    return format_skeleton("yMMMM", day, locale=spoken().code)
