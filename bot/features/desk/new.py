"""/knowledge new: an entry is begun in a form; what that has no field for is picked afterwards."""

import re
import unicodedata
from datetime import UTC, datetime

from bot.features.desk.edit import inputs
from bot.features.desk.fields import field_of, read_back
from bot.features.desk.files import KINDS
from bot.features.desk.review import propose
from bot.features.desk.work import publisher_of, turned_off, with_typed, working
from bot.interactions.answer import Answer, Told, say
from bot.interactions.commands import Option, knowledge, locale_str
from bot.interactions.forms import Form
from bot.interactions.message import Message
from bot.interactions.request import Request
from bot.interactions.routes import Text, Who, form, press
from bot.knowledge.kinds import BY_KIND, Kind
from bot.knowledge.kinds.values import MAX_ID
from bot.knowledge.names import words
from bot.knowledge.rewrite import written
from bot.language import _
from bot.publishing.publish import Change

NAME = 80
"""Letters of a new entry's name."""

BEGUN_WITH = ("name", "topic", "also", "short", "more", "sources")
"""What the form of a new entry asks."""


@knowledge(
    locale_str("new"),
    locale_str("Begin an entry"),
    Option("kind", locale_str("kind"), locale_str("Of the new entry"), choices=KINDS),
    Option("name", locale_str("name"), locale_str("What it is called"), low=1, high=NAME),
)
async def new_entry_form(request: Request, kind: str, name: str) -> Answer:
    """Show an empty form with the name filled in, where there can be such an entry."""
    if no := _no_new(request, name):
        return say(no, "nothing")
    if kind not in BY_KIND:
        return say(_("There is no such kind of entries; `/knowledge new` names those that there are."), "nothing")
    return Answer(_new_form(kind, name), "offered")


@press("modnew", who=Who.MODERATORS, command="knowledge")
async def begin_named(request: Request, kind: str, name: Text) -> Answer:
    """Begin an entry of a name that members miss."""
    # Behind the kind stands a number: two names may begin alike, and an id stands in a message once.
    return await new_entry_form(request, kind.partition("-")[0], name)


def _no_new(request: Request, name: str) -> str:
    """Return why there can't be a new entry of this name; empty where there can."""
    if publisher_of(request.interaction.client) is None:
        return turned_off()
    new, snapshot = _new_id(name), request.snapshot
    if not new:
        return _("The name has no letters that a file's name can have; nothing was changed.")
    taken = new in {*snapshot.entries, *snapshot.withdrawn}
    if same := [new] if taken else [*snapshot.index.exact(name), *snapshot.withdrawn_names.exact(name)]:
        text = _("There is an entry `{id}` already: `/knowledge edit` changes it. Nothing was changed.")
        return text.format(id=same[0])
    return ""


def _new_id(name: str) -> str:
    """Return the id that a new entry of this name gets; empty where the name has no letter that an id can have."""
    plain = unicodedata.normalize("NFKD", " ".join(words(name))).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MAX_ID].strip("-")


def _new_form(kind: str, name: str) -> Form:
    keys = [key for key in BEGUN_WITH if key != "also" or kind != Kind.TERM]
    fields = [field for key in keys if (field := field_of(BY_KIND[kind], key))]
    parts = [inputs(field, {"name": name} if field.key == "name" else {})[0] for field in fields]
    return Form(created_in_form.id(kind), _("A new entry"), tuple(parts))


@form("modcreate", who=Who.MODERATORS, command="knowledge")
async def created_in_form(request: Request, kind: str) -> Answer:
    """Propose the entry that was typed into the form, checked today."""
    typed = request.typed
    async with working(request, typed=typed):
        cls = BY_KIND.get(kind)
        if (no := _no_new(request, typed.get("name", ""))) or cls is None:
            raise Told(Answer(with_typed(Message(no), typed), "nothing"))
        fields = [field for key in BEGUN_WITH if (field := field_of(cls, key))]
        values = {field.key: read_back(field, typed, None, request.snapshot) for field in fields}
        text = written({key: value for key, value in (values | {"checked": datetime.now(UTC).date()}).items() if value})
        return await propose(request, {f"{cls.folder}/{_new_id(typed['name'])}.yaml": Change(None, text)}, key="")
