"""Read what the bot sends over the wire, prints and keeps."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from .. import openapi
from ..databases import rows
from ..standin import Bot, Json, Standin

MORE = "More …"
"""The label of the button on a card behind which Share, Keep and Report are."""

Start = Callable[..., Awaitable[Bot]]

BOTH_MODES = pytest.mark.parametrize("mode", ["gateway", "http"])
"""of tests that hold however Discord's interactions come; those over HTTP are kept in PostgreSQL"""


def refused(discord: Standin) -> list[str]:
    """What Discord would refuse of all that was sent."""
    return sorted({problem for r in discord.requests for problem in openapi.problems(r.method, r.path, r.body)})


def text_of(body: Json) -> str:
    """All that is read in an answer."""
    data = body["data"]
    parts = [data.get("content") or ""]
    for embed in data.get("embeds") or ():
        parts += [embed.get("author", {}).get("name", ""), embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", ())]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def title(body: Json) -> str:
    return str(body["data"]["embeds"][0]["title"])


def components(body: Json) -> list[Json]:
    return [item for row in body["data"].get("components") or () for item in row["components"]]


def button(body: Json, label: str) -> str:
    """The custom id of the button of this label."""
    return next(str(item["custom_id"]) for item in components(body) if item.get("label") == label)


async def in_more(discord: Standin, card: Json, label: str) -> Json:
    """Press the button on a card behind which Share, Keep and Report are, then one of these."""
    more = await discord.press(button(card, MORE), on=card)
    return await discord.press(button(more, label), on=more)


def usage(bot: Bot) -> list[dict[str, Any]]:
    """The usage rows; which interaction each is of is not kept."""
    columns = ("at", "number", "command", "entry", "outcome", "latency_ms", "place", "language")
    return [dict(zip(columns, row, strict=True)) for row in rows(bot.database, f"SELECT {', '.join(columns)} FROM usage")]


ANSWERS = [
    ("define", {"term": "interleukin"}, "Interleukin", "general"),
    ("define", {"term": "IL2"}, "Interleukin-2", "general"),
    ("therapy", {"name": "car-t"}, "CAR T-cell therapy", "therapy"),
    ("medicine", {"name": "Keytruda"}, "Pembrolizumab (Keytruda)", "medicine"),
    ("condition", {"name": "melanoma"}, "Melanoma", "condition"),
]


async def use_everything(discord: Standin, **who: Any) -> None:
    """Do all that a member can do, and press every button that this shows."""
    typed = ("zqxjkw my own words", "IL", "chest pain", "I cant breathe zqxjkw", "@everyone [a](http://b.c) `zqxjkw`",
             "zqxjkw" * 900, "\u202e", "💉" * 3000, "interleukin")  # fmt: skip
    answers = [await discord.ask(command, options, **who) for command, options, *_ in ANSWERS]
    answers += [await discord.ask(command, **who) for command in ("disclaimer", "about", "help", "browse")]
    for text in typed:
        await discord.autocomplete("define", "term", text, **who)
        answers.append(await discord.ask("define", {"term": text}, **who))
        answers.append(await discord.ask("search", {"words": text}, **who))
        answers.append(await discord.ask("compare", {"first": text, "second": "Keytruda"}, **who))
        answers.append(await discord.use_on_message("Explain terms", f"{text} and interleukin-2", **who))
    answers.append(await discord.ask("compare", {"first": "Opdivo", "second": "Keytruda"}, **who))
    for answer in answers:
        for item in components(answer):
            if item["type"] == 3:
                for option in (item["options"][0], item["options"][-1]):
                    await discord.press(item["custom_id"], on=answer, values=[option["value"]], **who)
            elif not item["disabled"]:
                await discord.press(item["custom_id"], on=answer, **who)
    for custom_id in ("im1:sharenow:interleukin-2:overview", "im1:unshared", "an old button", "im1:open:no-such-entry"):
        await discord.press(custom_id, on=answers[0], **who)


def not_logged(bot: Bot) -> list[str]:
    """What was printed that is no information in the log."""
    return [line for line in bot.lines if not re.match(r"\d{4}-\d\d-\d\d [\d:,]+ INFO ", line)]
