"""What people type who have a symptom: names to find it by, where it is no danger and nothing else is called so."""

from collections.abc import Collection, Mapping

from bot.knowledge.kinds import Entry, Symptom, is_urgent
from bot.knowledge.kinds.base import Translations
from bot.knowledge.names import normalise

# What the list opens with before anything is typed: what people newly told of immunotherapy look for first.
FIRST = (
    *("immunotherapy", "checkpoint-inhibitor", "car-t-cell-therapy", "monoclonal-antibody", "vaccine"),
    *("side-effects-of-checkpoint-inhibitors", "clinical-trial", "biopsy", "immune-system"),
    *("pembrolizumab", "nivolumab", "adalimumab", "rituximab"),
    *("melanoma", "lung-cancer", "lymphoma", "rheumatoid-arthritis"),
)


def words_for(
    entries: Mapping[str, Entry], translations: Translations, names: Collection[str]
) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    """Return the words that find symptoms, and their languages, by themselves normalised and the symptom's id.

    None of them is among `names`.

    Only those of symptoms that aren't danger: words of danger are heard wherever they stand, and suggested to nobody.
    """
    found: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    for entry in entries.values():
        said = entry.every_in(("words",), translations) if isinstance(entry, Symptom) and not is_urgent(entry) else ()
        for word, languages in said:
            if (same := normalise(word)) and same not in names:
                found.setdefault((same, entry.id), (word, languages))
    return found
