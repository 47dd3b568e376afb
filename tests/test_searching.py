"""A member who doesn't know the name finds their way: search, browse, compare, the words of a message."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.cards.compare import compared
from bot.features.cards.kinds import group_names
from bot.features.cards.offers import nothing_found, offered
from bot.features.finding.browse import groups, listed
from bot.features.finding.search import found
from bot.interactions.custom_id import MOST_TEXT, decode_text, encode_text, join, split
from bot.interactions.limits import clamp
from bot.knowledge.kinds import Kind, Topic
from bot.knowledge.library import Snapshot, build
from bot.language import language
from bot.service.tryout import Stage

from .conftest import buttons_of, leads_to, spoken_in, text_of
from .test_replies import check_limits

ENGLISH, SPANISH = language("en-US"), language("es-419")


def titles(result: Any) -> list[str]:
    return [field.name.partition(" (")[0] for field in result.response.embeds[0].fields]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("side effects of keytruda", ["pembrolizumab"]),
        ("skin cancer drugs", ["skin-cancer"]),
        ("vaccine for cervical cancer", ["cervical-cancer", "hpv-vaccine", "vaccine"]),
        ("what treats lupus", ["lupus", "belimumab", "anifrolumab"]),
        ("car t", ["car-t-cell-therapy"]),
        ("interleuken", ["interleukin"]),
        ("hodgkings", ["hodgkin-lymphoma"]),
        ("what helps melanoma", ["melanoma"]),
    ],
)
def test_a_search_in_own_words_leads_somewhere_sensible(shipped: Snapshot, text: str, first: list[str]) -> None:
    assert set(first) <= set(shipped.search.find(text)[:5])


@given(st.text(max_size=600))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_searched(shipped: Snapshot, text: str) -> None:
    for entry_id in shipped.search.find(text):
        assert entry_id in shipped.entries


@given(st.text(max_size=200))
def test_a_text_survives_in_a_button(text: str) -> None:
    custom_id = join("search", "12", encode_text(text))
    assert len(custom_id) <= 100
    read = split(custom_id)
    assert read is not None
    assert read[0] == "search"
    assert decode_text(dict(enumerate(read[1])).get(1, "")) == text.encode("utf-8", "ignore")[:MOST_TEXT].decode(
        errors="ignore"
    )


def test_a_damaged_text_is_no_text() -> None:
    assert decode_text("_") == decode_text("____") == ""


async def test_search_pages_have_a_button_for_every_hit_and_survive_a_restart(shipped_world: Stage) -> None:
    result = await shipped_world.member.slash(shipped_world.channel, "search", words="melanoma treatment")
    assert result.ephemeral
    first = titles(result)
    assert first[0] == "Melanoma"
    assert list(buttons_of(result.response))[:5] == first
    turned = await shipped_world.member.click(result.response, label="Next")
    second = titles(turned) if turned.response else titles(result)
    assert not set(first) & set(second)
    opened = await shipped_world.member.click(turned.response or result.response, label=second[0])
    assert opened.response.embeds[0].title.startswith(second[0])


def test_the_first_page_is_of_all_that_was_typed_and_the_others_of_what_fits_into_a_button(shipped: Snapshot) -> None:
    text = (
        "dad is 84 and frail and they want to start him on pembrolizumab or nivolumab, ipilimumab too, for his melanoma next "
        "week, he has asthma and psoriasis, is he not far too old for all this"
    )
    first, _ = found(shipped, text, 0)
    assert "Am I too old" in first.embeds[0].fields[0].name
    carried = decode_text(next(item.id.split(":")[3] for row in first.rows for item in row if ":search:1:" in item.id))
    assert "pembrolizumab" in carried
    second, _ = found(shipped, carried, 1)
    assert "Page 2 of" in second.embeds[0].footer


def test_a_sentence_is_not_answered_with_what_has_one_of_its_words(shipped: Snapshot) -> None:
    """Who asks about a cat after a transplant is shown no page on prognosis because both have a word."""
    assert "how-long-do-i-have" not in shipped.search.find("does it hurt to inject dupixent, my son is 3 and panics")


def test_a_medicine_that_is_named_stands_second_behind_a_general_answer(shipped: Snapshot) -> None:
    found = shipped.search.find("is enhertu chemo or immunotherapy? why am i so sick and will i lose my hair")
    assert found.index("fam-trastuzumab-deruxtecan") < 2


def test_what_fits_on_a_page_has_no_number_of_pages(shipped: Snapshot) -> None:
    message, _ = found(shipped, "is enhertu chemo, will i lose my hair", 0)
    assert message.embeds[0].footer.startswith("Press a name to open it.\n")


async def test_help_stays_when_a_page_is_turned(shipped_world: Stage) -> None:
    result = await shipped_world.member.slash(shipped_world.channel, "search", words="cell chest pain")
    turned = await shipped_world.member.click(result.response, label="Next")
    assert turned.response.id != result.response.id, "help is never replaced"
    assert turned.response.embeds[0].author.name == "Urgent: get help first"


async def test_searching_for_nothing_is_no_dead_end(world: Stage) -> None:
    result = await world.member.slash(world.channel, "search", words="💉💉")
    assert "I found nothing for “💉💉”." in result.response.content
    browsed = await world.member.click(result.response, label="Browse")
    assert browsed.response.embeds[0].title == "Look around"


async def test_browsing_leads_from_kind_to_entry(world: Stage) -> None:
    result = await world.member.slash(world.channel, "browse")
    chosen = await world.member.select(result.response, ["medicine"], custom_id="im1:group")
    message = chosen.response or result.response
    assert message.embeds[0].description == "• Nemolizumab\n• Pembrolizumab"
    opened = await world.member.select(message, ["pembrolizumab"], custom_id="im1:pick")
    assert opened.response.embeds[0].title == "Pembrolizumab (Keytruda)"


def test_every_entry_can_be_reached_by_browsing(shipped: Snapshot) -> None:
    reached = set()
    for key, (_, entries) in groups(shipped).items():
        for page in range(-(-len(entries) // 20)):
            reply = listed(shipped, key, page)
            check_limits(clamp(reply))
            reached |= {option.value for row in reply.rows for item in row for option in getattr(item, "options", ())}
    assert set(shipped.entries) <= reached


def test_every_page_of_a_search_is_within_the_limits(shipped: Snapshot) -> None:
    for text in ("cancer", "t cell", "what treats lupus", "x" * 300 + " melanoma"):
        for lang in (ENGLISH, SPANISH):
            for page in (0, 1, 99):
                reply, _ = spoken_in(lang, found, shipped, text, page)
                check_limits(clamp(reply))


async def test_two_of_a_kind_are_compared_by_what_is_the_same_and_what_is_not(world: Stage, folder: Path) -> None:
    path = folder / "medicines/nemolizumab.yaml"
    path.write_text(path.read_text() + "class: antibody\ntreats: [melanoma, Itch]\n")
    assert await world.env.bot.deps.library.reload()
    result = await world.member.slash(world.channel, "compare", first="keytruda", second="Nemolizumab")
    assert "**The same**\n• What kind of medicine: antibody\n• Used for: Melanoma" in result.response.embeds[0].description
    different = {field.name: field.value for field in result.response.embeds[0].fields}
    assert different["What it is"] == (
        "• Pembrolizumab: Medicine. It blocks PD-1.\n• Nemolizumab: Medicine. It blocks a messenger of itch."
    )
    assert different["Used for"] == "• Pembrolizumab: Other cancers\n• Nemolizumab: Itch"
    assert different["Side effects"] == "• Pembrolizumab: Rash.\n• Nemolizumab: –"
    assert "different medicines" in result.response.embeds[0].description
    assert "[NCI](https://www.cancer.gov/page)" in text_of(result)
    opened = await world.member.click(result.response, label="Nemolizumab")
    assert opened.response.embeds[0].title == "Nemolizumab (Nemluvio)"


async def test_different_kinds_say_what_each_is(world: Stage) -> None:
    result = await world.member.slash(world.channel, "compare", first="melanoma", second="T cell")
    assert "different kinds of things" in result.response.embeds[0].description
    assert "A skin cancer." in text_of(result)
    assert "A white blood cell." in text_of(result)


async def test_two_names_of_one_entry_are_its_card(world: Stage) -> None:
    result = await world.member.slash(world.channel, "compare", first="keytruda", second="pembrolizumab")
    assert result.response.embeds[0].title == "Pembrolizumab (Keytruda)"
    assert result.response.embeds[0].footer.text.startswith("Medicine · Checked ")


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("keytrud", "T cell", "Did you mean **Keytruda** (pembrolizumab)?"),
        ("T cell", "TIL", "is the name of more than one thing"),
        ("qqqqqq", "qqqqqq", "I have no entry called “qqqqqq”."),
    ],
)
async def test_comparing_what_is_no_name_offers_as_define_does(world: Stage, first: str, second: str, words: str) -> None:
    result = await world.member.slash(world.channel, "compare", first=first, second=second)
    assert words in text_of(result)


def test_every_pair_of_a_kind_fits(shipped: Snapshot) -> None:
    longest = sorted(shipped.entries.values(), key=lambda e: -len(str(e)))[:40]
    for first in longest:
        for second in longest:
            check_limits(clamp(spoken_in(SPANISH, compared, shipped, first, second)))


async def test_the_words_of_a_message_are_explained(world: Stage) -> None:
    message = await world.member.send(world.channel, "They gave me Keytruda, T cells and ms; MS is a test.")
    result = await world.member.context_menu(world.channel, "Explain terms", message)
    assert result.ephemeral
    assert leads_to(result.response) == ["pembrolizumab", "t-cell", "ms-term"]
    assert "• **MSX**: A test name of two letters." in result.response.embeds[0].description


async def test_a_message_without_terms_says_so(world: Stage) -> None:
    message = await world.member.send(world.channel, "Good morning, all of you! I have a cart.")
    result = await world.member.context_menu(world.channel, "Explain terms", message)
    assert result.response.content.startswith("I know none of the words in that message.")


def test_the_longest_name_counts_and_short_ones_only_in_capitals(shipped: Snapshot) -> None:
    named = shipped.index.named_in("all of us hope; ALL and MS, a checkpoint inhibitor, IL2, il-6, CAR T-cell therapy")
    assert [ids[0] for ids in named] == [
        "acute-lymphoblastic-leukemia", "multiple-sclerosis", "checkpoint-inhibitor", "interleukin-2", "interleukin-6",
        "car-t-cell-therapy",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["search", "compare"])
async def test_danger_leads_in_these_commands_too(world: Stage, command: str) -> None:
    options = {"words": "keytruda chest pain"} if command == "search" else {"first": "chest pain", "second": "T cell"}
    result = await world.member.slash(world.channel, command, **options)
    assert result.response.embeds[0].author.name == "Urgent: get help first"
    assert not result.response.content


async def test_danger_leads_when_a_message_is_explained(world: Stage) -> None:
    message = await world.member.send(world.channel, "I have chest pain since Keytruda")
    result = await world.member.context_menu(world.channel, "Explain terms", message)
    assert result.response.embeds[0].author.name == "Urgent: get help first"


async def test_a_missing_name_is_known_only_after_three_people(world: Stage) -> None:
    path = world.env.bot.deps.config.database_path()

    def stored(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path)) as connection, connection:
            return connection.execute(query).fetchall()

    people = [world.member, world.moderator, world.env.guild.add_member(world.env.create_user("third"))]
    for person in [*people[:1], *people]:  # the first tells twice, and counts once
        result = await person.slash(world.channel, "define", term="Zyxomab")
        assert stored("SELECT * FROM gaps") == []
        pressed = await person.click(result.response, label="Tell moderators")
        assert pressed.response.content.startswith("Thank you.")
    assert [(text, count) for text, count in stored("SELECT text, people FROM gaps")] == [("Zyxomab", 3)]
    assert stored("SELECT * FROM gap_votes") == [], "no hash is left once the name is known"


async def test_the_same_words_can_be_searched_where_nothing_was_found(world: Stage) -> None:
    result = await world.member.slash(world.channel, "define", term="skin cancers of mine")
    searched = await world.member.click(result.response, label="Search")
    assert titles(searched)[0] == "Melanoma"


def test_close_spellings_are_offered_with_look_alikes_and_never_for_short_names(snapshot: Snapshot) -> None:
    assert snapshot.index.close("pembrolizumb") == {"pembrolizumab": "Pembrolizumab", "nemolizumab": "Nemolizumab"}
    assert snapshot.index.close("kytruda") == {"pembrolizumab": "Keytruda"}, "nobody takes that for nemolizumab"
    assert snapshot.index.close("IL-22") == {}
    assert snapshot.index.close("melonoma") == {"melanoma": "Melanoma"}
    assert snapshot.index.close("interleukin-3") == {"interleukin-2": "Interleukin-2"}


def test_whoever_is_offered_a_medicine_reads_its_look_alikes(snapshot: Snapshot) -> None:
    reply, _ = nothing_found(snapshot, "pembrolizumb")
    assert "Did you mean **Pembrolizumab**? It blocks PD-1. Not the same as Nemolizumab." in reply.content
    brand, _ = nothing_found(snapshot, "Kytruda")
    assert "Did you mean **Keytruda** (pembrolizumab)? It blocks PD-1." in brand.content
    assert "Nemolizumab" not in str(brand)


async def test_a_whole_sentence_is_answered_with_the_sentences_that_come_closest(world: Stage) -> None:
    result = await world.member.slash(world.channel, "define", term="which skin doctor for my melanoma")
    assert result.response.content.endswith("These come closest to what you ask:")
    first = result.response.embeds[0].fields[0]
    assert (first.name, first.value) == ("Melanoma (Condition)", "*Who treats it:* A **skin** **doctor**.")
    opened = await world.member.click(result.response, label="Melanoma")
    assert "A skin doctor." in opened.response.embeds[0].description, "the page where the sentence stands"


async def test_a_search_shows_the_sentence_that_answers_and_says_when_it_is_unsure(world: Stage) -> None:
    sure = await world.member.slash(world.channel, "search", words="keytruda rash")
    assert sure.response.embeds[0].fields[0].value == "*Side effects:* **Rash**."
    assert "not sure" not in text_of(sure)
    unsure = await world.member.slash(world.channel, "search", words="keytruda zeppelin")
    assert "I am not sure: none of these has all of your words." in text_of(unsure)
    assert unsure.response.embeds[0].fields[0].value == "It blocks PD-1.", "a name alone is no answer"


@pytest.mark.parametrize("text", ["IL-22x", "PD-3", "CD99"])
def test_a_short_unknown_name_offers_no_other_number(shipped: Snapshot, text: str) -> None:
    offers = {shipped.entries[i].name for i in offered(shipped, text)}
    assert not offers & {"LAG-3", "Interleukin-1", "CD19", "CD20", "PD-1", "PD-L1"}


def test_a_slip_while_typing_is_forgiven(snapshot: Snapshot) -> None:
    for typed in ("kytru", "keytrd", "kyetruda", "pembrolisu", "melenoma"):
        labels = [s.label for s in snapshot.index.suggest(typed)]
        assert any("embrolizumab" in label or "Melanoma" in label for label in labels), typed
    assert snapshot.index.suggest("il3") == []


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("what are the side effects of keyt", "Keytruda (pembrolizumab)"),
        ("is my melanoma cur", "Melanoma"),
        ("can keytruda help me", "Pembrolizumab"),
        ("why do t cel", "T cell"),
    ],
)
async def test_the_list_does_not_go_blank_while_a_sentence_is_typed(world: Stage, typed: str, first: str) -> None:
    choices = await world.member.autocomplete(world.channel, "define", "term", typed)
    assert choices[0]["name"] == first
    answer = await world.member.slash(world.channel, "define", term=choices[0]["value"])
    assert answer.response.embeds[0].title.startswith(first.split(" (")[0]) or "keytruda" in text_of(answer).lower()


async def test_one_entry_compared_with_itself_by_a_word_of_danger_leads_with_help_and_is_seen_by_the_asker_alone(
    world: Stage,
) -> None:
    await world.env.bot.deps.servers.change(world.channel.guild.id, "visible", True)
    for second in ("chest pain", "Chest pain"):
        answer = await world.member.slash(world.channel, "compare", first="chest pain", second=second)
        assert answer.ephemeral
        assert "Call your local emergency number now." in text_of(answer)


@pytest.mark.parametrize("locale", ["en-US", "es-ES"])
def test_every_topic_and_kind_has_a_name(locale: str) -> None:
    kinds = {kind.value for kind in Kind} - {Kind.TERM.value}
    assert set(spoken_in(language(locale), group_names)) == kinds | {topic.value for topic in Topic}


def test_the_words_of_a_field_find_only_entries_that_have_it(folder: Path) -> None:
    """Who asks for side effects isn't shown a medicine of which none are known."""
    snapshot = build([folder])
    assert "pembrolizumab" in snapshot.search.find("side effects")
    assert "nemolizumab" not in snapshot.search.find("side effects")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("can side effects start after treatment has stopped", "side-effects-after-treatment-ended"),
        ("can I work while having immunotherapy", "working-during-immunotherapy"),
        ("is it ok to drink alcohol on keytruda", "alcohol-during-immunotherapy"),
        ("no side effects at all on opdivo, is it even working", "do-side-effects-mean-it-works"),
        ("the scan says my spots got bigger after two infusions, did it fail", "why-did-my-tumor-grow-on-the-scan"),
        ("getting a wisdom tooth out tomorrow, do i tell them about my infusions", "dental-work-during-treatment"),
        ("dad had yescarta, when is he allowed to drive his car", "driving-after-car-t"),
        ("mi papá tiene 84 años, ¿no está muy viejo para la inmunoterapia?", "am-i-too-old-for-immunotherapy"),
        ("quiero tomar cúrcuma y té verde con el tratamiento", "vitamins-herbs-and-supplements"),
    ],
)
def test_a_question_asked_in_other_words_is_among_the_first_three(shipped: Snapshot, typed: str, meant: str) -> None:
    assert meant in shipped.search.find(typed, 3)


def test_no_question_of_another_medicine_is_found_for_one_that_is_named(shipped: Snapshot) -> None:
    found = shipped.search.find("how long does humira take until it starts to work for me")
    assert found[0] == "how-soon-adalimumab-works"
    assert not {"how-long-until-keytruda-works", "how-long-until-opdivo-works"} & {*found}


async def test_in_a_sentence_a_sign_comes_first_and_says_how_soon_to_call(shipped_world: Stage) -> None:
    result = await shipped_world.member.slash(
        shipped_world.channel, "search", words="on keytruda, itching since monday, can it wait until my visit next week"
    )
    first, second, *_ = result.response.embeds[0].fields
    assert first.name.startswith("Itching")
    assert first.value.startswith("**Tell your care team today; call now if it gets worse.**")
    assert not second.value.startswith("**Tell")
