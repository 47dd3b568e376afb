"""No answer breaks a limit of Discord's, and every answer says what a member is owed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.cards.calls import short_sign
from bot.features.cards.card import DETAILS, OVERVIEW, CardContext
from bot.features.cards.kinds import card, card_of
from bot.features.cards.offers import asked_which, nothing_found, with_help_first
from bot.features.cards.parts import open_select
from bot.interactions import limits
from bot.interactions.answer import removable
from bot.interactions.custom_id import join, split
from bot.interactions.limits import choices, clamp, fit, size
from bot.interactions.message import RED, Button, Embed, Field, Message, Select, Style
from bot.interactions.text import typed
from bot.interactions.wire import said
from bot.knowledge.kinds import Kind, Note, is_urgent
from bot.knowledge.library import Snapshot, build
from bot.knowledge.signs import signs_of
from bot.language import Language, language, speaking

from .conftest import SOURCES, spoken_in

ENGLISH, SPANISH = language("en-US"), language("es-ES")
NOBODY = "Can't reach them, or no team: go to an emergency department."
HERE = CardContext()


def check_limits(reply: Message) -> None:
    """Assert every limit of platform.md on a reply, in the larger of the two ways Discord may count."""
    assert size(reply.content) <= 2000
    assert len(reply.embeds) <= 10
    total = 0
    for embed in reply.embeds:
        parts = [embed.title or "", embed.description or "", embed.footer, embed.author]
        for part, most in zip(parts, (256, 4096, 2048, 256), strict=True):
            assert size(part) <= most
        assert len(embed.fields) <= 25
        for field in embed.fields:
            assert 1 <= size(field.name or "") <= 256
            assert 1 <= size(field.value or "") <= 1024
            parts += [field.name or "", field.value or ""]
        total += sum(map(size, parts))
    assert total <= 6000
    assert len(reply.rows) <= 5
    ids = [item.id for row in reply.rows for item in row]
    assert len(ids) == len(set(ids)), "Discord refuses an id twice in a message"
    for row in reply.rows:
        assert 1 <= len(row) <= 5
        for item in row:
            assert 1 <= size(item.id) <= 100
            if isinstance(item, Button):
                assert 1 <= size(item.label or "") <= 80
            else:
                assert len(row) == 1
                assert 1 <= len(item.options) <= 25
                for option in item.options:
                    assert 1 <= size(option.label) <= 100
                    assert 1 <= size(option.value) <= 100
                    assert size(option.description or "") <= 100


TEXT = (
    st.text(alphabet=st.sampled_from("a 💉é\n*_[]()@<>`\u202e"), max_size=7000) | st.just("💉" * 5000) | st.just("x" * 9000)
)
EMBED = st.builds(
    lambda title, text, author, footer, fields: _embed(title, text, author, footer, fields),
    TEXT, TEXT, TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=30),
)  # fmt: skip


def _embed(title: str, text: str, author: str, footer: str, fields: list[tuple[str, str]]) -> Embed:
    return Embed(title, text, author=author, footer=footer, fields=tuple(Field(name, value) for name, value in fields))


@given(TEXT, st.lists(EMBED, max_size=12), st.lists(st.lists(TEXT, max_size=8), max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_reply_is_kept_within_the_limits(content: str, embeds: list[Embed], labels: list[list[str]]) -> None:
    rows = tuple(tuple(Button(label, join("open", "t-cell")) for label in row) for row in labels)
    check_limits(clamp(Message(content, tuple(embeds), rows)))


@given(st.text(alphabet="ab 💉", max_size=30), st.integers(2, 20))
def test_a_cut_text_is_short_enough_and_says_that_it_was_cut(text: str, most: int) -> None:
    cut = fit(text, most)
    assert size(cut) <= most
    assert cut == text if size(text) <= most else cut.endswith("…")


async def test_what_is_sent_is_within_the_limits() -> None:
    sent = said(Message("x" * 5000, (_embed("t" * 500, "d" * 5000, "", "", []),)), private=True)
    assert len(sent["content"]) == 2000
    assert len(sent["embeds"][0]["title"]) == 256


def test_the_disclaimer_has_its_room_before_the_rest() -> None:
    embed = _embed("t", "x" * 4096, "a", "The disclaimer.", [("n", "y" * 1024)] * 10)
    assert clamp(Message(embeds=(embed,))).embeds[0].footer == "The disclaimer."


def test_a_choice_too_long_is_left_out_and_not_cut_into_another_name() -> None:
    rows = choices([("a" * 200, "v"), ("label", "v" * 101), ("", "v"), ("ok", "ok")])
    assert [(len(label), value) for label, value in rows] == [(100, "v"), (2, "ok")]
    assert len(choices([(str(i), str(i)) for i in range(40)])) == 25


def all_cards(snapshot: Snapshot) -> list[tuple[str, str, Message]]:
    found = []
    for entry in snapshot.entries.values():
        for lang in (ENGLISH, SPANISH):
            with speaking(lang):
                for tab in card_of(entry, snapshot).pages():
                    reply = card(snapshot, entry.id, HERE, tab)
                    assert reply is not None
                    found.append((entry.id, tab, reply))
    return found


def test_every_shipped_card_fits_and_nothing_of_it_is_cut(shipped: Snapshot) -> None:
    for entry_id, tab, reply in all_cards(shipped):
        clamped = clamp(reply)
        check_limits(clamped)
        assert clamped.embeds == reply.embeds, (entry_id, tab)


def test_every_shipped_card_says_kind_sources_day_and_disclaimer(shipped: Snapshot) -> None:
    for entry_id, tab, reply in all_cards(shipped):
        embed = reply.embeds[0]
        if tab == OVERVIEW and not embed.footer:
            assert embed.colour == RED, "what can't wait has nothing but what to do, and the rest a press away"
            assert len(reply.rows) == 1
            assert embed.author
            continue
        assert embed.author or re.match(r"[^·]+( · [^·]+)? · (Checked|Comprobado) ", embed.footer), entry_id
        assert re.search(r"Checked (on )?\w+ (\d+, )?20\d\d|Comprobado e[ln] (\d+ de )?\w+ de 20\d\d", embed.footer)
        assert re.search(r"\. \S+ \S+", embed.footer), "the disclaimer"
        if tab == OVERVIEW:
            last = (embed.description or "").splitlines()[-1]
            assert re.match(r"\*\*(Sources|Fuentes):\*\* \[[^\]]+\]\(https?://[^)\s]+\)", last), entry_id


def test_every_entry_is_a_press_away_from_another(shipped: Snapshot) -> None:
    reached: set[str] = set()
    for entry_id, _tab, reply in all_cards(shipped):
        for item in (item for row in reply.rows for item in row):
            found = split(item.id)
            assert found is not None
            reached |= (
                {option.value for option in getattr(item, "options", ())} - {entry_id} if found[0] == "pick" else set()
            )
    # A sign that no entry names, and one question of very many on a thing, are found by their words, and in the lists of them.
    assert {
        i for i in set(shipped.entries) - reached if shipped.entries[i].kind not in (Kind.SYMPTOM, Kind.QUESTION)
    } == set()


def test_every_page_of_a_card_has_text(shipped: Snapshot) -> None:
    for entry_id, tab, reply in all_cards(shipped):
        assert reply.embeds[0].description or reply.embeds[0].fields, (entry_id, tab)


def test_a_card_has_at_most_six_controls_and_a_select_that_names_its_page(shipped: Snapshot) -> None:
    for entry_id, tab, reply in all_cards(shipped):
        assert sum(map(len, reply.rows)) <= 6, (entry_id, tab)
        for select in (item for row in reply.rows for item in row if isinstance(item, Select) and ":tab:" in item.id):
            assert [o.value for o in select.options if o.chosen] == [tab]
            assert [o.value for o in select.options if o.label.startswith("● ")] == [tab]


def test_a_first_page_is_short_enough_for_a_phone(shipped: Snapshot) -> None:
    """A reader's limit: about 250 words, links' addresses not counted; a third more where up to 36 signs need it."""
    for entry in shipped.entries.values():
        reply = card(shipped, entry.id, HERE)
        assert reply is not None
        embed = reply.embeds[0]
        text = " ".join([embed.description or "", *(f"{f.name} {f.value}" for f in embed.fields)])
        assert len(re.sub(r"\(https?://[^)]+\)", "", text).split()) <= 340, entry.id


def test_help_stands_before_side_effects(shipped: Snapshot) -> None:
    for entry_id, tab, reply in all_cards(shipped):
        if tab == "help" and any(signs_of(shipped, shipped.entries[entry_id]).values()):
            assert re.match(r"\*\*(Call|Tell|Llame|Avise) ", reply.embeds[0].description or "")


@pytest.mark.parametrize("lang", [ENGLISH, SPANISH], ids=["en", "es"])
def test_every_sign_to_call_for_is_on_the_first_page(shipped: Snapshot, lang: Language) -> None:
    for entry_id, entry in shipped.entries.items():
        reply = spoken_in(lang, card, shipped, entry_id, HERE)
        assert reply is not None
        shown = clamp(reply).embeds[0].description or ""
        found = [each for signs in signs_of(shipped, entry, lang.code).values() for each in signs]
        signs = [short_sign(each.symptom, any_counts=each.note is Note.ANY_COUNTS) for each in found]
        assert [sign for sign in signs if sign not in shown] == [], entry_id


def test_the_longest_lines_on_when_to_call_are_shown_whole(folder: Path) -> None:
    signs = {f"sign-{number}": f"{'Xyz' * 20} {number}" for number in range(48)}
    words = ", ".join(f"word {letter}" for letter in "abcdefgh")
    for entry_id, name in signs.items():
        text = f"name: {name}\nsign: a sign\nurgency: now\nwords: [{words}]\nshort: A sign.\n"
        (folder / f"symptoms/{entry_id}.yaml").write_text(text + SOURCES)
    path = folder / "therapies/til-therapy.yaml"
    calls = f"call_now: {{now: [{', '.join(signs)}]}}"
    path.write_text(path.read_text().replace("call_now: {emergency: [chest-pain], now: [{fever: any-counts}]}", calls))
    reply = card(build([folder]), "til-therapy", HERE)
    assert reply is not None
    shown = clamp(reply).embeds[0].description or ""
    assert [name for name in signs.values() if name.lower() not in shown.lower()] == []
    assert NOBODY in shown


def test_signs_stand_behind_whom_to_call_in_the_readers_language(folder: Path) -> None:
    (folder / "es/symptoms").mkdir(parents=True)
    spanish = "name: Dolor de pecho\nsign: dolor u opresión en el pecho\nat_once: [Llame ya., Siéntese.]\n"
    (folder / "es/symptoms/chest-pain.yaml").write_text(spanish)
    for lang, lines in (
        (ENGLISH, "**Call your local emergency number now for:** chest pain.\n"
                  "**Call your team now, day or night, for:** fever (even a mild or short one).\n"
                  "Can't reach them, or no team: go to an emergency department."),
        (SPANISH, "**Llame ahora a su número de emergencias local en caso de:** dolor de pecho.\n"
                  "**Llame ahora a su equipo médico, de día o de noche, en caso de:** "
                  "fever (aunque sea leve o dure poco).\n"
                  "Si no contestan o no tiene equipo médico: vaya a urgencias (sala de emergencias, guardia)."),
    ):  # fmt: skip
        reply = spoken_in(lang, card, build([folder]), "til-therapy", HERE)
        assert reply is not None
        assert lines in (reply.embeds[0].description or "")


def test_urgent_entries_begin_with_whom_to_call(shipped: Snapshot) -> None:
    urgent = [entry for entry in shipped.entries.values() if is_urgent(entry)]
    assert urgent
    for entry in urgent:
        reply = card(shipped, entry.id, CardContext(emergency="Call 555."))
        assert reply is not None
        first, second, *_, last = (reply.embeds[0].description or "").splitlines()
        assert first == "**Call 555.**", entry.id
        assert re.search(r"\b(call|pen|injection|phone)\b", second, re.IGNORECASE), entry.id
        assert last in ("**Call your local emergency number now.**", f"**{NOBODY}**"), entry.id


def test_a_medicine_names_its_look_alikes(snapshot: Snapshot) -> None:
    first, second = (card(snapshot, "pembrolizumab", HERE, page) for page in (OVERVIEW, DETAILS))
    assert first
    assert second
    assert "**Used for certain people with:** Melanoma, Other cancers" in first.embeds[0].description
    said = {f.name: f.value for f in second.embeds[0].fields}
    assert said["Not the same as"] == "Nemolizumab"
    assert said["Used for certain people with (as of January 2, 2026)"] == "Melanoma, Other cancers"


def test_a_condition_lists_the_treatments_that_name_it(snapshot: Snapshot) -> None:
    reply = card(snapshot, "melanoma", HERE, DETAILS)
    assert reply is not None
    fields = {f.name: f.value for f in reply.embeds[0].fields}
    assert fields["Medicines explained here"] == "Pembrolizumab"
    assert fields["Therapies explained here"] == "TIL therapy"
    assert read_next(reply) == ["til-therapy", "pembrolizumab"]


def test_the_treatments_that_most_entries_lead_to_come_first(shipped: Snapshot) -> None:
    reply = card(shipped, "melanoma", HERE, DETAILS)
    assert reply
    assert read_next(reply)[0] == "checkpoint-inhibitor"
    medicines = [i for i in read_next(reply) if shipped.entries[i].kind is Kind.MEDICINE]
    assert {"pembrolizumab", "nivolumab"} <= set(medicines[:3])


def read_next(reply: Message) -> list[str]:
    return [o.value for row in reply.rows for i in row if isinstance(i, Select) and i.id == join("pick") for o in i.options]


def test_spanish_is_shown_where_it_is_written_and_english_says_so_where_not(snapshot: Snapshot) -> None:
    translated, other = (
        spoken_in(SPANISH, card, snapshot, "t-cell", HERE),
        spoken_in(SPANISH, card, snapshot, "interleukin-2", HERE),
    )
    assert translated is not None
    assert other is not None
    assert translated.embeds[0].title == "Linfocito T"
    assert "no está en español" not in (translated.embeds[0].description or "")
    assert "Esta entrada aún no está en español" in (other.embeds[0].description or "")


@pytest.mark.parametrize(
    "text", ["💉" * 30, "x" * 6000, "\x00\x07", "\u202eabc", "**bold** `code`", "<@123> @everyone", "", "   "]
)
def test_absurd_input_gets_a_kind_answer_that_pings_no_one(snapshot: Snapshot, text: str) -> None:
    for lang in (ENGLISH, SPANISH):
        reply, offers = spoken_in(lang, nothing_found, snapshot, text)
        assert not offers
        check_limits(clamp(reply))
        assert "`/help`" in reply.content or "`/ayuda`" in reply.content
        assert "@everyone" not in reply.content
        assert "<@123>" not in reply.content.replace("\\<", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("سرطان الجلد", "\u2068سرطان الجلد\u2069"),
        ("חיסון (IL-2)", "\u2068חיסון (IL-2)\u2069"),
        ("\u202eevil", "evil"),
        ("می\u200cخواهم", "\u2068می\u200cخواهم\u2069"),
        ("👩\u200d⚕ Keytruda", "👩\u200d⚕ Keytruda"),
    ],
)
def test_what_is_written_from_right_to_left_keeps_its_order_and_ours(text: str, shown: str) -> None:
    assert typed(text) == shown


def test_what_was_typed_is_shown_inert() -> None:
    assert "||" not in typed("http://a/||x||").replace("\\|", "")
    assert typed("**hi** [x](http://a.b)") == "\\*\\*hi\\*\\* \\[x](http:\u200b//a.b)"
    assert len(typed("x" * 300)) == 80


def test_nothing_found_offers_entries_with_a_word_of_it_but_serves_none(snapshot: Snapshot) -> None:
    reply, offers = nothing_found(snapshot, "what helps melanoma")
    assert offers
    labels = [i.label for i in reply.rows[0] if isinstance(i, Button)]
    assert labels[0] == "Melanoma"
    assert reply.embeds[0].fields[0].value == "*What immunotherapy can do:* It **helps** some people."


def test_asking_which_says_what_sets_them_apart(snapshot: Snapshot) -> None:
    reply = asked_which(snapshot, ("til", "til-therapy"), "TIL")
    assert [(f.name, f.value) for f in reply.embeds[0].fields] == [
        ("Tumor-infiltrating lymphocyte (Term · cells)", "A cell."),
        ("TIL therapy (Therapy)", "Cells grown in a lab."),
    ]
    assert len(reply.rows[0]) == 2


def test_help_comes_before_everything_else(snapshot: Snapshot) -> None:
    rest, _ = nothing_found(snapshot, "xyz")
    reply = with_help_first(snapshot, ["chest-pain"], rest, CardContext(emergency="Call 555."))
    assert reply.content == ""
    assert (reply.embeds[0].description or "").startswith("**Call 555.**\n**Call your local")
    assert "xyz" in (reply.embeds[1].description or "")


def test_no_mark_in_a_text_is_taken_for_markdown(folder: Path) -> None:
    path = folder / "terms/t-cell.yaml"
    marks = "HLA-A*02:01 and HLA-B*07:02, ~5 ~~or~~ a_b_c and `d`"
    path.write_text(path.read_text().replace("A white blood cell.", f"{marks}."))
    reply = card(build([folder]), "t-cell", HERE)
    assert reply is not None
    shown = reply.embeds[0].description
    assert "HLA-A\\*02:01 and HLA-B\\*07:02" in shown
    assert re.sub(r"\\(?=[*_~`|])", "", shown).startswith(f"{marks}.\n")


def test_a_link_with_brackets_does_not_end_early(folder: Path) -> None:
    path = folder / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("https://www.cancer.gov/page", "https://en.example.org/T_(cell)"))
    reply = card(build([folder]), "t-cell", HERE)
    assert reply is not None
    assert "(https://en.example.org/T_%28cell%29)" in reply.embeds[0].description


def test_an_id_of_another_version_or_bot_is_not_understood() -> None:
    assert split(join("tab", "t-cell", "help")) == ("tab", ["t-cell", "help"])
    for custom_id in ("", "im0:open:t-cell", "im1", "im1:open:T CELL", "hello", "im1:Open:a"):
        assert split(custom_id) is None


def test_a_shared_card_can_be_removed(snapshot: Snapshot) -> None:
    reply = card(snapshot, "t-cell", CardContext())
    assert reply is not None
    last = removable(reply, "0123456789abcdef").rows[-1][0]
    assert last == Button("Remove", "im1:remove:0123456789abcdef", Style.DANGER)


def test_a_select_takes_25(snapshot: Snapshot) -> None:
    entry = snapshot.entries["t-cell"]
    (select,) = open_select([entry] * 40, "Open")
    assert isinstance(select, Select)
    assert len(select.options) == limits.OPTIONS
