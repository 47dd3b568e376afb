"""/start: a path of five entries for whoever doesn't know what to ask, one after the other."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.interactions.answer import Answer
from bot.interactions.commands import HelpLine, command, locale_str
from bot.interactions.message import Button, Message, Style
from bot.interactions.pager import Page
from bot.interactions.request import Request
from bot.interactions.routes import expired, press
from bot.language import _, to_translate

PATHS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "new": (
            to_translate("I was just told"),
            (
                *("immunotherapy", "why-did-my-doctor-choose-immunotherapy", "does-immunotherapy-work"),
                *("tests-before-immunotherapy", "what-should-i-ask-my-doctor"),
            ),
        ),
        "infusion": (
            to_translate("My first infusion is soon"),
            (
                *("how-is-immunotherapy-given", "what-to-bring-to-an-infusion", "how-common-are-side-effects"),
                *("do-i-need-a-wallet-card", "fever"),
            ),
        ),
        "loved": (
            to_translate("Someone I love is ill"),
            (
                *("how-can-i-help-as-a-caregiver", "immunotherapy", "how-do-i-tell-my-children"),
                *("being-near-people-who-are-sick", "what-to-tell-the-emergency-room"),
            ),
        ),
    }
)
"""path -> (what it is called, the ids of its entries, in their order)"""


@command(
    locale_str("start"),
    locale_str("Where to begin: five short answers, one after the other"),
    help=HelpLine(1),
)
async def start(request: Request) -> Answer:
    """Ask which path is wanted."""
    return Answer(which_path(), "offered", public=True)


def which_path() -> Message:
    """Return the question which path is wanted."""
    text = _("I am sorry that you need this, and glad that you ask. What fits you best? Each opens five short answers.")
    buttons = tuple(Button(_(name), step.id(path), Style.PRIMARY) for path, (name, _ids) in PATHS.items())
    return Message(text, rows=(buttons,), again=step.id())


@press("start", counts=True)
async def step(request: Request, path: str = "", number: int = 0) -> Answer:
    """Show an entry of a path, with Back and Next; without a path, ask which."""
    if not path:
        return Answer(which_path(), "offered")
    if path not in PATHS:
        return await expired(request)
    page = Page.of([i for i in PATHS[path][1] if i in request.snapshot.entries], number, 1)
    if not page.shown:
        return await expired(request)
    message = card(request.snapshot, page.shown[0], CardContext.of(request))
    assert message
    turning = page.turn(lambda n: step.id(path, n))
    where = _("{path}: {n} of {all}", path=_(PATHS[path][0]), n=page.number + 1, all=page.pages)
    rows = (turning, *message.rows) if turning else message.rows
    on_a_step = request.on_private_message and bool(request.interaction.pressed.get("embeds"))
    shown = replace(message, content=f"**{where}**", rows=rows, again=step.id(path, page.number))
    return Answer(shown, entry=page.shown[0], in_place=on_a_step)
