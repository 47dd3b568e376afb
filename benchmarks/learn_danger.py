"""Learn how likely each word makes it that a text tells of danger now: writes bot/knowledge/likely.tsv.

    pip install -e '.[learn]' -c constraints.txt
    python benchmarks/learn_danger.py [--without sixth]

It learns from the frozen phrases of tests/phrases, from the ways in which questions of the knowledge are asked, which are no
danger, and from what told.yaml has, put together by chance: danger told within a question ("my chest hurts, is it normal").
It is a logistic regression on which words, of either language, a text has. What was learned from can't tell how good it is:
`--without` leaves a set out.
"""

from __future__ import annotations

import argparse
import random

import yaml
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.danger import FOLDERS, LANGUAGES, ROOT, rows
from bot.knowledge.kinds import Question
from bot.knowledge.library import Snapshot, build
from bot.knowledge.names import words

FILE = ROOT / "bot" / "knowledge" / "likely.tsv"
TOLD = ROOT / "benchmarks" / "told.yaml"
HAPPENING, EVERYDAY, FEARED, MENTIONED = 900, 500, 150, 900
"""How many phrases of each are made, in each language."""
FEWEST = 3
"""A word of fewer phrases is learned from none."""


def said(text: str) -> list[str]:
    """Return the words of a text once each, and its question mark."""
    return [*dict.fromkeys(words(text)), *["?"] * ("?" in text)]


def phrases(without: str | None) -> list[tuple[str, bool]]:
    """Return the frozen phrases, and whether each is danger."""
    return [
        (text, kind == "danger")
        for folder in FOLDERS
        if folder != without
        for language in LANGUAGES
        for kind in ("danger", "everyday", "harmless")
        for text, _ in rows(language, kind, folder)
    ]


def questions(snapshot: Snapshot) -> list[tuple[str, bool]]:
    """Return the ways in which questions are asked in which no danger is heard."""
    texts = dict.fromkeys(
        text
        for entry in snapshot.entries.values()
        if isinstance(entry, Question)
        for text, _ in entry.every_in(entry.named, snapshot.translations)
    )
    return [(text, False) for text in texts if not snapshot.index.danger(text)]


def told() -> list[tuple[str, bool]]:
    """Return phrases put together from told.yaml, and whether each is danger."""
    parts = yaml.safe_load(TOLD.read_text(encoding="utf-8"))
    chance = random.Random(7)  # the same phrases each time

    def happening(of: dict[str, list[str]], what: str = "happening") -> str:
        sign, how = chance.choice(of[what]), chance.random()
        if how < 0.5:
            return f"{sign}{chance.choice((', ', '. ', ' '))}{chance.choice(of['asked_after'])}"
        said = chance.choice(of["told_in"]).replace("{}", sign)
        return said if how < 0.75 else f"{said}{chance.choice((', ', ' '))}{chance.choice(of['asked_after'])}"

    def everyday(of: dict[str, list[str]]) -> str:
        return happening(of, "everyday")

    def feared(of: dict[str, list[str]]) -> str:
        return chance.choice(of["feared_now"]).replace("{}", chance.choice(of["signs"]))

    def mentioned(of: dict[str, list[str]]) -> str:
        return chance.choice(of["mentioned_in"]).replace("{}", chance.choice(of["signs"]))

    made = [
        (phrase(parts[language]).replace("{m}", chance.choice(parts["medicines"])), is_danger)
        for language in LANGUAGES
        for phrase, is_danger, times in (
            (happening, True, HAPPENING),
            (everyday, False, EVERYDAY),
            (feared, True, FEARED),
            (mentioned, False, MENTIONED),
        )
        for _ in range(times)
    ]
    return [*dict.fromkeys(made)]


def learn(known: list[tuple[str, bool]]) -> dict[str, float]:
    """Return the weight of each word, and of `""` that of every text."""
    counts = CountVectorizer(analyzer=said, binary=True, min_df=FEWEST)
    found = counts.fit_transform([text for text, _ in known])
    model = LogisticRegression(C=2, solver="liblinear", max_iter=3000)
    model.fit(found, [is_danger for _, is_danger in known])
    return {"": float(model.intercept_[0]), **dict(zip(counts.get_feature_names_out(), model.coef_[0], strict=True))}


def main() -> None:
    """Learn the weights, and write them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without", choices=FOLDERS, help="the set to leave out")
    args = parser.parse_args()
    weights = learn(phrases(args.without) + told() + questions(build([ROOT / "knowledge"])))
    lines = [f"{word}\t{weight:.2f}" for word, weight in sorted(weights.items()) if not word or abs(weight) >= 0.01]
    FILE.write_text("\n".join(["# made by benchmarks/learn_danger.py", *lines, ""]), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(lines)} words")


if __name__ == "__main__":
    main()
