"""How likely it is that a text tells of danger now: a weight for each word, learned from phrases of which that is known."""

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_FEWEST, _MOST = 4, 60
"""From so many known words on, up to so many: fewer say too little, and many more were in none of the phrases."""

UNLIKELY, SURE = 0.05, 0.95


@cache
def _weights() -> dict[str, float]:
    """Return the weight of each word, that of a question mark, and of `""`, which stands for every text."""
    lines = Path(__file__).with_name("likely.tsv").read_text(encoding="utf-8").splitlines()
    parts = (line.split("\t") for line in lines if not line.startswith("#"))
    return {word: float(weight) for word, weight in parts}


def likelihood(said: Iterable[str], *, is_asked: bool) -> float:
    """Return from 0 to 1 how likely these words tell of danger that is happening; a half where nothing can be said."""
    weights = _weights()
    spoken = {*said}
    known = spoken & weights.keys()
    # Somebody may put a gap behind each letter.
    if len(spoken) > _MOST or sum(len(word) > 1 for word in known) < _FEWEST:
        return 0.5
    much = weights[""] + is_asked * weights["?"] + sum(weights[word] for word in known)
    return 1 / (1 + math.exp(-much))
