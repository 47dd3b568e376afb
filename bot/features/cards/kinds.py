"""The card of any entry: which kind has which."""

from dataclasses import replace
from typing import Any, Final

from bot.features.cards.card import MOST_KEPT, OVERVIEW, Card, CardContext
from bot.features.cards.condition import ConditionCard
from bot.features.cards.helplines import today
from bot.features.cards.medicine import MedicineCard
from bot.features.cards.parts import inert
from bot.features.cards.question import QuestionCard
from bot.features.cards.symptom import SymptomCard
from bot.features.cards.term import TermCard
from bot.features.cards.therapy import TherapyCard
from bot.interactions.message import Kept, Message
from bot.knowledge.kinds import Entry, Kind, Topic
from bot.knowledge.library import Snapshot
from bot.language import _, ngettext, spoken

_CARDS: Final[dict[Kind, type[Card[Any]]]] = {
    Kind.SYMPTOM: SymptomCard,
    Kind.QUESTION: QuestionCard,
    Kind.TERM: TermCard,
    Kind.THERAPY: TherapyCard,
    Kind.MEDICINE: MedicineCard,
    Kind.CONDITION: ConditionCard,
}


def card_of(entry: Entry, snapshot: Snapshot, context: CardContext | None = None) -> Card[Any]:
    """Return how an entry is shown."""
    return _CARDS[entry.kind](inert(entry), snapshot, context or CardContext())


def kind_name(entry: Entry) -> str:
    """Return what kind of thing an entry is."""
    return _CARDS[entry.kind].kind_name(entry)


def group_names() -> dict[str, str]:
    """Return what groups of entries are called: a kind each, and for terms a topic each."""
    return {
        Kind.SYMPTOM.value: _("Symptoms: when to call"),
        Kind.QUESTION.value: _("Questions that many ask"),
        Kind.THERAPY.value: _("Therapies"),
        Kind.MEDICINE.value: _("Medicines"),
        Kind.CONDITION.value: _("Conditions"),
        **{topic.value: _(topic.called) for topic in Topic},
    }


def counted(snapshot: Snapshot) -> str:
    """Return how many entries there are of each kind that has any."""
    counts = snapshot.counts()
    of_kind = {
        Kind.SYMPTOM: ngettext("{n} symptom", "{n} symptoms", counts[Kind.SYMPTOM]),
        Kind.QUESTION: ngettext("{n} question", "{n} questions", counts[Kind.QUESTION]),
        Kind.TERM: ngettext("{n} term", "{n} terms", counts[Kind.TERM]),
        Kind.THERAPY: ngettext("{n} therapy", "{n} therapies", counts[Kind.THERAPY]),
        Kind.MEDICINE: ngettext("{n} medicine", "{n} medicines", counts[Kind.MEDICINE]),
        Kind.CONDITION: ngettext("{n} condition", "{n} conditions", counts[Kind.CONDITION]),
    }
    return ", ".join(text for kind, text in of_kind.items() if counts[kind])


def card(snapshot: Snapshot, entry_id: str, context: CardContext, page: str = OVERVIEW) -> Message | None:
    """Return an entry's card at this page, made once for all who ask the same; None where the entry is gone."""
    entry = snapshot.entry(entry_id)
    if entry is None:
        return None
    key = ("card", entry_id, spoken(), context, page, today())
    if key not in snapshot.memo:
        if len(snapshot.memo) >= MOST_KEPT:
            snapshot.memo.clear()
        message = card_of(entry, snapshot, context).message(page)
        snapshot.memo[key] = replace(message, kept=Kept(message))
    kept: Message = snapshot.memo[key]
    return kept
