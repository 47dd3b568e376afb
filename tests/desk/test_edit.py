"""An entry is changed in a form; what was not typed stays, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

from bot.features.desk import fields as typing
from bot.interactions.limits import FORM_INPUT
from bot.knowledge.kinds import ENTRY_TYPES
from bot.knowledge.kinds.base import key_of
from bot.knowledge.library import Snapshot
from bot.knowledge.rewrite import rewrite
from bot.service.tryout import Stage
from bot.strict_yaml import read

from ..conftest import SHIPPED, SMALL, buttons_of
from .helpers import (
    T_CELL,
    TODAY,
    another,
    changed,
    changes,
    define,
    edit,
    files_of,
    filled,
    form,
    lines,
    noticed,
    pick,
    press,
    publish,
    reads,
    run,
    send,
    upload,
    written,
)

COMMENTED = """# Kept by the ward.
name: T cell  # the chief name
topic: cells
also:   [T lymphocyte]
short: A white blood cell.   # said simply
# Who wants more:
related: [interleukin-2]

sources:
  # the best first
  - {title: A page, publisher: NCI, url: 'https://www.cancer.gov/page', seen: 2026-01-02}
checked: 2026-01-02
"""


async def more(desk: Stage, review: Any, key: str = "short") -> Any:
    """Change another field of what is proposed; its form."""
    await press(desk, review, "Change more")
    return await pick(desk, review, key)


async def test_all_but_what_was_typed_stays_byte_for_byte(desk: Stage) -> None:
    (desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml").write_text(COMMENTED)
    shown = await form(desk, "T lymphocyte")
    assert shown.modal["title"] == "What it is: T cell"
    assert filled(shown) == {"short": "A white blood cell."}
    review = (await send(desk, shown, short="A cell that fights: bravely.")).response
    said = reads(review)
    assert "**What it is**\nBefore: A **white blood cell.**\nNow: A **cell that fights: bravely.**\n" in said
    shown_lines = await lines(desk, review)
    assert "-short: A white blood cell.   # said simply" in shown_lines
    assert "+short: 'A cell that fights: bravely.'  # said simply" in shown_lines
    assert "Nothing is changed until you publish." in said
    assert "Checked January 2026, next by January 2027." in said, "the card as members will see it"
    assert "A cell that fights" not in await define(desk, "T cell"), "nothing is published before Publish"
    answer = (await publish(desk, review, checked="no")).response
    assert answer.content == "Published: `terms/t-cell.yaml`. Members see it now."
    text = written(desk)["terms/t-cell.yaml"]
    assert text.startswith(COMMENTED.replace("A white blood cell.   #", "'A cell that fights: bravely.'  #"))
    assert text.count("\n") == COMMENTED.count("\n") + 1, "only the version that it is based on was added"
    assert "A cell that fights: bravely." in await define(desk, "T cell")


async def test_only_a_comparison_with_the_sources_moves_the_day(desk: Stage) -> None:
    await publish(desk, await edit(desk, "t-cell", short="A cell."), checked="no")
    assert "checked: 2026-01-02\n" in written(desk)["terms/t-cell.yaml"]
    await publish(desk, await edit(desk, "t-cell", short="A good cell."), checked="yes")
    assert f"checked: {TODAY}\n" in written(desk)["terms/t-cell.yaml"]


async def test_change_it_again_keeps_what_was_typed_and_what_is_put_back_is_no_change(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.", also="T lymphocyte\nT-lympho")
    shown = await press(desk, review, "Change it again")
    assert filled(shown) == {"also": "T lymphocyte\nT-lympho"}, "the form that was filled in last"
    again = await send(desk, await more(desk, review), short="A cell of blood.")
    assert "Now: A cell **of blood.**" in reads(again.response).replace("**cell of blood.**", "cell **of blood.**")
    assert "**Other names**\nNew: T-lympho" in reads(again.response)
    await send(desk, await more(desk, again.response, "also"), also="T lymphocyte")
    await send(desk, await more(desk, again.response), short="A white blood cell.")
    assert again.response.content == "Nothing to change: this is what members see already."


async def test_what_the_checker_refuses_is_said_in_the_forms_words_and_can_be_changed_again(desk: Stage) -> None:
    review = await edit(desk, "t-cell", sources="A | B | not an address | 2099-01-01", short=" ".join(["word"] * 30))
    said = reads(review)
    assert review.content == "Nothing was changed yet. This needs mending first:"
    assert "**What it is** has 30 words, and 25 is the most" in said
    assert "is not a web address" in said
    assert "in the future" in said
    assert "terms/t-cell.yaml" not in said, "who fills in a form knows no line of a file"
    assert list(buttons_of(review)) == ["Change it again", "Change more", "As a file"]
    assert filled(await press(desk, review, "Change it again"))["short"] == " ".join(["word"] * 30)
    assert filled(await more(desk, review, "sources"))["sources"] == "A | B | not an address | 2099-01-01"


async def test_a_long_list_of_sources_stands_in_two_fields(desk: Stage) -> None:
    many = "".join(
        f"  - {{title: {'T' * 190}, publisher: NCI, url: 'https://www.cancer.gov/{n}', seen: 2026-01-02}}\n"
        for n in range(25)
    )
    text = f"{SMALL['terms/t-cell.yaml']}sources:\n{many}checked: 2026-01-02\n"
    (desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml").write_text(text)
    shown = await form(desk, "t-cell", "sources")
    assert list(filled(shown)) == ["sources", "sources1"]
    values = filled(shown)
    last = values["sources1"].splitlines()[-1]
    review = (await send(desk, shown, sources1=values["sources1"].replace(last, last.replace("NCI", "FDA")))).response
    await publish(desk, review, checked="no")
    assert (
        many.replace("NCI, url: 'https://www.cancer.gov/24'", "").splitlines()[:24]
        == [line for line in written(desk)["terms/t-cell.yaml"].splitlines() if "title: TT" in line][:24]
    ), "the others stay to the byte"


async def test_a_translation_has_a_form_of_its_own_without_a_day(desk: Stage) -> None:
    shown = await form(desk, "t-cell", language="es")
    assert shown.modal["title"] == "What it is: T cell"
    assert filled(shown) == {"short": "Un glóbulo blanco."}
    assert shown.modal["components"][0]["content"] == "In English: A white blood cell.", "what it translates stands there"
    review = (await send(desk, shown, short="Una célula.")).response
    assert "Una célula." in reads(review)
    asked = await press(desk, review, "Publish")
    assert len(asked.modal["components"]) == 1, "no sources of its own to compare with"
    await desk.moderator.submit_modal(asked, {"why": "clearer"})
    assert written(desk)["es/terms/t-cell.yaml"].splitlines()[2] == "short: Una célula."
    begun = await form(desk, "til", language="es")
    assert filled(begun) == {"short": ""}
    review = (await send(desk, begun, short="Un linfocito.")).response
    await publish(desk, review)
    lines = written(desk)["es/terms/til.yaml"].splitlines()
    assert lines[0] == "short: Un linfocito."
    assert re.fullmatch(r"english: '?[0-9a-f]{12}'?", lines[1]), "of which English it is"
    options = {"entry": "t-cell", "language": "es"}
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", **options)
    assert [c["value"] for c in found] == [1, 0], "its own versions, and what was there before"


async def test_an_entry_is_handed_out_as_a_file_too(desk: Stage) -> None:
    answer = await run(desk, "edit", entry="t-cell", as_file=True)
    assert await files_of(answer) == {"t-cell.yaml": T_CELL}
    assert answer.content == "Change it in an editor, and give it back with `/knowledge upload`; its name must stay."
    answer = await run(desk, "edit", entry="t-cell", as_file=True, language="es")
    assert "language Español" in answer.content, "else it would be taken for the English file"
    answer = await run(desk, "edit", entry="til", as_file=True, language="es")
    assert answer.content == "There is no translation yet; without `as_file` a form begins one."
    assert "disclaimers.yaml" in await files_of(await run(desk, "edit", entry="disclaimers"))
    review = await edit(desk, "t-cell", short="A cell.")
    handed = (await press(desk, review, "As a file")).response
    assert "short: A cell." in (await files_of(handed))["t-cell.yaml"]


async def test_a_broken_file_is_handed_out_with_what_is_wrong_and_rolled_back(desk: Stage) -> None:
    await changed(desk)
    good = written(desk)["terms/t-cell.yaml"]
    (changes(desk) / "terms/t-cell.yaml").write_text(good + "also: [x\n")
    answer = await run(desk, "edit", entry="t-cell")
    assert "A form can't change this file while it has these errors." in answer.content
    assert "**terms/t-cell.yaml, line" in reads(answer)
    assert (await files_of(answer))["t-cell.yaml"] == good + "also: [x\n"
    await run(desk, "rollback", entry="t-cell", version=1)
    assert written(desk)["terms/t-cell.yaml"] == good


async def test_with_another_file_broken_a_change_is_taken_and_it_is_said_when_members_see_it(desk: Stage) -> None:
    await changed(desk)
    good = written(desk)["terms/t-cell.yaml"]
    other = changes(desk) / "terms/tnf.yaml"
    other.write_text("name: [\n")
    review = await upload(desk, "t-cell.yaml", good.replace("name: T cell", "name: T cell  # mended"))
    assert "members see it once those are mended too" in review.content
    assert "**terms/tnf.yaml, line" in reads(review)
    answer = await publish(desk, review)
    assert "Other files have errors, so members see it once those are mended too" in reads(answer.response)
    assert "# mended" in written(desk)["terms/t-cell.yaml"]


async def test_a_name_that_is_no_single_entrys_is_told(desk: Stage) -> None:
    for command in ("edit", "history", "preview"):
        for entry in ("nothing of this", "TIL"):
            assert "No single entry is called that." in (await run(desk, command, entry=entry)).content, (command, entry)
    assert "No single entry" in (await run(desk, "withdraw", entry="disclaimers", why="x")).content
    assert "No single entry" in (await run(desk, "rollback", entry="nothing", version=1)).content


def test_every_field_of_every_file_comes_back_from_its_form_to_the_byte(shipped: Snapshot) -> None:
    """What a form would cut, or read otherwise than it showed it, would be taken for a change."""
    for cls in ENTRY_TYPES:
        paths = [
            *sorted((SHIPPED / cls.folder).glob("*.yaml"))[::12],
            *sorted((SHIPPED / "es" / cls.folder).glob("*.yaml"))[::12],
        ]
        for path in paths:
            text, translation = path.read_text(), "es" in path.parts
            root, _wrong = read(text.encode(), "")
            assert root
            for key, value in root.plain().items():
                field = typing.field_of(cls, key, translation=translation)
                if field is None or key not in key_of(cls).values():
                    continue
                typed = typing.shown(field, value, shipped)
                pieces = [piece for each in typed.values() for piece in typing.chunks(each)]
                assert len(pieces) <= 5, (path, key)
                assert all(len(piece) <= FORM_INPUT for piece in pieces), (path, key)
                again = typing.read_back(field, typed, value, shipped)
                assert rewrite(text, {key: again}) == text, (path, key)


async def test_a_form_filled_before_someone_else_published_shows_both_changes(desk: Stage) -> None:
    begun = await form(desk, "t-cell")
    await changed(desk, also="T lymphocyte\nLympho")
    answer = (await send(desk, begun, short="Mine now.")).followups[-1]
    said = reads(answer)
    assert said.startswith("Nothing was published: this was changed by someone else while you were at it.")
    mine, theirs = said.split("What someone else changed meanwhile")
    assert "+short: Mine now." in mine
    assert "+also: [T lymphocyte, Lympho]" in theirs
    assert "Mine now." in (await files_of(answer))["what-you-typed.txt"]
    assert "Mine now." not in written(desk)["terms/t-cell.yaml"]


async def test_the_second_of_two_publications_is_refused_with_both_changes(desk: Stage) -> None:
    second = another(desk, "Moderators")
    mine, theirs = await edit(desk, "t-cell", short="Mine."), await edit(desk, "t-cell", who=second, short="Theirs.")
    await publish(desk, theirs, who=second)
    refused = await publish(desk, mine)
    said = reads(refused.followups[-1])
    assert "Nothing was published" in said
    assert "+short: Mine." in said
    assert "+short: Theirs." in said
    assert "Theirs." in await define(desk, "T cell")
    handed = (await press(desk, mine, "As a file")).response
    assert "short: Mine." in (await files_of(handed))["t-cell.yaml"], "what was typed is not lost"


async def test_publish_twice_changes_once_and_keeps_undo(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    first, second = await press(desk, review, "Publish"), await press(desk, review, "Publish")
    done = await send(desk, first, why="a", checked="no")
    late = await send(desk, second, why="b", checked="no")
    assert late.followups[-1].content.startswith("That proposal is not yours, or was published already")
    assert list(buttons_of(done.response)) == ["Undo this"]
    assert len(noticed(desk)) == 1
