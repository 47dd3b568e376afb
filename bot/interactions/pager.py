"""Back and Next, below a list of several pages."""

from __future__ import annotations

from bot.interactions.message import Button
from bot.language import Language


def turn(back: str, on: str, any_before: bool, any_after: bool, lang: Language) -> tuple[Button, ...]:
    """Return Back and Next, which have these ids; nothing for a single page."""
    _ = lang.gettext
    if not any_before and not any_after:
        return ()
    return Button(_("Back"), back, disabled=not any_before), Button(_("Next"), on, disabled=not any_after)
