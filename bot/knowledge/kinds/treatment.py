"""What therapies and medicines both say: what they are used for, what they can do, and what they can't."""

from typing import Annotated

from bot.knowledge.kinds.base import Searched, Translated, Treats
from bot.knowledge.kinds.calls import Calling
from bot.knowledge.kinds.values import Lines, Many, Paragraph, Text

Benefit = Annotated[str, Text(words=40)]


class Treatment(Calling):
    """What a therapy and a medicine both say."""

    treats: Treats = ()
    """what it is used for; plain words with a capital only where there is no such entry"""
    can_help: Annotated[Benefit, Translated(), Searched("uses")] = ""
    """what it can do, and for whom, as certain as its source and no more: "can", "for some people", never "will" """
    not_known: Annotated[Benefit, Translated()] = ""
    """its limits: whom it doesn't help, and what nobody knows yet"""
    is_not: Annotated[tuple[Annotated[str, Text(words=20)], ...], Many(5), Translated()] = ()
    """what it is often taken for, as in "It is not chemotherapy."; not searched, else it would be found for just that"""
    given: Annotated[Paragraph, Translated(), Searched("text")] = ""
    """how it is given; no dose"""
    side_effects: Annotated[Lines, Translated(), Searched("effects", "side effects")] = ()
    """its side effects, a line each"""
    ask: Annotated[Lines, Translated()] = ()
    """questions for the care team, a line each; a medicine shows its own, then its therapy's"""
