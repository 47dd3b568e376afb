"""Conditions."""

from __future__ import annotations

from typing import Annotated

from bot.knowledge.kinds.base import Kind, Searched, Translated
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.values import Paragraph


class Condition(Calling):
    """A disease; what is used for it comes from the medicines' and therapies' links."""

    kind = Kind.CONDITION
    folder = "conditions"
    disclaimer = "condition"
    searched_as = "illness disease condition"

    immunotherapy: Annotated[Paragraph, Translated(), Searched("text")] = ""
