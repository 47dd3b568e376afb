"""/disclaimer, /about and /help: what the bot is, what it is not, and how to ask it."""

from bot import __version__
from bot.features.cards.kinds import counted
from bot.features.cards.offers import ways
from bot.features.cards.parts import masked_link
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, command, in_help, locale_str
from bot.interactions.message import Embed, Field, Message
from bot.interactions.request import Request
from bot.knowledge.reviewed import review_of
from bot.language import _, long_day, spoken


@command(
    locale_str("disclaimer"),
    locale_str("What this bot can't do for you"),
    counts=False,
    help=HelpLine(100),
)
async def disclaimer(request: Request) -> Answer:
    """Show the disclaimers."""
    texts = {
        _("About therapies"): "therapy",
        _("About medicines"): "medicine",
        _("About conditions"): "condition",
        _("In an emergency"): "urgent",
    }
    said = [Field(name, request.snapshot.disclaimer(key)) for name, key in texts.items()]
    if emergency := request.config.operator.emergency:
        said.append(Field(_("Whom to call"), emergency))
    embed = Embed(_("Please read this"), request.snapshot.disclaimer("general"), fields=tuple(said))
    return Answer(Message(embeds=(embed,)), public=True)


@command(
    locale_str("about"),
    locale_str("What this bot is, who runs it, and what it keeps"),
    help=HelpLine(120),
)
async def about(request: Request) -> Answer:
    """Show what the bot is, what it knows, who runs it and what it keeps."""
    snapshot, operator = request.snapshot, request.config.operator
    kept = (
        _(
            "I keep which entry was asked for, without who asked. I count people with a scrambled code for the day, kept "
            "apart from what they asked. I don't keep what you type. In this server everyone in the channel sees the "
            "entries that a command asks for, and who asked. What you send to the moderators in a form is kept, without "
            "your name."
        )
        if request.is_public
        else _(
            "I keep which entry was asked for, without who asked. I count people with a scrambled code for the day, kept "
            "apart from what they asked. I don't keep what you type. Only you see my answers, until you share one. What you "
            "send to the moderators in a form is kept, without your name."
        )
    )
    runs = (
        _("Run by {name}", name=operator.name) if operator.name else "",
        _("Contact: {contact}", contact=operator.contact) if operator.contact else "",
        masked_link(_("Privacy policy"), operator.privacy_url) if operator.privacy_url else "",
        masked_link(_("Terms"), operator.terms_url) if operator.terms_url else "",
    )
    fields = (
        Field(_("What I know"), f"{counted(snapshot)}."),
        Field(_("How it was checked"), _checked(request)),
        Field(_("What I keep"), kept),
        Field(_("Who runs this bot"), "\n".join(filter(None, runs))),
    )
    version = _("immunobot {version}, knowledge {knowledge}.", version=__version__, knowledge=snapshot.version)
    embed = Embed(
        "immunobot",
        _(
            "I explain immunotherapy in plain words. Everything I say stands in a file that names its sources and the day "
            "it was checked against them. I make nothing up, and I never guess which medicine you mean."
        ),
        fields=fields,
        footer=f"{version}\n{snapshot.disclaimer('general')}",
    )
    return Answer(Message(embeds=(embed,)), public=True)


def _checked(request: Request) -> str:
    """Return when the entries were checked against their sources, and of how many a clinician reviewed them."""
    entries = request.snapshot.entries.values()
    oldest, newest = min(e.checked for e in entries), max(e.checked for e in entries)
    if oldest == newest:
        when = _("Checked against the sources on {day}.", day=long_day(newest))
    else:
        when = _("Checked against the sources between {oldest} and {newest}.")
        when = when.format(oldest=long_day(oldest), newest=long_day(newest))
    code = spoken().code
    reviewed = sum(bool(e.reviewed_by and review_of(request.snapshot, e, code)) for e in entries)
    return f"{when} " + _("Reviewed by a clinician: {reviewed} of {all} entries.", reviewed=reviewed, all=len(entries))


@command(locale_str("help"), locale_str("How to ask, with examples"), counts=False)
async def help_(request: Request) -> Answer:
    """Show how to ask: what most people want with the command for it, then the other commands."""
    snapshot = request.snapshot
    how = (
        _(
            "Type a command and three letters, then pick. All here see the entry, and who asked; danger is answered to you "
            "alone."
        )
        if request.is_public
        else _("Type a command and three letters, then pick. Only you see the answer.")
    )
    commands = list(in_help(moderators=request.is_moderator and not request.is_public))
    lines = [f"**{typed}**: {what}" for typed, what in commands if what]
    others = _("Also: {commands}", commands=", ".join(typed for typed, what in commands if not what))
    urgent = _("In an emergency, call your local emergency number now.")
    text = "\n".join((f"**{urgent}**", how, *lines, others))
    embed = Embed(_("How to ask"), text)
    return Answer(Message(embeds=(embed,), rows=(ways(snapshot),)), public=True)
