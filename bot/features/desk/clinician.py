"""/knowledge review: a clinician looks at an entry in one language, with the symptoms that it names, and signs it or not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from bot.features.desk.files import (
    LANGUAGE,
    attached,
    complete_entry,
    entry_id,
    file_named,
    file_of,
    from_press,
    in_press,
    no_single,
)
from bot.features.desk.review import preview_context, previewed
from bot.features.desk.work import done, publisher, working
from bot.interactions.answer import Answer, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.custom_id import join
from bot.interactions.forms import Form, Note, TextInput
from bot.interactions.message import Button, Message, Style
from bot.interactions.notices import notify, spoken_there
from bot.interactions.request import Request
from bot.interactions.routes import Who, form, press
from bot.knowledge.due import weight
from bot.knowledge.kinds import Entry
from bot.knowledge.reviewed import linked_symptoms, review_of, text_signed
from bot.knowledge.rewrite import rewrite, value_of
from bot.language import ENGLISH, _, language, speaking
from bot.publishing.publish import Change
from bot.store import queues

NAME, TEXT = 80, 900
"""Letters of a name, and of what is not right."""


@knowledge(
    locale_str("review"),
    locale_str("For clinicians: look at an entry, and sign it or say what is wrong"),
    Option("entry", locale_str("entry"), locale_str("Leave it out for the one that matters most"), complete=complete_entry),
    LANGUAGE,
    who=Who.CLINICIANS,
)
async def review_entry(request: Request, entry: str = "", code: str = "en") -> Answer:
    """Show an entry to a clinician: by default the unsigned one that is most dangerous and shown most."""
    snapshot, asked = request.snapshot, request.deps.library.popularity
    if entry:
        file = file_named(request, entry)
        found = snapshot.entries.get(entry_id(file)) if file else None
    else:
        unsigned = [each for each in snapshot.entries.values() if review_of(snapshot, each, code) is None]
        found = max(unsigned, key=lambda each: (weight(each, asked), each.id), default=None)
        if found is None:
            return say(_("Every entry is signed in that language."))
    return no_single() if found is None else Answer(_to_review(request, found, code))


def _to_review(request: Request, entry: Entry, code: str) -> Message:
    """Return an entry as members see it, all pages of it; the symptoms that it names and all sources stand in a sheet."""
    snapshot, file = request.snapshot, file_of(entry)
    here = f"{code}/{file}" if code != ENGLISH else file
    card = previewed(snapshot, file, preview_context(request), code)
    which = in_press(here), text_signed(snapshot, entry.id, code)
    row = (
        Button(_("Right"), ask_name.id(*which), Style.SUCCESS),
        Button(_("Right, but …"), ask_what.id(*which, "but")),
        Button(_("Wrong"), ask_what.id(*which, "wrong"), Style.DANGER),
    )
    note = _(
        "Is this right, as a patient would read it? You sign this language alone, with the symptoms that it names: they, "
        "and all sources, stand in the sheet, which can be printed."
    )
    if signed := review_of(snapshot, entry, code):
        note += "\n" + _("Signed as it is now by {name}.", name=signed.name)
    return Message(note, card.embeds, (row,), attached({f"review-{entry.id}-{code}.txt": sheet(request, entry, code)}))


def sheet(request: Request, entry: Entry, code: str) -> str:
    """Return an entry, the symptoms that it names and its sources as a text to be printed and signed by hand."""
    context, snapshot = preview_context(request), request.snapshot
    with speaking(language(code)):
        parts = [_printed(previewed(snapshot, file_of(entry), context, code))]
        parts += [f"{s.title}\n{s.publisher}, {s.seen}\n{s.url}" for s in entry.sources]
        parts += [
            _printed(previewed(snapshot, file_of(each), context, code)) for each in linked_symptoms(snapshot, entry, code)
        ]
        version = text_signed(snapshot, entry.id, code)
        parts.append(_("Version {version}. Right / right, but … / wrong:", version=version) + "\n\n" + "_" * 60)
        return ("\n\n" + "-" * 60 + "\n\n").join(parts) + "\n"


def _printed(card: Message) -> str:
    """Return what is read on a card, without marks."""
    texts = []
    for embed in card.embeds:
        texts += [
            embed.author,
            embed.title,
            embed.description,
            *(f"{f.name}\n{f.value}" for f in embed.fields),
            embed.footer,
        ]
    return "\n\n".join(filter(None, texts)).replace("**", "").replace("\\", "")


@press("modright", who=Who.CLINICIANS, command="knowledge")
async def ask_name(request: Request, name: str, seen: str) -> Answer:
    """Ask a clinician how they want their name shown."""
    note = Note(_("You sign what you just saw. Your name and today's date stand on its card until what it says changes."))
    field = TextInput("name", _("Your name and title, as they are to be shown"), most=NAME)
    return Answer(Form(sign.id(name, seen), _("Right"), (note, field)), "offered")


@form("modright", who=Who.CLINICIANS, command="knowledge")
async def sign(request: Request, name: str, seen: str) -> Answer:
    """Sign an entry in a language, unless it says something else by now; a signature in the same language gives way."""
    here, typed = from_press(name), " ".join(request.typed.get("name", "").split())
    code, file = ("es", here.removeprefix("es/")) if here.startswith("es/") else (ENGLISH, here)
    async with working(request):
        if not typed or not seen or text_signed(request.snapshot, entry_id(file), code) != seen:
            return say(
                _("This was changed since you looked at it, so it was not signed: `/knowledge review` shows it now."),
                "nothing",
            )
        text = publisher(request).folders.text(file) or ""
        before = value_of(text, "reviewed_by")
        kept = [each for each in before if each.get("language") != code] if isinstance(before, tuple) else []
        signed: Mapping[str, str | date] = {"name": typed, "on": datetime.now(UTC).date(), "language": code, "text": seen}
        change = Change(text, rewrite(text, {"reviewed_by": [*kept, signed]}))
        why = _("Reviewed, and right: {name} ({language})", name=typed, language=code)
        return await done(
            request, await publisher(request).publish({file: change}, who=request.user_id, why=why, signing=True)
        )


@press("modnotright", who=Who.CLINICIANS, command="knowledge")
async def ask_what(request: Request, name: str, seen: str, how: str) -> Answer:
    """Ask a clinician what is not right."""
    title = _("Wrong") if how == "wrong" else _("Right, but …")
    field = TextInput("text", _("What is wrong, and what would be right?"), most=TEXT, long=True)
    return Answer(Form(not_right.id(name, how), title, (field,)), "offered")


@form("modnotright", who=Who.CLINICIANS, command="knowledge")
async def not_right(request: Request, name: str, how: str) -> Answer:
    """Take what a clinician found wrong as a report; it doesn't count as a review."""
    file, client = from_press(name), request.interaction.client
    if entry_id(file) not in request.snapshot.entries:
        return no_single()
    said = "Wrong" if how == "wrong" else "Right, but"
    text = (
        f"[Clinician, {'Español' if file.startswith('es/') else 'English'}] {said}: {request.typed.get('text', '').strip()}"
    )
    async with working(request):
        number = await queues.send_as_clinician(request.store, request.user_id, entry_id(file), text)
        with speaking(spoken_there(client)):
            row = (Button(_("Read it"), join("modqat", "report", str(number)), Style.PRIMARY),)
            await notify(
                client,
                Message(_("A clinician found something that is not right in `{entry}`.", entry=entry_id(file)), rows=(row,)),
            )
        return say(_("Thank you: it is on the moderators' desk. It doesn't count as a review."))
