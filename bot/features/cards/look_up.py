"""/define, /therapy, /medicine, /condition: a name in, its card out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.features.cards.offers import if_happening, not_one, with_help_first
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, Option, Rows, command, locale_str
from bot.interactions.limits import choices
from bot.interactions.message import Message
from bot.interactions.request import Request
from bot.knowledge.index import BY_ID, Suggestion
from bot.knowledge.kinds import Kind, is_urgent
from bot.knowledge.library import Snapshot
from bot.knowledge.names import MAX_ASKED

FEWEST_LETTERS = 3
"""Letters of the last words of a sentence that can begin a name; "a" and "of" begin hundreds."""


async def names(request: Request, text: str, kind: Kind | None = None) -> Rows:
    """Return what someone typing this may mean, from memory."""
    found = request.snapshot.index.suggest(text, kind) or suggested_in(request.snapshot, text, kind)
    return choices((s.label, s.value) for s in found)


def suggested_in(snapshot: Snapshot, text: str, kind: Kind | None = None) -> Iterable[Suggestion]:
    """Return what someone may mean who types a whole sentence: symptoms in it, what its last words begin, other names."""
    index, parts = snapshot.index, text[-MAX_ASKED:].split()
    tails = (" ".join(parts[-count:]) for count in (3, 2, 1) if count < len(parts))
    begun = (each for tail in tails if len(tail) >= FEWEST_LETTERS for each in index.suggest(tail, kind))
    entries = [e for ids in index.named_in(text, any_case=True) for i in ids if (e := snapshot.entry(i))]
    named = [(e.kind is Kind.SYMPTOM, Suggestion(e.name, f"{BY_ID}{e.id}")) for e in entries if kind in (None, e.kind)]
    symptoms, others = ([each for felt, each in named if felt is wanted] for wanted in (True, False))
    return {suggestion.label: suggestion for suggestion in (*symptoms, *begun, *others)}.values()


@command(
    locale_str("define"),
    locale_str("What a word of immunotherapy means, in plain words"),
    Option("text", locale_str("term"), locale_str("Type three letters and pick, for example interleukin"), complete=names),
    help=HelpLine(10, locale_str("a word, a medicine, an illness")),
)
async def define(request: Request, text: str) -> Answer:
    """Explain an entry of any kind."""
    return look_up(request, text)


def _of_kind(kind: Kind, name: locale_str, description: locale_str, example: locale_str, line: HelpLine) -> None:
    """Register the command that explains entries of a kind."""
    named = Option("text", locale_str("name"), example, complete=partial(names, kind=kind))

    @command(name, description, named, help=line)
    async def of_kind(request: Request, text: str) -> Answer:
        return look_up(request, text, kind)


_of_kind(
    Kind.SYMPTOM,
    locale_str("symptom"),
    locale_str("Whom to call about a sign, how soon, and what it can mean"),
    locale_str("Type three letters and pick, for example fever"),
    HelpLine(5, locale_str("whom to call for what you feel")),
)
_of_kind(
    Kind.THERAPY,
    locale_str("therapy"),
    locale_str("How a treatment works, how it is given, and what to ask"),
    locale_str("Type three letters and pick, for example CAR T-cell therapy"),
    HelpLine(20),
)
_of_kind(
    Kind.MEDICINE,
    locale_str("medicine"),
    locale_str("What a medicine is and what it is used for, by generic or brand name"),
    locale_str("Type three letters and pick, for example Keytruda"),
    HelpLine(30),
)
_of_kind(
    Kind.CONDITION,
    locale_str("condition"),
    locale_str("What an illness is, and which immunotherapies are used for it"),
    locale_str("Type three letters and pick, for example melanoma"),
    HelpLine(40),
)


def look_up(request: Request, text: str, kind: Kind | None = None) -> Answer:
    """Answer a name: its card, a question where several share it, or what to try where nobody has it.

    Words of danger lead, whatever else is answered.
    """
    snapshot = request.snapshot
    ids = snapshot.index.exact(text, kind)
    heard = snapshot.index.heard(text)
    urgent = tuple(i for i in heard.happening if i not in ids)
    review = snapshot.under_review(text)
    if len(ids) == 1 and not review:
        answer = served(request, ids[0], text)
    elif urgent and not ids and not review:
        return Answer(with_help_first(snapshot, urgent, None, CardContext.of(request), text), entry=urgent[0])
    else:
        answer = not_one(snapshot, ids, text, kind)
    return in_danger(request, answer, urgent, heard.mentioned)


def served(request: Request, entry_id: str, text: str) -> Answer:
    """Return the card of an entry that was asked for by this name; an urgent one is its asker's alone in any case."""
    snapshot = request.snapshot
    context = CardContext.of(request, snapshot.index.spelled(text, entry_id))
    message = card(snapshot, entry_id, context)
    return Answer(message, entry=entry_id, public=request.is_public and not is_urgent(snapshot.entries[entry_id]))


def in_danger(request: Request, answer: Answer, urgent: Sequence[str], mentioned: Sequence[str] = ()) -> Answer:
    """Return an answer led by whom to call, where there are words of danger: then to the asker alone in any case.

    Where danger is only mentioned, the answer is the ordinary one after a line for who is in it all the same.
    """
    if not urgent and not mentioned:
        return answer
    assert isinstance(answer.message, Message)
    if not urgent:
        return replace(answer, message=if_happening(answer.message))
    leading = with_help_first(request.snapshot, urgent, answer.message, CardContext.of(request))
    return replace(answer, message=leading, entry=answer.entry or urgent[0], public=False)
