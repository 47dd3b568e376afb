"""Everything a person sees is there in Spanish too."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.language import LANGUAGES, LOCALES, language

CODE = Path(bot.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "locale_str": None}


def texts_in_code() -> set[str]:
    found = extract_from_dir(CODE, keywords=KEYWORDS)
    return {m if isinstance(m, str) else m[0] for _, _, m, _, _ in found if m}


def test_every_text_is_translated_and_no_translation_is_left_over() -> None:
    assert LANGUAGES == ("en", "es")
    with (LOCALES / "es/LC_MESSAGES/immunobot.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    translated = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogue if m.id and m.string and not m.fuzzy}
    assert translated == texts_in_code()


def test_a_translation_has_the_same_blanks_to_fill() -> None:
    with (LOCALES / "es/LC_MESSAGES/immunobot.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    for message in catalogue:
        if isinstance(message.id, str) and message.id:
            assert set(re.findall(r"\{\w+\}", message.id)) == set(re.findall(r"\{\w+\}", message.string)), message.id


def test_no_text_hides_in_an_f_string_where_it_would_not_be_found() -> None:
    for path in CODE.rglob("*.py"):
        assert not re.search(r"""f["'][^"'\n]*\{_\(""", path.read_text()), path


@pytest.mark.parametrize(
    ("locale", "code"), [("en-US", "en"), ("en-GB", "en"), ("es-ES", "es"), ("es-419", "es"), ("fr", "en")]
)
def test_a_discord_locale_gets_its_language_or_english(locale: str, code: str) -> None:
    assert language(locale).code == code


def test_days_are_written_as_people_write_them() -> None:
    assert language("en-US").day(date(2026, 11, 22)) == "November 22, 2026"
    assert language("es-ES").day(date(2026, 11, 22)) == "22 de noviembre de 2026"
