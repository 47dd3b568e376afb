"""An entry as a card: what it is first, help before side effects, the rest a press away so that it fits a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import discord

from bot.knowledge.kinds import Condition, Entry, Kind, Medicine, Source, Term, Therapy, Topic, is_urgent
from bot.knowledge.kinds.values import ID
from bot.knowledge.library import Snapshot
from bot.language import Language
from bot.replies.buttons import Press, button, open_buttons, open_select, share_row
from bot.replies.reply import FIELD_VALUE, Item, Reply, size

CALL_LINES = 3800
"""Letters for when to call: ten lines as long as a file may have them. None is ever left out."""

SOURCES = 3
NAMES = 6
SOME = 6
OTHER_NAMES = 6
SHORT_LINE = 40
"""Sources, names in a list, treatments of a kind, other names on a first page, and letters that fit beside another field."""

RELATED = 5
"""Related entries with a button: a row, which a phone shows in two or three lines."""

OVERVIEW, DETAILS, HELP, ASK, PAGES = "overview", "details", "help", "ask", "sources"

_COLOURS = {Kind.TERM: 0x3B7DD8, Kind.THERAPY: 0x2E8B6F, Kind.MEDICINE: 0x7A5CC0, Kind.CONDITION: 0xB5762A}
URGENT_COLOUR = 0xC0392B


@dataclass(frozen=True, slots=True)
class Where:
    """Where a card will stand, and who runs the bot, as far as a card depends on it."""

    share: bool = False
    keep: bool = False
    emergency: str = ""
    """the operator's own words on whom to call, shown before everything in urgent answers"""


def kind_name(entry: Entry, lang: Language) -> str:
    """Return what kind of thing an entry is."""
    _ = lang.gettext
    if isinstance(entry, Term):
        return {
            Topic.CELLS: _("Term · cells"),
            Topic.MOLECULES: _("Term · molecules"),
            Topic.PROCESSES: _("Term · how the body works"),
            Topic.SIDE_EFFECTS: _("Term · side effects"),
            Topic.TESTS: _("Term · tests"),
            Topic.MEDICINE_GROUPS: _("Term · groups of medicines"),
            Topic.VACCINES: _("Term · vaccines"),
            Topic.CARE: _("Term · care"),
            Topic.URGENT: _("Urgent: get help first"),
        }[entry.topic]
    return {Kind.THERAPY: _("Therapy"), Kind.MEDICINE: _("Medicine"), Kind.CONDITION: _("Condition")}[entry.kind]


def tabs(entry: Entry, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the pages that a card has, the first one first."""
    pages = [OVERVIEW]
    if isinstance(entry, Therapy | Medicine) or len(snapshot.treatments.get(entry.id, ())) > SOME:
        pages.append(DETAILS)
    if getattr(entry, "side_effects", ()):
        pages.append(HELP)
    if isinstance(entry, Therapy) and entry.ask:
        pages.append(ASK)
    if len(entry.sources) > len(_shown_sources(entry)):
        pages.append(PAGES)
    return tuple(pages)


def card(snapshot: Snapshot, entry_id: str, lang: Language, where: Where, tab: str = OVERVIEW) -> Reply | None:
    """Return an entry's card, at this page of it; None where the entry is gone. An unknown page is the first one."""
    entry = snapshot.entry(entry_id, lang.code)
    if entry is None:
        return None
    pages = tabs(entry, snapshot)
    tab = tab if tab in pages else OVERVIEW
    embed = discord.Embed(title=entry.name, colour=URGENT_COLOUR if is_urgent(entry) else _COLOURS[entry.kind])
    embed.set_author(name=kind_name(entry, lang))
    _PAGES[tab](embed, entry, snapshot, lang, where)
    embed.set_footer(text=_footer(entry, snapshot, lang))
    related = [i for i in entry.links() if i in snapshot.entries][:RELATED]
    rows = (
        _tab_row(entry, pages, tab, lang),
        open_buttons(e for i in related if (e := snapshot.entry(i, lang.code))),
        _select_row(entry, tab, snapshot, lang),
        share_row(entry.id, tab, lang, share=where.share, keep=where.keep),
    )
    return Reply(embeds=(embed,), rows=tuple(row for row in rows if row))


def _overview(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, where: Where) -> None:
    _ = lang.gettext
    parts = [_urgent(entry, where.emergency)] if is_urgent(entry) else []
    if not snapshot.is_translated(entry.id, lang.code):
        parts.append("*" + _("This entry is not in your language yet, so it is shown in English.") + "*")
    if entry.notice:
        parts.append(f"**{entry.notice}**")
    if isinstance(entry, Medicine) and entry.brands:
        # Who typed a brand sees at once that this is it.
        parts.append(_("Brand names: {names}").format(names=f"**{', '.join(entry.brands[:NAMES])}**"))
    parts.append(entry.short)
    if entry.call_now and not is_urgent(entry):
        parts.append(_help(entry.call_now, lang))  # all of them: no sign of danger is behind a button
    if isinstance(entry, Therapy):
        parts.append(_titled(_("How it works"), entry.how_it_works) if entry.how_it_works else entry.more)
    elif not isinstance(entry, Medicine):
        parts.append(entry.more)
    embed.description = "\n\n".join(part for part in parts if part)
    if isinstance(entry, Therapy):
        _field(embed, _("Used for"), names_of(entry.treats, snapshot, lang))
        _field(embed, _("Examples"), names_of(entry.examples, snapshot, lang))
    elif isinstance(entry, Medicine):
        acts_on = _("Acts on: {target}").format(target=entry.target) if entry.target else ""
        _field(embed, _("What kind of medicine"), _sentences(entry.drug_class, acts_on))
        _field(embed, _used_for(entry, lang), names_of(entry.treats, snapshot, lang))
        _field(embed, _("Not the same as"), names_of(entry.look_alikes, snapshot, lang))
    elif isinstance(entry, Condition):
        _field(embed, _("What immunotherapy can do"), entry.immunotherapy)
        _treatments(embed, entry, snapshot, lang, most=SOME)
    if isinstance(entry, Therapy | Medicine):
        _field(embed, _("How to say it"), entry.say)
    elif not is_urgent(entry):
        _called(embed, entry, lang)
    _sources(embed, entry, lang)


def _details(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, where: Where) -> None:
    _ = lang.gettext
    if isinstance(entry, Therapy | Medicine):
        given = _titled(_("How it is given"), entry.given) if entry.given else ""
        embed.description = "\n\n".join(part for part in (given, entry.more) if part)
        title = _used_for(entry, lang) if isinstance(entry, Medicine) else _("Used for")
        _field(embed, title, names_of(entry.treats, snapshot, lang, most=99))
    else:
        _treatments(embed, entry, snapshot, lang, most=99)
    if isinstance(entry, Medicine):
        _field(embed, _("Biosimilars (very similar versions)"), ", ".join(entry.biosimilars))
        _field(embed, _("First approved in the US"), entry.first_approved)
    if isinstance(entry, Therapy | Medicine):
        _field(embed, _("Also called"), ", ".join(entry.also))


def _treatments(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, most: int) -> None:
    """Add the medicines and the therapies that are used for a condition."""
    _ = lang.gettext
    found = [snapshot.entries[i] for i in snapshot.treatments.get(entry.id, ())]
    medicines = [e.id for e in found if isinstance(e, Medicine)]
    _field(embed, _("Medicines explained here"), names_of(medicines, snapshot, lang, most=most))
    therapies = [e.id for e in found if isinstance(e, Therapy)]
    _field(embed, _("Therapies explained here"), names_of(therapies, snapshot, lang, most=most))


def _help_page(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, where: Where) -> None:
    _ = lang.gettext
    embed.description = _help(entry.call_now, lang, where.emergency) if entry.call_now else None
    _field(embed, _("Side effects"), _bullets(getattr(entry, "side_effects", ())))


def _ask_page(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, where: Where) -> None:
    _ = lang.gettext
    assert isinstance(entry, Therapy)
    embed.description = _titled(_("Questions for your care team"), _bullets(entry.ask))


def _sources_page(embed: discord.Embed, entry: Entry, snapshot: Snapshot, lang: Language, where: Where) -> None:
    lines = [f"• {masked_link(s.title, s.url)}, {s.publisher} ({lang.day(s.seen)})" for s in entry.sources]
    embed.description = _joined_within(lines, "\n", 3500)


_PAGES: dict[str, Callable[[discord.Embed, Entry, Snapshot, Language, Where], None]] = {
    OVERVIEW: _overview,
    DETAILS: _details,
    HELP: _help_page,
    ASK: _ask_page,
    PAGES: _sources_page,
}


def _tab_name(tab: str, entry: Entry, lang: Language) -> str:
    _ = lang.gettext
    if tab == DETAILS:
        return _("More treatments") if isinstance(entry, Condition) else _("How it is given")
    return {
        OVERVIEW: _("Overview"),
        HELP: _("Side effects, when to call"),
        ASK: _("Questions to ask"),
        PAGES: _("Sources"),
    }[tab]


def _tab_row(entry: Entry, pages: Sequence[str], tab: str, lang: Language) -> tuple[Item, ...]:
    if len(pages) == 1:
        return ()
    here, there = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    return tuple(
        button(
            _tab_name(page, entry, lang), Press("tab", entry.id, page), style=here if page == tab else there, on=page != tab
        )
        for page in pages
    )


def named_on(entry: Entry, tab: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the ids of the entries that a page names without a button of their own, to be picked from a select.

    A condition's treatments; on the second page of a treatment, what it treats, its examples and look-alikes.
    """
    if isinstance(entry, Condition):
        return snapshot.treatments.get(entry.id, ())
    if tab != DETAILS:
        return ()
    fields = ("treats", "examples", "look_alikes")
    return tuple(dict.fromkeys(i for field in fields for i in getattr(entry, field, ()) if i in snapshot.entries))


def _select_row(entry: Entry, tab: str, snapshot: Snapshot, lang: Language) -> tuple[Item, ...]:
    _ = lang.gettext
    found = [e for i in named_on(entry, tab, snapshot) if (e := snapshot.entry(i, lang.code))]
    label = _("Open a treatment ({n})") if isinstance(entry, Condition) else _("Open one of these ({n})")
    return open_select(found, label.format(n=len(found)))


def _urgent(entry: Entry, emergency: str) -> str:
    """Return whom to call, as the first thing that is read, then the signs."""
    first, *rest = [emergency, *entry.call_now] if emergency else entry.call_now
    return _titled(first, _bullets(rest, CALL_LINES))


def _help(lines: Sequence[str], lang: Language, emergency: str = "") -> str:
    """Return whom to call and for which signs."""
    _ = lang.gettext
    return _titled(_("When to call for help"), _bullets(_grouped([emergency, *lines] if emergency else lines), CALL_LINES))


def _grouped(lines: Sequence[str]) -> list[str]:
    """Return lines with those that end in the same words (`...: contact your care team now.`) in one, the words first.

    Who looks for a sign then finds what to do at the start of the line, said once; all other lines stay as they are.
    """
    ends = [line.rpartition(": ")[2] for line in lines]
    said: dict[str, str] = {}
    for line, action in zip(lines, ends, strict=True):
        if ends.count(action) == 1 or action == line:
            said[line] = line
        elif action not in said:
            signs = "; ".join(_in_list(each.removesuffix(f": {action}")) for each in lines if each.endswith(f": {action}"))
            said[action] = f"**{action[0].upper()}{action[1:].rstrip('.')}:** {signs}."
    return list(said.values())


def _in_list(sign: str) -> str:
    return sign[0].lower() + sign[1:] if sign[1:2].islower() or sign[1:2] == " " else sign


def _titled(title: str, text: str) -> str:
    return f"**{title}**\n{text}"


def _bullets(lines: Iterable[str], most: int = FIELD_VALUE) -> str:
    return _joined_within([f"• {line}" for line in lines], "\n", most)


def _joined_within(lines: Sequence[str], between: str, most: int) -> str:
    """Join whole lines as long as they fit, so that no link and no sentence is cut."""
    text = ""
    for line in lines:
        longer = f"{text}{between}{line}" if text else line
        if size(longer) > most:
            break
        text = longer
    return text


def names_of(ids: Sequence[str], snapshot: Snapshot, lang: Language, most: int = NAMES) -> str:
    """Return the names of entries, and plain words as they are, on one line; how many more where there are too many."""
    found = [snapshot.entry(i, lang.code) if ID.fullmatch(i) else i for i in ids]
    names = [e if isinstance(e, str) else e.name for e in found if e]
    shown = ", ".join(names[:most])
    if len(names) > most:
        more = len(names) - most
        shown += " " + lang.ngettext("and {n} more", "and {n} more", more).format(n=more)
    return shown


def _used_for(entry: Medicine, lang: Language) -> str:
    _ = lang.gettext
    people_with = any(ID.fullmatch(each) for each in entry.treats)
    # A vaccine is for "prevention of ...", which nobody has.
    title = _("Used for certain people with (as of {day})") if people_with else _("Used for (as of {day})")
    return title.format(day=lang.day(entry.checked))


def _sentences(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _called(embed: discord.Embed, entry: Entry, lang: Language) -> None:
    """Add other names, and how the name is said; side by side where both are short."""
    _ = lang.gettext
    names = ", ".join(entry.also[:OTHER_NAMES])
    inline = len(names) <= SHORT_LINE
    _field(embed, _("Also called"), names, inline=inline)
    _field(embed, _("How to say it"), entry.say, inline=inline)


def _shown_sources(entry: Entry) -> list[Source]:
    """Return one page of each publisher, the first few: two links of one name would look like a mistake."""
    return list({source.publisher: source for source in reversed(entry.sources)}.values())[::-1][:SOURCES]


def _sources(embed: discord.Embed, entry: Entry, lang: Language) -> None:
    _ = lang.gettext
    shown = _shown_sources(entry)
    links = [masked_link(source.publisher, source.url) for source in shown]
    more = len(entry.sources) - len(shown)
    if more > 0:
        links.append(lang.ngettext("and {n} more", "and {n} more", more).format(n=more))
    _field(embed, _("Sources"), _joined_within(links, " · ", FIELD_VALUE))


def masked_link(text: str, url: str) -> str:
    """Return a masked link; brackets in either part would end it early."""
    text = text.replace("[", "(").replace("]", ")")
    return f"[{text}]({url.replace('(', '%28').replace(')', '%29')})"


def _field(embed: discord.Embed, name: str, value: str, *, inline: bool = False) -> None:
    if value:
        embed.add_field(name=name, value=value, inline=inline)


def _footer(entry: Entry, snapshot: Snapshot, lang: Language) -> str:
    _ = lang.gettext
    own = "urgent" if is_urgent(entry) else entry.kind.value
    keys = dict.fromkeys(("general" if own == "term" else own, *entry.disclaimers))
    checked = _("Checked on {day}").format(day=lang.day(entry.checked))
    if entry.reviewed_by:
        checked += " · " + _("reviewed by {name}").format(name=entry.reviewed_by)
    return "\n".join((f"{checked}.", *(snapshot.disclaimer(key, lang.code) for key in keys)))
