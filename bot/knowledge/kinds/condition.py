"""Conditions."""

from typing import Annotated

from bot.knowledge.kinds.base import Kind, Searched, Translated
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.treatment import Benefit
from bot.knowledge.kinds.values import Paragraph


class Condition(Calling):
    """A disease; what is used for it comes from the medicines' and therapies' links."""

    kind = Kind.CONDITION
    folder = "conditions"
    disclaimer = "condition"
    searched_as = "illness disease condition"

    shows: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """how it shows: what people feel or see"""
    found_by: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """the tests that find it, and which can't tell by themselves"""
    who_treats: Annotated[Benefit, Translated(), Searched("text")] = ""
    """which doctors and nurses treat it"""
    immunotherapy: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """what immunotherapy can and can't do for it"""
    also_used: Annotated[Benefit, Translated(), Searched("text")] = ""
    """ordinary treatment beside immunotherapy"""
