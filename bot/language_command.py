"""The command `language`: begin a language, say what its translations lack, and write down which English they say."""

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from babel import Locale, UnknownLocaleError

from bot.data_commands import config_of
from bot.errors import USAGE, PlainError
from bot.knowledge import translated
from bot.knowledge.files import WORDS, Folder, read_folder
from bot.knowledge.kinds.base import ENGLISH_HASH, digest_of
from bot.knowledge.rewrite import stamped
from bot.language import ENGLISH, LANGUAGES, LOCALES, own_name
from bot.locales import __main__ as catalogues


def run(args: argparse.Namespace) -> int:
    """Begin a language that isn't there yet; else say how far it is. Raises PlainError."""
    code, folder = args.code, Path(args.folder) if args.folder else config_of(args).knowledge_paths()[0]
    if not folder.is_dir():
        raise PlainError(f"{folder} is no folder; name the knowledge folder.", USAGE)
    if code == ENGLISH:
        raise PlainError("English is what the entries are written in; name another language.", USAGE)
    if code not in LANGUAGES:
        _begin(code, folder)
        return 0
    read = read_folder(folder)
    if args.settled is not None:
        print(f"{_settle(read, code, args.settled)} translations say now which English they are of.")
        read = read_folder(folder)
    print(*translated.lines_of(translated.report(read, code), code), sep="\n")
    untranslated = sum(1 for each in catalogues.missing(code) if each.id)
    if untranslated:
        print(f"  {untranslated} texts of the interface are missing; `python -m bot.locales {code}` prints them.")
    found = sorted(translated.hints(read, code))
    for line in found if args.hints else ():
        print(line)
    for rule, count in Counter(each.what.partition(":")[0] for each in found).items():
        print(f"  {rule}: {count}")
    return 0


def _begin(code: str, folder: Path) -> None:
    """Make what a language needs: a catalogue with every text to fill in, and the words to agree on."""
    try:
        name = Locale.parse(code).get_display_name("en")
        assert code.isalpha()
    except (AssertionError, ValueError, UnknownLocaleError):
        raise PlainError(f"{code} is no language; give its code of two or three letters, such as fr or pt.", USAGE) from None
    catalogue = LOCALES / code / "LC_MESSAGES" / "immunobot.po"
    words = folder / code / WORDS
    known = next((words.agreed for words in read_folder(folder).words.values()), {})
    try:
        catalogue.parent.mkdir(parents=True)
        catalogues.begin(code, catalogue)
        words.parent.mkdir(parents=True, exist_ok=True)
        _write(
            words, "agreed:\n" + "".join(f"  {english}: {{write: {english}}}\n" for english in known or ["immune system"])
        )
    except OSError as error:
        raise PlainError(f"{error.filename} can't be written ({error.strerror}); check its permissions.", USAGE) from None
    print(f"{name} ({own_name(code)}) is begun. Now, in this order:")
    print(f"1. {words}: the words that all texts agree on, each after `write:`.")
    print(f"2. {catalogue}: what the bot says, after each `msgstr`; what is left empty is said in English.")
    print(f"3. {folder / code}/symptoms/ and the folders of the other kinds: a file for an entry, named as the English one,")
    print("   with the keys that are translated (docs/keys.md says which). Symptoms first: they say when to call.")
    print(f"4. `immunobot language {code} --hints` lists what is missing or not right; with `--settled`, each translation")
    print("   keeps which English it says, so that it is known when that is changed.")


def _settle(folder: Folder, code: str, ids: Iterable[str]) -> int:
    """Write into translations which English they say, and return into how many. Raises PlainError for what isn't there."""
    there = {each.id: each for each in folder.translated_in if each.language == code and each.id in folder.entries}
    if unknown := [each for each in ids if each not in there]:
        raise PlainError(f"there is no translation of {', '.join(unknown)} into {code}.", USAGE)
    count = 0
    for each in there.values():
        wanted = digest_of(folder.entries[each.id].entry)
        if each.english != wanted and (each.id in ids if ids else not each.english):
            _write(Path(each.file), stamped(Path(each.file).read_text(encoding="utf-8"), ENGLISH_HASH, wanted))
            count += 1
    return count


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
