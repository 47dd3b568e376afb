"""/settings: how answers are given in one server, for those who manage it."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.features.cards.helplines import countries, label
from bot.interactions.answer import Answer, defer
from bot.interactions.commands import command, locale_str
from bot.interactions.custom_id import join
from bot.interactions.message import Button, Embed, Field, Message, Option, Select, Style
from bot.interactions.request import Request
from bot.interactions.routes import Who, expired, press
from bot.knowledge.helplines import Helplines
from bot.language import _, language, speak
from bot.store.servers import Server, Setting

CHOICES: Mapping[Setting, Mapping[str, bool | str]] = MappingProxyType(
    {
        "visible": {"no": False, "yes": True},
        "sharing": {"on": True, "off": False},
        "language": {"own": "", "en": "en", "es": "es"},
        "country": {},
    }
)
"""setting -> what a button's id says -> the value; a country is picked from those that the knowledge has"""

NONE = "none"
"""What stands for no country where one is picked."""


@command(locale_str("settings"), locale_str("How I answer in this server, for its managers"), who=Who.MANAGERS, counts=False)
async def settings(request: Request) -> Answer:
    """Show the settings, as the database has them now."""
    await defer(request)
    await request.store.soon(request.deps.servers.refresh(), None)
    return Answer(_shown(request, request.deps.servers.of(request.interaction.guild_id)))


@press("set", who=Who.MANAGERS, command="settings")
async def change(request: Request, setting: Setting, word: str) -> Answer:
    """Change a setting and show them all anew."""
    guild_id = request.interaction.guild_id
    if word not in CHOICES[setting] or guild_id is None:
        return await expired(request)
    await defer(request, in_place=True)
    changed = await request.deps.servers.change(guild_id, setting, CHOICES[setting][word])
    return Answer(_shown(request, changed))


@press("setcountry", who=Who.MANAGERS, command="settings")
async def choose_country(request: Request) -> Answer:
    """Change the country whose numbers are shown, and show all settings anew."""
    guild_id, helplines, code = request.interaction.guild_id, request.snapshot.helplines, request.picked
    if guild_id is None or helplines is None or code not in (NONE, *helplines.countries):
        return await expired(request)
    await defer(request, in_place=True)
    changed = await request.deps.servers.change(guild_id, "country", "" if code == NONE else code)
    return Answer(_shown(request, changed))


def _shown(request: Request, server: Server) -> Message:
    """Return the settings, in the language that they choose."""
    speak(language(server.language or request.interaction.locale.value))
    return described(server, request.snapshot.helplines)


def described(server: Server, helplines: Helplines | None = None) -> Message:
    """Return the settings, with what each means and a button for each other way."""
    answers = (
        _(
            "Everyone in the channel sees the entries, comparisons and lists that a command asks for, and who asked. Only "
            "the asker sees the rest: what repeats their own words, answers to words of danger, answers to a press, "
            "`/privacy`."
        )
        if server.visible
        else _("Only the asker sees an answer.")
    )
    sharing = (
        _("Members may share a card with everyone in the channel; they are asked once more before.")
        if server.sharing
        else _("Nobody can share a card.")
    )
    said = {
        "": _("Each member reads their own Discord language, as far as I speak it: English or Spanish."),
        "en": _("Every answer in this server is in English."),
        "es": _("Every answer in this server is in Spanish."),
    }.get(server.language, server.language)
    country = helplines.countries.get(server.country) if helplines else None
    numbers = (
        _("{country}: in danger I show its emergency number and crisis lines.", country=label(country))
        if country
        else _("None: whoever needs numbers picks a country.")
    )
    embed = Embed(
        _("Settings of this server"),
        fields=(
            Field(_("Answers"), answers),
            Field(_("Sharing"), sharing),
            Field(_("Language"), said),
            *((Field(_("Country"), numbers),) if helplines else ()),
        ),
        footer=_("A press changes it at once, for everyone in this server."),
    )
    none = Option(_("No country"), NONE, chosen=country is None)
    pick = (none, *countries(helplines, server.country)) if helplines else ()
    rows = (
        _row("visible", server.visible, {"no": _("Only the asker"), "yes": _("Everyone in the channel")}),
        _row("sharing", server.sharing, {"on": _("Sharing on"), "off": _("Sharing off")}),
        _row("language", server.language, {"own": _("Each member's own"), "en": "English", "es": "Español"}),
        (Select(choose_country.id(), _("Country"), pick),) if pick else (),
        (Button(_("Post a panel with Ask here"), join("panel")),),
    )
    return Message(embeds=(embed,), rows=rows)


def _row(setting: Setting, now: bool | str, labels: Mapping[str, str]) -> tuple[Button, ...]:
    """Return a button for each way; the one that holds is marked and can't be pressed."""
    return tuple(
        Button(label, change.id(setting, word), Style.PRIMARY if value == now else Style.SECONDARY, value == now)
        for word, label in labels.items()
        for value in (CHOICES[setting][word],)
    )
