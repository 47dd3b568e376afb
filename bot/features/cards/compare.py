"""/compare: two entries side by side."""

from bot.features.cards.kinds import card_of, kind_name
from bot.features.cards.look_up import in_danger, names, served
from bot.features.cards.offers import not_one
from bot.features.cards.parts import bullets, masked_link, names_of, open_buttons, titled
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, Option, command, locale_str
from bot.interactions.message import Embed, Field, Message
from bot.interactions.request import Request
from bot.knowledge.kinds import Entry, Medicine
from bot.knowledge.library import Snapshot
from bot.language import _, long_day


@command(
    locale_str("compare"),
    locale_str("Two entries side by side"),
    Option("first", locale_str("first"), locale_str("Type three letters and pick, for example Keytruda"), complete=names),
    Option("second", locale_str("second"), locale_str("Type three letters and pick, for example Opdivo"), complete=names),
    help=HelpLine(70),
)
async def compare(request: Request, first: str, second: str) -> Answer:
    """Show two entries field by field; where a name isn't exact, offer what it may be, as /define does."""
    snapshot = request.snapshot
    heard = [snapshot.index.heard(text) for text in (first, second)]
    danger = tuple(dict.fromkeys(i for each in heard for i in each.happening))
    answer: Answer | None = None
    ids: list[str] = []
    for text in (first, second):
        found = snapshot.index.exact(text)
        if len(found) == 1 and not snapshot.under_review(text):
            ids.append(found[0])
        elif answer is None:
            answer = not_one(snapshot, found, text)
    if answer is None and ids[0] == ids[1]:
        answer = served(request, ids[0], first)
    if answer is None:
        one, other = (snapshot.entry(i) for i in ids)
        assert one is not None
        assert other is not None
        answer = Answer(compared(snapshot, one, other), public=True)
    return in_danger(request, answer, danger, [i for each in heard for i in each.mentioned])


def compared(snapshot: Snapshot, first: Entry, second: Entry) -> Message:
    """Return what is the same of two entries and what is different; of different kinds, what each of them is."""
    own, other = (card_of(entry, snapshot) for entry in (first, second))
    said, said_of_other = ([(_("What it is"), _what(card.entry)), *card.compared()] for card in (own, other))
    note = ""
    if first.kind is not second.kind:
        note = _("These are different kinds of things, so here is what each of them is.")
        said, said_of_other = said[:1], said_of_other[:1]
    if isinstance(first, Medicine) and second.id in first.look_alikes:
        note = "**" + _("Their names look alike, but they are different medicines.") + "**"
    same, different = [], []
    for (title, of_first), (_title, of_second) in zip(said, said_of_other, strict=True):
        if not isinstance(of_first, str) and not isinstance(of_second, str):  # ids: those of both, then those of one alone
            both = [i for i in of_first if i in of_second]
            same += [f"{title}: {names_of(both, snapshot)}"] if both else []
            of_first, of_second = (names_of([i for i in ids if i not in both], snapshot) for ids in (of_first, of_second))
        if of_first == of_second:
            same += [f"{title}: {of_first}"] if of_first else []
        else:
            lines = (f"{entry.name}: {text or '–'}" for entry, text in ((first, of_first), (second, of_second)))
            different.append(Field(title, bullets(lines)))
    shared = titled(_("The same"), bullets(same))
    differs = "**" + _("Different") + "**" if same else ""
    links = dict.fromkeys(masked_link(s.publisher, s.url) for entry in (first, second) for s in entry.sources[:1])
    sources = Field(_("Sources"), " · ".join(links))
    key = first.disclaimer if first.kind is second.kind else "general"
    checked = _("Checked on {day}", day=long_day(min(first.checked, second.checked)))
    open_either = _("Open either one for all its sources and for when to call for help.")
    embed = Embed(
        _("{first} and {second}", first=first.name, second=second.name),
        "\n\n".join(filter(None, (note, shared, differs))),
        fields=(*different, sources),
        footer=f"{checked}. {snapshot.disclaimer(key)} {open_either}",
    )
    return Message(embeds=(embed,), rows=(open_buttons((first, second)),))


def _what(entry: Entry) -> str:
    return " ".join(part for part in (f"{kind_name(entry)}.", entry.notice, entry.short) if part)
