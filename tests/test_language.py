"""Everything a person sees is there in Spanish too."""

from __future__ import annotations

import ast
import asyncio
import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import bot
from bot.language import LANGUAGES, _, language, long_day, ngettext, speak, speaking, spoken
from bot.locales import __main__ as catalogues

from .conftest import spoken_in

CODE = Path(bot.__file__).parent


def test_every_text_is_translated_and_no_translation_is_left_over() -> None:
    assert LANGUAGES == ("en", "es")
    assert [message.id for message in catalogues.missing("es") if message.id] == []
    assert catalogues.left_over("es") == []


def test_no_text_to_translate_stands_within_another() -> None:
    """Where Python is older than 3.12, what stands in an f-string isn't found to be translated."""
    within = [
        f"{path}:{call.lineno}"
        for path in sorted(CODE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in catalogues.KEYWORDS
    ]
    assert within == []


def test_what_is_missing_is_printed_to_be_filled_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "fr/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "fr/LC_MESSAGES/immunobot.po").write_text('msgid "Gone"\nmsgstr "Parti"\n', encoding="utf-8")
    data = (tmp_path / "fr/LC_MESSAGES/immunobot.po").read_bytes()
    monkeypatch.setattr(catalogues, "catalogue_of", lambda code: read_po(BytesIO(data), locale=code))
    monkeypatch.setattr("sys.argv", ["", "fr"])
    assert catalogues.main() == 1
    printed, told = capsysbinary.readouterr()
    assert b'msgid "Which one do you mean?"\nmsgstr ""\n' in printed
    assert b'msgid "{n} entry"\nmsgid_plural "{n} entries"\nmsgstr[0] ""\n' in printed
    assert told == b"No longer in the code, delete it: Gone\n"


def test_a_translation_has_the_same_blanks_to_fill() -> None:
    for message in catalogues.catalogue_of("es"):
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
    assert spoken_in(language("en-US"), long_day, date(2026, 11, 22)) == "November 22, 2026"
    assert spoken_in(language("es-ES"), long_day, date(2026, 11, 22)) == "22 de noviembre de 2026"


def test_what_is_said_is_in_the_language_that_is_spoken_with_its_blanks_filled_in() -> None:
    assert spoken().code == "en"
    with speaking(language("es-ES")):
        assert _("Published: {names}.", names="`{x}`") == "Publicado: `{x}`."
        assert _("Nothing was deleted.") == "No se borró nada."
        assert ngettext("{n} entry", "{n} entries", 2) == "2 entradas"
        assert ngettext("{n} answer", "{n} answers", 1234, n="1.234") == "1.234 respuestas"
        assert long_day(date(2026, 11, 22)) == "22 de noviembre de 2026"
    assert ngettext("{n} entry", "{n} entries", 1) == "1 entry"


async def test_each_task_speaks_its_own_language() -> None:
    async def ask(locale: str) -> str:
        speak(language(locale))
        await asyncio.sleep(0)
        return await asyncio.to_thread(_, "Nothing was deleted.")

    said = await asyncio.gather(ask("es-ES"), ask("en-US"), ask("es-419"))
    assert said == ["No se borró nada.", "Nothing was deleted.", "No se borró nada."]
    assert spoken().code == "en"
