"""How much of the frozen phrases is heard: floors that only rise, and what tells danger from a mention of it."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

import pytest

from bot.knowledge.danger import SELF_HARM
from bot.knowledge.kinds import Symptom
from bot.knowledge.library import Snapshot
from bot.knowledge.mentions import CUES, begins, patterns
from bot.knowledge.wording import DATA
from bot.service.tryout import Stage

from .conftest import text_of
from .test_settings import sent_as

ROOT = Path(__file__).resolve().parent.parent
PHRASES = ROOT / "tests" / "phrases"
_spec = importlib.util.spec_from_file_location("danger_figures", ROOT / "benchmarks" / "danger.py")
assert _spec is not None
assert _spec.loader is not None
figures = importlib.util.module_from_spec(_spec)
import sys  # noqa: E402

sys.modules["danger_figures"] = figures
_spec.loader.exec_module(figures)

HEARD = {"en": 300, "es": 300}
"""Of 300 emergencies, at least so many are heard; a change may raise these, and the most below only fall."""

MOST_FALSE = {("en", "everyday"): 0, ("es", "everyday"): 1, ("en", "harmless"): 0, ("es", "harmless"): 0}

HEARD_SECOND = {"en": 300, "es": 299}
MOST_FALSE_SECOND = {("en", "everyday"): 1, ("es", "everyday"): 0, ("en", "harmless"): 1, ("es", "harmless"): 1}
"""The same of the second set, which was measured before it was looked at (see tests/phrases/README.md)."""

HEARD_THIRD = {"en": 300, "es": 296}
MOST_FALSE_THIRD = {("en", "everyday"): 2, ("es", "everyday"): 2, ("en", "harmless"): 2, ("es", "harmless"): 8}
"""The same of the third set, of which any emergency counts: which sign each line tells of is not written down."""

HEARD_FOURTH = {"en": 300, "es": 299}
MOST_FALSE_FOURTH = {("en", "everyday"): 0, ("es", "everyday"): 0, ("en", "harmless"): 0, ("es", "harmless"): 1}
"""The same of the fourth set."""

HEARD_FIFTH = {"en": 144, "es": 144}
MOST_FALSE_FIFTH = {("en", "everyday"): 2, ("es", "everyday"): 6, ("en", "harmless"): 14, ("es", "harmless"): 18}
"""The same of the fifth set, of 150 emergencies."""

HEARD_SIXTH = {"en": 145, "es": 142}
MOST_FALSE_SIXTH = {("en", "everyday"): 8, ("es", "everyday"): 12, ("en", "harmless"): 15, ("es", "harmless"): 11}
"""The same of the sixth set, of 150 emergencies."""

NOW = "If this is happening now: call your local emergency number."


def test_the_phrases_are_frozen() -> None:
    for line in (PHRASES / "SHA256").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((PHRASES / name).read_bytes()).hexdigest() == digest, name


def test_what_is_heard_by_kinds_of_things_is_of_entries_that_are_there(shipped: Snapshot) -> None:
    assert [i for i in DATA["patterns"] if i not in shipped.entries] == []
    used = {
        word.lstrip("~!-")[1:] for said in DATA["patterns"].values() for word in said.replace(",", "").split() if "@" in word
    }
    assert used - {*DATA["kinds"]} == {"nothing", "year"}


def test_each_pattern_tells_how_it_begins() -> None:
    """One that begins with neither a word nor three letters would never be tried."""
    for key in CUES:
        for cue in patterns(key):
            assert all(re.fullmatch(r"\w+|\w{3}\*", first) for first, _ in begins(cue)), cue


@pytest.mark.parametrize("language", ["en", "es"])
def test_emergencies_are_heard(shipped: Snapshot, language: str) -> None:
    counted = figures.count(shipped, figures.rows(language, "danger"))
    assert counted.any_emergency >= HEARD[language]
    missed = [text for text, ids, _ in counted.wrong if SELF_HARM in ids]
    assert missed == [], "nothing of self-harm is missed"


@pytest.mark.parametrize(("language", "kind"), MOST_FALSE)
def test_little_is_heard_where_there_is_no_danger(shipped: Snapshot, language: str, kind: str) -> None:
    heard = figures.count(shipped, figures.rows(language, kind)).anything
    assert heard <= MOST_FALSE[language, kind]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("folder", "least", "most"),
    [
        ("second", HEARD_SECOND, MOST_FALSE_SECOND),
        ("third", HEARD_THIRD, MOST_FALSE_THIRD),
        ("fourth", HEARD_FOURTH, MOST_FALSE_FOURTH),
        ("fifth", HEARD_FIFTH, MOST_FALSE_FIFTH),
        ("sixth", HEARD_SIXTH, MOST_FALSE_SIXTH),
    ],
)
def test_the_later_phrases_are_heard_as_often(
    shipped: Snapshot, folder: str, least: dict[str, int], most: dict[tuple[str, str], int], language: str
) -> None:
    counted = figures.count(shipped, figures.rows(language, "danger", folder))
    assert counted.any_emergency >= least[language]
    for kind in ("everyday", "harmless"):
        heard = figures.count(shipped, figures.rows(language, kind, folder)).anything
        assert heard <= most[language, kind], kind


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("my chest really hurts", "chest-pain"),
        ("mi mamá no puede breathe", "trouble-breathing"),
        ("dolor in my chest since lunch", "chest-pain"),
        ("he had a siezure just now", "seizure"),
        ("se desmallo en la cocina", "fainting"),
        ("she was vommiting blood", "vomiting-blood"),
        ("no fever but my chest hurts", "chest-pain"),
        ("no chest pain until today", "chest-pain"),
        ("he wants to talk but he can't", "trouble-speaking"),
        ("can rituximab cause seizures, my son is having one", "seizure"),
        ("is this a stroke", "sudden-weakness"),
        ("doctor said no bleeding but I am vomiting blood", "vomiting-blood"),
        ("never had a headache this bad", "severe-headache"),
        ("had car t two months ago and I can't breathe", "trouble-breathing"),
        ("what is the risk of seizures? He is shaking all over", "seizure"),
        ("severe headache and vomiting on rituximab", "severe-headache"),
        ("what to do for heavy bleeding", "heavy-bleeding"),
        ("can someone help, chest pain", "chest-pain"),
        ("does anyone know why I am coughing blood", "coughing-blood"),
        ("the leaflet says call if vision changes and I can't see out of one eye", "sudden-vision-change"),
        ("worried about my chest pain", "chest-pain"),
        ("my chest pain went away but it came back", "chest-pain"),
        ("creo que es un derrame", "sudden-weakness"),
        ("toso sangre, qué significa", "coughing-blood"),
        ("tengo insuficiencia suprarrenal y no paro de vomitar", "cannot-keep-steroids-down"),
        ("my ankle gave out and both feet are useless", "weak-numb-legs"),
        ("can't get my daughter to wake up", "hard-to-wake"),
        ("mi hijo no logro que despierte", "hard-to-wake"),
        ("my mother thinks it's 1962", "confusion"),
        ("I shook her and nothing", "unresponsive"),
        ("tragar se volvió imposible", "trouble-swallowing"),
        ("the leaflet says to call if I have chest pain and I have it", "chest-pain"),
        ("what does it mean when my chest feels crushed", "chest-pain"),
        ("just asking because I can't breathe lying down", "trouble-breathing"),
        ("my son is having a seizure, what is the right position", "seizure"),
        ("hace años tuve un infarto y me duele igual el pecho", "chest-pain"),
        ("is chest pressure on keytruda serious? it started 20 min ago", "chest-pain"),
        ("puede el nivolumab dejarme sin fuerza en medio cuerpo? me acaba de pasar", "sudden-weakness"),
        ("hacking up blood the sink is red, what does it mean", "coughing-blood"),
        ("no responde, qué significa", "unresponsive"),
        ("what if this is a heart attack", "chest-pain"),
        ("como si tuviera un camión encima del pecho", "chest-pain"),
        ("my form asks if i am suicidal and i am", SELF_HARM),
        ("im not suicidal just want it to end", SELF_HARM),
        ("goodbye everyone, I won't be here tomorrow", SELF_HARM),
        ("he is standing on the roof and says he will jump", SELF_HARM),
        ("tounge swelling up", "swelling-of-face-or-tongue"),
        ("me falta el ayre", "trouble-breathing"),
        ("baby not wakin up", "hard-to-wake"),
        ("im going to collapse", "fainting"),
        ("crushing chest pain, is this normal?", "chest-pain"),
        ("not breathing yet", "trouble-breathing"),
        ("just asking, throat closing up", "swelling-of-face-or-tongue"),
        ("my son with epilepsy is having a seizure", "seizure"),
        ("la app dice que mi oxígeno es 80", "trouble-breathing"),
        ("leí que puede dar convulsiones y mi hijo está teniendo una", "seizure"),
    ],
)
def test_what_happens_is_heard_as_people_write_it(shipped: Snapshot, text: str, entry: str) -> None:
    assert entry in shipped.index.danger(text)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Pt denies chest pain, shortness of breath.", "chest-pain"),
        ("No seizures today.", "seizure"),
        ("no chest pain or shortness of breath", "trouble-breathing"),
        ("Niega dolor torácico", "chest-pain"),
        ("sin disnea", "trouble-breathing"),
        ("can rituximab cause seizures", "seizure"),
        ("how common is fainting on it", "fainting"),
        ("¿qué tan común es la convulsión con blinatumomab?", "seizure"),
        ("I had a heart attack ten years ago", "chest-pain"),
        ("signs of a heart attack in women", "chest-pain"),
        ("call your doctor if you have chest pain", "chest-pain"),
        ("the doctor asked if I had chest pain", "chest-pain"),
        ("I'm afraid I might faint at the needle", "fainting"),
        ("shortness of breath questionnaire", "trouble-breathing"),
        ("acuda a urgencias si le cuesta respirar", "trouble-breathing"),
        ("mi hermana se desmayó hace diez años en su boda", "fainting"),
        ("what does dyspnea mean in my letter", "trouble-breathing"),
        ("in the film he has a seizure", "seizure"),
        ("if my husband had a stroke would they stop it", "sudden-weakness"),
        ("they taught me when to ring about breathlessness", "trouble-breathing"),
        ("¿un derrame me dejaría fuera del ensayo?", "sudden-weakness"),
        ("our dog had a seizure", "seizure"),
        ("suicide prevention training course", SELF_HARM),
        ("my handout says call 911 if my lips turn blue", "mottled-skin"),
        ("i read it can cause seizures", "seizure"),
        ("suppose I cough up blood one day", "coughing-blood"),
        ("y si de noche me costara respirar a quién llamo", "trouble-breathing"),
        ("my uncle coughed up blood during the war", "coughing-blood"),
        ("no seizures so far", "seizure"),
        ("epilepsia: no", "seizure"),
        ("syncope, what's that", "fainting"),
        ("I'm not suicidal, just fed up with waiting rooms", SELF_HARM),
    ],
)
def test_what_is_only_mentioned_is_no_danger_now(shipped: Snapshot, text: str, entry: str) -> None:
    assert shipped.index.danger(text) == ()
    assert entry in shipped.index.heard(text).mentioned


@pytest.mark.parametrize(
    "text",
    [
        "Familial Mediterranean fever",
        "what is a suicide gene",
        "hay fever",
        "my form gave me a heart attack",
        "fiebre amarilla",
        "my laptop is not responding",
        "el doctor no responde mis mensajes",
    ],
)
def test_names_and_sayings_are_nothing_of_the_kind(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ()
    assert shipped.index.heard(text).mentioned == ()


@pytest.mark.parametrize(
    "text", ["I don't want to die", "no quiero morir", "I wanted to kill myself years ago", "I'm not suicidal", "suicide"]
)
def test_in_doubt_self_harm_is_happening(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == (SELF_HARM,)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("dad has been 7 times since last nite bit of blood in it. can i just give him imodium", "bloody-black-stools"),
        ("my husband has the runs 8 times a day", "severe-diarrhea"),
        ("mum has gone to the loo 10 times since this morning", "severe-diarrhea"),
        ("6x diarrhea today", "severe-diarrhea"),
        ("tengo diarrea 7 veces al día", "severe-diarrhea"),
        ("vengo yendo al baño 9 veces desde anoche", "severe-diarrhea"),
        ("my chest hurts is that a side effect of keytruda?", "chest-pain"),
        ("i have a fever of 38.5 can i take tylenol", "fever"),
        ("is it normal to have a fever after car t? mine is 38.7", "fever"),
        ("i have diarrhea all day can i take imodium?", "severe-diarrhea"),
        ("can i take ibuprofen for chest pain", "chest-pain"),
        ("heart racing 140 and dizzy on opdivo normal?", "palpitations"),
        ("me duele el pecho, es un efecto secundario de keytruda?", "chest-pain"),
        ("tengo los ojos amarillos, es normal con keytruda?", "yellow-skin"),
        ("es normal que me falte el aire despues de la infusion?", "trouble-breathing"),
        ("vomito todo, puedo tomar la hidrocortisona mas tarde?", "cannot-keep-steroids-down"),
    ],
)
def test_how_often_is_heard_and_danger_within_a_question(shipped: Snapshot, text: str, sign: str) -> None:
    assert shipped.index.danger(text)[0] == sign


def test_what_counts_as_a_digit_but_is_no_number_is_no_mistake(shipped: Snapshot) -> None:
    """The digits of Rumi and Kharosthi, and numbers in circles, are none that Python reads."""
    assert shipped.index.danger("does it take \U00010e68 hours or \U00010a40") == ()


@pytest.mark.parametrize(
    "text",
    [
        "i have been 6 times since january for blood tests",
        "my nose runs 10 times a day",
        "i pee 6 times a night",
        "i go to the gym 5 times a week",
        "left my pen on the kitchen counter since saturday its tues now is it ruined",
        "having kidney transplant soon, do i have to rehome my cat? and is sushi out forever",
        "grass tablet makes my mouth itch like mad every morning is that normal? also had a tooth out yesterday",
        "eyes red and gritty since dupixent. do i stop it?",
    ],
)
def test_what_is_told_in_the_same_way_is_no_danger(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ()


@pytest.mark.parametrize(
    "text", ["estoy en el puente y no me quiero bajar", "glucosa 28 y no le puedo meter ni juguito porque no abre la boca"]
)
def test_danger_told_without_the_words_of_any_sign_is_heard(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) != ()


@pytest.mark.parametrize("text", ["stroke in the family", "mito o verdad: poner una cuchara al que convulsiona"])
def test_what_is_most_likely_only_spoken_of_is_no_danger(shipped: Snapshot, text: str) -> None:
    assert shipped.index.danger(text) == ()


AS_PEOPLE_TELL = {
    "en": (
        "{} since last night, what do I do",
        "{} all night, rather not wake my husband",
        "I gave myself the shot and {}",
        "{} after the last dose tonight",
        "can I drive myself in with {}",
    ),
    "es": ("{} desde anoche, qué hago", "me puse la inyección yo misma y {}", "{} la última noche"),
}


def test_what_is_told_beside_another_sign_is_no_self_harm(shipped: Snapshot) -> None:
    """Who has a fever since last night, and gave herself the shot, is not asked whether she wants to die."""
    of_medicines = {"overdose", "extra-dose", "missed-medicine"}
    signs = [e for e in shipped.entries.values() if isinstance(e, Symptom) and e.id not in {SELF_HARM, *of_medicines}]
    hear = shipped.index.words_of_danger.find
    taken = [
        (told, sign)
        for entry in signs
        for sign, languages in entry.every_in((*entry.named, "words"), shipped.translations)
        if SELF_HARM not in hear(sign)
        for language in languages
        for told in AS_PEOPLE_TELL[language]
        if SELF_HARM in hear(told.format(sign))
    ]
    assert taken == []


@pytest.mark.parametrize(("command", "option"), [("define", "term"), ("search", "words"), ("medicine", "name")])
async def test_a_mention_is_answered_as_usual_after_one_line(shipped_world: Stage, command: str, option: str) -> None:
    result = await shipped_world.member.slash(shipped_world.channel, command, **{option: "can rituximab cause seizures"})
    assert text_of(result).startswith(f"**{NOW}**")
    assert all(e.author.name != "Urgent: get help first" for e in result.response.embeds)
    assert "Rituximab" in text_of(result)


async def test_a_happening_danger_has_its_card_and_not_that_line(shipped_world: Stage) -> None:
    result = await shipped_world.member.slash(shipped_world.channel, "define", term="my chest really hurts")
    assert result.response.embeds[0].author.name == "Urgent: get help first"
    assert NOW not in text_of(result)


@pytest.mark.parametrize(
    ("text", "terms"), [("Letter: pt denies chest pain. Rituximab goes on.", True), ("He denies chest pain.", False)]
)
async def test_a_letter_that_denies_a_sign_has_that_line_and_its_terms(shipped_world: Stage, text: str, terms: bool) -> None:
    message = await shipped_world.moderator.send(shipped_world.channel, text)
    result = await shipped_world.member.context_menu(shipped_world.channel, "Explain terms", message)
    assert text_of(result).startswith(f"**{NOW}**")
    assert ("Rituximab" in text_of(result)) is terms


async def test_that_line_is_in_the_readers_language(shipped_world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_as(monkeypatch, lambda payload: payload.update(locale="es-ES"))
    result = await shipped_world.member.slash(shipped_world.channel, "search", words="niega disnea con rituximab")
    assert text_of(result).startswith("**Si esto está pasando ahora: llame al número de emergencias de su zona.**")
