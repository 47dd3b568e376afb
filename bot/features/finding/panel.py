"""The panel: a message of buttons that a server's managers post, for whoever can't use commands or doesn't know them."""

from bot.features.cards.look_up import look_up
from bot.features.cards.offers import ways
from bot.features.cards.presses import showing
from bot.interactions.answer import Answer
from bot.interactions.forms import Form, Note, TextInput
from bot.interactions.message import Embed, Message
from bot.interactions.request import Request
from bot.interactions.routes import Who, form, press
from bot.knowledge.library import Snapshot
from bot.language import _


def panel(snapshot: Snapshot) -> Message:
    """Return the panel as everyone in its channel sees it."""
    text = _("Press Ask and type a word or a question. Only you see the answer, and what you type is not kept.")
    urgent, general = (snapshot.disclaimer(key) for key in ("urgent", "general"))
    return Message(
        embeds=(Embed(_("Ask about immunotherapy"), f"**{urgent}**\n\n{text}", footer=general),), rows=(ways(snapshot),)
    )


@press("panel", who=Who.MANAGERS, command="settings")
async def post(request: Request) -> Answer:
    """Post the panel in the channel, for everyone."""
    told = Message(_("The panel is posted here. You can pin it, and delete it like any message."))
    return Answer(told, after=showing(request, panel(request.snapshot)))


@press("ask", counts=True)
async def ask(request: Request) -> Answer:
    """Show the form to ask with."""
    hint = _("A word, a medicine, a symptom or a question.")
    what = TextInput("text", _("What would you like to know?"), hint=hint, most=200)
    return Answer(Form(asked.id(), _("Ask"), (Note(_("Only you see the answer.")), what)), "offered")


@form("ask", command="define")
async def asked(request: Request) -> Answer:
    """Answer what was typed, as /define does, to the asker alone."""
    answer = look_up(request, request.typed.get("text", ""))
    return Answer(answer.message, answer.outcome, answer.entry)
