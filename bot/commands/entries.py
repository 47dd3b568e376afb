"""/define, /therapy, /medicine, /condition: a name in, its card out."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from discord import app_commands
from discord.app_commands import locale_str

from bot.commands.deps import Interaction, deps, spoken, where
from bot.commands.respond import answer, answer_card
from bot.knowledge.kinds import Kind
from bot.replies.answers import not_one, with_help_first
from bot.replies.card import card
from bot.replies.reply import Reply, choices
from bot.store.usage import Outcome

log = logging.getLogger(__name__)


class _Spec(NamedTuple):
    name: str
    title: locale_str
    description: locale_str
    option: locale_str
    hint: locale_str
    kind: Kind | None


_COMMANDS = (
    _Spec(
        "define",
        locale_str("define"),
        locale_str("What a word of immunotherapy means, in plain words"),
        locale_str("term"),
        locale_str("Type three letters and pick, for example interleukin"),
        None,
    ),
    _Spec(
        "therapy",
        locale_str("therapy"),
        locale_str("How a treatment works, how it is given, and what to ask"),
        locale_str("name"),
        locale_str("Type three letters and pick, for example CAR T-cell therapy"),
        Kind.THERAPY,
    ),
    _Spec(
        "medicine",
        locale_str("medicine"),
        locale_str("What a medicine is and what it is used for, by generic or brand name"),
        locale_str("name"),
        locale_str("Type three letters and pick, for example Keytruda"),
        Kind.MEDICINE,
    ),
    _Spec(
        "condition",
        locale_str("condition"),
        locale_str("What an illness is, and which immunotherapies are used for it"),
        locale_str("name"),
        locale_str("Type three letters and pick, for example melanoma"),
        Kind.CONDITION,
    ),
)


async def look_up(interaction: Interaction, command: str, text: str, kind: Kind | None = None) -> None:
    """Answer a name: its card, a question where several share it, or what to try where nobody has it.

    Words of danger lead, whatever else is answered.
    """
    snapshot, lang, here = deps(interaction).library.current, spoken(interaction), where(interaction)
    ids = snapshot.index.exact(text, kind)
    outcome: Outcome
    entry: str | None
    reply: Reply | None
    urgent = tuple(i for i in snapshot.index.danger(text) if i not in ids)
    review = snapshot.under_review(text)
    if len(ids) == 1 and not urgent and not review:
        await answer_card(interaction, ids[0], command=command, visible=True)
        return
    if len(ids) == 1 and not review:
        reply, outcome, entry = card(snapshot, ids[0], lang, here), "served", ids[0]
    elif urgent and not ids and not review:
        reply, outcome, entry = None, "served", urgent[0]
    else:
        reply, outcome = not_one(snapshot, ids, text, lang, kind)
        entry = None
    if urgent or reply is None:
        reply = with_help_first(snapshot, urgent, reply, lang, here, text)
    await answer(interaction, reply, command=command, outcome=outcome, entry=entry)


async def suggest(interaction: Interaction, text: str, kind: Kind | None) -> list[app_commands.Choice[str]]:
    """Return what someone typing this may mean. From memory, and never raises: a list that fails is an empty list."""
    try:
        found = deps(interaction).library.current.index.suggest(text, kind)
        return choices((s.label, s.value) for s in found)
    except Exception as error:
        # discord.py would log the asker's id with the error, and this text may be private: neither is kept.
        log.error("Suggestions failed (%s).", type(error).__name__)
        return []


def _command(spec: _Spec) -> app_commands.Command[Any, ..., None]:
    async def command(interaction: Interaction, text: str) -> None:
        await look_up(interaction, spec.name, text, spec.kind)

    made: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=spec.title, description=spec.description, callback=app_commands.rename(text=spec.option)(
            app_commands.describe(text=spec.hint)(command)
        ),
    )  # fmt: skip

    @made.autocomplete("text")
    async def complete(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await suggest(interaction, current, spec.kind)

    return made


def commands() -> list[app_commands.Command[Any, ..., None]]:
    """Return the four commands."""
    return [_command(spec) for spec in _COMMANDS]
