"""Whatever someone types, they are never handed another entry than the one they named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge.kinds import Kind
from bot.knowledge.library import Snapshot, build
from bot.knowledge.names import normalise, singular
from bot.language import language

from .conftest import SHIPPED, spoken_in


@pytest.mark.parametrize(
    "text",
    ["Interleukin-2", "interleukin 2", "INTERLEUKIN2", "Il-2", "il2", "IL 2", "ïl‑2", "interleukin\u200b-2", " IL_2 ",
     "T-cell growth factors"],
)  # fmt: skip
def test_an_exact_name_is_found_however_it_is_written(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.exact(text) == ("interleukin-2",)


@pytest.mark.parametrize("text", ["TNF-alpha", "tnfα", "TNF α", "tnf Alpha", "TNF-Α"])
def test_greek_letters_are_their_names(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.exact(text) == ("tnf",)


def test_a_plural_finds_the_entry(snapshot: Snapshot) -> None:
    assert snapshot.index.exact("T cells") == snapshot.index.exact("t-cells") == ("t-cell",)
    assert snapshot.index.exact("melanomas") == ("melanoma",)


@pytest.mark.parametrize(
    "text", ["M", "MSs", "TILs", "IL-22", "IL-1", "IL-12", "T", "cell", "il2x", "", "   ", "💉", "\u202e"]
)
def test_what_is_no_name_finds_nothing(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.exact(text) == ()


@pytest.mark.parametrize("text", ["Keytrud", "Keytrudda", "pembrolizuma", "nembrolizumab"])
def test_a_misspelt_medicine_is_never_found_as_another(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.exact(text) == ()


def test_numbers_are_never_joined() -> None:
    assert normalise("IL-1 2") != normalise("IL-12")
    assert normalise("CD 19") == normalise("CD19")


@pytest.mark.parametrize("text", ["IL-1²", "IL-1'2", "IL-1®2", "IL-1\u200b2", "IL-1½", "CD3⁰", "CD1⁹", "CD2®0", "IL-1‘2"])
def test_a_footnote_or_a_quote_never_makes_another_number(shipped: Snapshot, text: str) -> None:
    found = shipped.index.exact(text)
    assert found in ((), ("interleukin-1",), ("cd3",)), "not interleukin-12, CD30, CD19 or CD20"


def test_short_names_have_no_plural() -> None:
    assert singular("aids") == "aids"
    assert singular("tils") == "tils"
    assert singular("hepatitis") == "hepatitis"
    assert singular("virus") == "virus"


def test_a_shared_name_gives_all_of_them_unless_the_kind_says_which(snapshot: Snapshot) -> None:
    assert set(snapshot.index.exact("til")) == {"til", "til-therapy"}
    assert snapshot.index.exact("til", Kind.THERAPY) == ("til-therapy",)
    assert set(snapshot.index.exact("til", Kind.MEDICINE)) == {"til", "til-therapy"}


def test_suggestions_are_ranked_exact_then_name_then_other_name_then_any_word(snapshot: Snapshot) -> None:
    assert [s.label for s in snapshot.index.suggest("t c")] == ["T cell", "T-cell growth factor (Interleukin-2)"]
    assert [s.label for s in snapshot.index.suggest("keyt")] == ["Keytruda (pembrolizumab)"]
    assert [s.label for s in snapshot.index.suggest("lymphocyte")] == [
        "T lymphocyte (T cell)",
        "Tumor-infiltrating lymphocyte",
    ]
    assert snapshot.index.suggest("il2")[0].label == "IL-2 (Interleukin-2)"


def labels(snapshot: Snapshot, code: str, text: str) -> list[str]:
    return [s.label for s in spoken_in(language(code), snapshot.index.suggest, text)]


def test_names_are_suggested_in_the_askers_language_and_those_of_another_one_once_they_are_whole(snapshot: Snapshot) -> None:
    assert labels(snapshot, "es", "linf") == ["Linfocito T"]
    assert labels(snapshot, "es", "célu") == ["célula T (linfocito T)"]
    assert labels(snapshot, "es", "t lym") == [] == labels(snapshot, "en", "linf")
    assert labels(snapshot, "es", "t cell")[0] == "T cell (linfocito T)"
    assert labels(snapshot, "en", "linfocito t") == ["Linfocito T (T cell)"]
    assert labels(snapshot, "es", "il-") == ["IL-2 (Interleukin-2)"], "what has no translation is in English"
    assert labels(snapshot, "es", "keyt") == ["Keytruda (pembrolizumab)"], "a brand is the same everywhere"
    assert "T cell" not in labels(snapshot, "es", "")
    assert "Linfocito T" in labels(snapshot, "es", "")
    assert "Linfocito T" not in labels(snapshot, "en", "")


def test_a_short_form_is_suggested_in_every_language(folder: Path) -> None:
    (folder / "es/terms/interleukin-2.yaml").write_text(
        "name: Interleucina 2\nalso: [factor de crecimiento]\nshort: Un mensajero.\n"
    )
    snapshot = build([folder])
    assert labels(snapshot, "es", "il-") == ["IL-2 (interleucina 2)"]
    assert labels(snapshot, "es", "t-cell g") == []


def test_every_suggestion_that_is_picked_leads_to_its_entry(snapshot: Snapshot) -> None:
    for text in ("", "t", "ti", "til", "c", "m", "i", "p"):
        for suggestion in snapshot.index.suggest(text):
            assert len(snapshot.index.exact(suggestion.value)) == 1, suggestion


def test_a_shared_name_is_suggested_once_for_each_entry(snapshot: Snapshot) -> None:
    found = [snapshot.index.exact(s.value) for s in snapshot.index.suggest("til")]
    assert set(found) == {("til",), ("til-therapy",)}


def test_ties_are_settled_by_how_often_an_entry_was_asked_for(folder: Path) -> None:
    assert [s.label for s in build([folder]).index.suggest("t")][:2] == ["TNF-α", "T cell"]
    assert [s.label for s in build([folder], {"t-cell": 3}).index.suggest("t")][:2] == ["T cell", "TNF-α"]


def test_an_empty_text_suggests_what_is_most_linked(snapshot: Snapshot) -> None:
    assert snapshot.index.suggest("")[0].label in ("T cell", "Interleukin-2", "Pembrolizumab", "TIL therapy")
    assert {s.label for s in snapshot.index.suggest("", Kind.CONDITION)} == {"Melanoma"}
    assert snapshot.index.suggest("💉") == []


@pytest.mark.parametrize(
    "text",
    [
        "word " * 1000 + "I have chest pain",
        "chest pain",
        "I have CHEST PAIN!!",
        "help, my chest hurts",
        "interleukin chest-pain",
        "Chest pain after Keytruda",
    ],
)
def test_words_of_danger_are_heard_in_any_text(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.danger(text) == ("chest-pain",)


def test_listed_words_are_danger_even_where_they_are_another_entrys_name(shipped: Snapshot) -> None:
    assert shipped.index.danger("allergic reaction") == shipped.index.danger("an allergic reaction") != ()
    assert shipped.index.danger("Familial Mediterranean fever") == ()
    assert shipped.index.danger("I can‘t breathe") != ()


@pytest.mark.parametrize("text", ["chest", "pain", "orchest pains", "melanoma", ""])
def test_other_words_are_no_danger(snapshot: Snapshot, text: str) -> None:
    assert snapshot.index.danger(text) == ()


def _numbers(text: str) -> list[str]:
    return re.findall(r"[0-9]+", text)


def _all_names(snapshot: Snapshot, entry_id: str) -> list[str]:
    names = list(snapshot.entries[entry_id].names())
    for texts in snapshot.translations.values():
        translation = texts.get(entry_id, {})
        names += [translation.get("name", ""), *translation.get("also", ())]
    return names


def _names_of(snapshot: Snapshot, entry_id: str) -> set[str]:
    names = _all_names(snapshot, entry_id)
    return {singular(normalise(name)) for name in names} | {normalise(name) for name in names}


def _near(names: list[str]) -> st.SearchStrategy[str]:
    """A real name with a slip: a letter lost, added, changed or swapped."""

    def slip(name: str, at: int, how: int, letter: str) -> str:
        at %= len(name)
        return (
            name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :],
            name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :], name,
        )[how]  # fmt: skip

    letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789- '’²³¹½①®\u200b")
    return st.builds(slip, st.sampled_from(names), st.integers(0, 79), st.integers(0, 4), letters)


def test_a_served_entry_always_has_the_asked_name(shipped: Snapshot) -> None:
    """For any text, near-misses of real names above all."""
    names = sorted({name for entry in shipped.entries.values() for name in entry.names()})

    @given(_near(names) | st.text(max_size=40))
    @settings(max_examples=3000, deadline=None)
    def check(text: str) -> None:
        for entry_id in shipped.index.exact(text):
            assert singular(normalise(text)) in _names_of(shipped, entry_id) or text == f"#{entry_id}"

    check()


def test_every_shipped_name_is_found(shipped: Snapshot) -> None:
    for entry in shipped.entries.values():
        for name in entry.names():
            assert entry.id in shipped.index.exact(name)


def test_the_shipped_folder_is_the_one_tested() -> None:
    assert Path(SHIPPED, "disclaimers.yaml").exists()
