"""The id that a new entry gets."""

import re
import unicodedata

from bot.knowledge.kinds.values import MAX_ID
from bot.knowledge.names import words


def new_id(name: str) -> str:
    """Return the id that a new entry of this name gets; empty where the name has no letter that an id can have."""
    plain = unicodedata.normalize("NFKD", " ".join(words(name))).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MAX_ID].strip("-")
