"""Moderators keep the knowledge in Discord: looked at, published, undone; what goes wrong changes and loses nothing."""

from __future__ import annotations

import io
import logging
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.features.desk import edit as editing
from bot.interactions.custom_id import join
from bot.interactions.limits import FORM_INPUT
from bot.moderation import folders
from bot.moderation.entries import typed_fields
from bot.service.client import Client
from bot.service.tryout import Stage

from .conftest import SHIPPED, SMALL, SOURCES, buttons_of

TODAY = datetime.now(UTC).date()
T_CELL = SMALL["terms/t-cell.yaml"] + SOURCES
SOURCE = "A page | NCI | https://www.cancer.gov/page | 2026-01-02"


# ------------------------------------------------------------------------------------------------------ how it is driven


def reads(message: Any) -> str:
    """Everything that is read in a message."""
    parts = [message.content or ""]
    for embed in message.embeds:
        parts += [embed.author.name or "", embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join(part for part in parts if part)


async def files_of(message: Any) -> dict[str, str]:
    """Name -> text of what is attached."""
    return {a.filename: (await a.read()).decode() for a in message.attachments}


async def unzipped(message: Any) -> dict[str, str]:
    (attached,) = message.attachments
    with zipfile.ZipFile(io.BytesIO(await attached.read())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def zipped(texts: Mapping[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return data.getvalue()


async def run(desk: Stage, command: str, *, who: Any = None, **options: Any) -> Any:
    return (await (who or desk.moderator).slash(desk.channel, f"knowledge {command}", **options)).response


async def form(desk: Stage, entry: str, *, who: Any = None, **options: Any) -> Any:
    """Open the form of an entry."""
    return await (who or desk.moderator).slash(desk.channel, "knowledge edit", entry=entry, **options)


def filled(shown: Any) -> dict[str, str]:
    """What a form is filled with."""
    fields = [part["component"] for part in shown.modal["components"] if "component" in part]
    return {field["custom_id"]: field.get("value") or "" for field in fields}


async def send(desk: Stage, shown: Any, *, who: Any = None, **typed: str) -> Any:
    """Type into a form, and send it."""
    return await (who or desk.moderator).submit_modal(shown, {**filled(shown), **typed})


async def edit(desk: Stage, entry: str, *, who: Any = None, **typed: str) -> Any:
    """Type into the form of an entry, and return the review."""
    return (await send(desk, await form(desk, entry, who=who), who=who, **typed)).response


async def upload(desk: Stage, name: str, text: str | bytes, **options: Any) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    return await run(desk, "upload", file=(name, data), **options)


async def publish(desk: Stage, review: Any, *, who: Any = None, why: str = "clearer", checked: str = "yes") -> Any:
    """Press Publish and send its form; return what came of it."""
    shown = await (who or desk.moderator).click(review, label="Publish")
    asked = [part["component"]["custom_id"] for part in shown.modal["components"]]
    typed = {"why": why, "checked": checked}
    return await (who or desk.moderator).submit_modal(shown, {key: typed[key] for key in asked})


async def changed(desk: Stage, entry: str = "t-cell", **typed: str) -> Any:
    """Change an entry, and return the message that says so."""
    review = await edit(desk, entry, **(typed or {"short": "A white blood cell that fights."}))
    return (await publish(desk, review)).response


async def press(desk: Stage, message: Any, label: str, *, who: Any = None) -> Any:
    return await (who or desk.moderator).click(message, label=label)


async def define(desk: Stage, term: str) -> str:
    return reads((await desk.member.slash(desk.channel, "define", term=term)).response)


def noticed(desk: Stage) -> list[Any]:
    """What the moderators' channel was told, the latest first."""
    return list(desk.notices.history())[::-1]


@contextmanager
def locked(desk: Stage) -> Iterator[None]:
    """Let another process hold the database."""
    with closing(sqlite3.connect(desk.env.bot.deps.config.database_path(), isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
        lock.execute("ROLLBACK")


def changes(desk: Stage) -> Path:
    found = desk.env.bot.deps.config.changes_path()
    assert found is not None
    return found


def written(desk: Stage) -> dict[str, str]:
    """What stands in the folder of changes."""
    base = changes(desk)
    return {str(path.relative_to(base)): path.read_text() for path in base.rglob("*.yaml")} if base.is_dir() else {}


def lose_role(desk: Stage) -> None:
    """Take the moderator's roles away."""
    backend, guild = desk.env.backend, desk.env.guild.id
    for role in list(backend.get_member(guild, desk.moderator.id).role_ids):
        backend.remove_member_role(guild, desk.moderator.id, role)


def another(desk: Stage, *roles: str) -> Any:
    """A second person with these roles."""
    found = desk.env.guild.roles
    return desk.env.guild.add_member(desk.env.create_user("second"), roles=[found[name] for name in roles])


async def posted(desk: Stage, *presses: str, channel: Any = None) -> Any:
    """A message that everyone sees, with these presses: what someone makes by hand, or finds from long ago."""
    view = discord.ui.View(timeout=None)
    for each in presses:
        view.add_item(discord.ui.Button(label=each.split(":")[1], custom_id=each))
    view.stop()
    message = await desk.env.bot.get_partial_messageable((channel or desk.channel).id).send("old", view=view)
    await desk.env.settle()
    return message


REFUSED = "Only the moderators of this bot can do that, in their own server."


# ---------------------------------------------------------------------------------------------------------------- who may


async def test_a_member_has_no_such_command_and_no_such_press(desk: Stage) -> None:
    with pytest.raises(simcord.SetupError, match="not visible"):
        await desk.member.slash(desk.channel, "knowledge status")
    message = await posted(desk, join("modback", "t-cell", "en-terms-0"), join("modpublish", "x"))
    for label in ("modback", "modpublish"):
        answer = await desk.member.click(message, label=label)
        assert answer.ephemeral
        assert answer.response.content == REFUSED
    assert written(desk) == {}


async def test_a_role_makes_a_moderator_by_its_number_alone(desk: Stage) -> None:
    role = desk.env.guild.create_role("Nurses")
    nurse = desk.env.guild.add_member(desk.env.create_user("nurse"), roles=[role])
    command = next(c for c in await desk.env.bot.tree.fetch_commands(guild=desk.env.guild) if c.name == "knowledge")
    desk.env.guild.set_command_permissions(command, {role: True})
    assert (await run(desk, "status", who=nurse)).content == REFUSED, "to see a command is not to be a moderator"
    deps = desk.env.bot.deps
    deps.config = replace(deps.config, moderation=replace(deps.config.moderation, role_ids=(role.id,)))
    assert "5 terms" in reads(await run(desk, "status", who=nurse))
    review = await edit(desk, "t-cell", who=nurse, short="A cell.")
    assert "Published" in (await publish(desk, review, who=nurse)).response.content


async def test_managers_of_another_server_are_no_moderators(desk: Stage) -> None:
    other = desk.env.create_guild("Elsewhere")
    channel = other.create_text_channel("general")
    role = other.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    manager = other.add_member(desk.env.create_user("manager"), roles=[role])
    with pytest.raises(simcord.SetupError):
        await manager.slash(channel, "knowledge status")
    message = await posted(desk, join("modshow", "t-cell", "en-terms"), channel=channel)
    assert (await manager.click(message, label="modshow")).response.content == REFUSED


async def test_who_lost_the_role_since_can_neither_press_nor_send_a_form(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    asked, begun = await press(desk, review, "Publish"), await form(desk, "til")
    lose_role(desk)
    assert (await send(desk, asked, why="mine", checked="yes")).response.content == REFUSED
    assert (await send(desk, begun, short="Mine.")).response.content == REFUSED
    assert (await press(desk, review, "Publish")).response.content == REFUSED
    assert written(desk) == {}


async def test_a_proposal_is_published_by_whoever_made_it_alone(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    proposal = buttons_of(review)["Publish"].split(":")[2]
    second = another(desk, "Moderators")
    message = await posted(desk, *(join(action, proposal) for action in ("modpublish", "modagain", "modfile", "moddrop")))
    for label in ("modpublish", "modagain", "modfile", "moddrop"):
        answer = await second.click(message, label=label)
        told = answer.followups[-1] if answer.followups else answer.response
        assert told.content.startswith("That proposal is not yours"), label
    assert "Published" in (await publish(desk, review)).response.content


async def test_nothing_is_suggested_to_who_is_no_moderator(desk: Stage) -> None:
    names = [c["name"] for c in await desk.moderator.autocomplete(desk.channel, "knowledge edit", "entry", "t ce")]
    assert names == ["T cell (terms/t-cell)", "Interleukin-2 (terms/interleukin-2)"]
    await changed(desk)
    lose_role(desk)
    role = desk.env.guild.create_role("Anyone")
    command = next(c for c in await desk.env.bot.tree.fetch_commands(guild=desk.env.guild) if c.name == "knowledge")
    desk.env.guild.set_command_permissions(command, {role: True})
    anyone = desk.env.guild.add_member(desk.env.create_user("anyone"), roles=[role])
    assert await anyone.autocomplete(desk.channel, "knowledge edit", "entry", "t ce") == []
    assert await anyone.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="t-cell") == []


# ------------------------------------------------------------------------------------- status, check, preview and export


async def test_status_says_what_is_loaded_and_changed(desk: Stage) -> None:
    said = reads(await run(desk, "status"))
    assert "2 symptoms, 5 terms, 1 therapy, 2 medicines, 1 condition." in said
    assert "No errors." in said
    await changed(desk)
    await run(desk, "withdraw", entry="til", why="wrong")
    said = reads(await run(desk, "status"))
    assert "2 files are changed here." in said
    assert "Under review: Tumor-infiltrating lymphocyte." in said


async def test_status_and_check_name_file_and_line_and_members_still_get_answers(desk: Stage) -> None:
    await changed(desk)
    for number in range(12):
        (changes(desk) / f"terms/broken{number}.yaml").write_text("name: [\n")
    await desk.env.bot.deps.library.reload()
    for command in ("status", "check"):
        answer = await run(desk, command)
        assert "members still see the last good version" in answer.content
        assert "**terms/broken0.yaml, line 2**" in reads(answer)
        assert "and 4 more, in the file" in reads(answer)
        assert len((await files_of(answer))["errors.txt"].splitlines()) == 12
    assert "A white blood cell that fights." in await define(desk, "T cell")


async def test_check_reads_the_files_as_they_are_on_the_disk(desk: Stage) -> None:
    assert (await run(desk, "check")).content == "11 entries, no errors."
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("cells", "proteins"))
    assert "**terms/t-cell.yaml, line 2**: `topic` is not a topic" in reads(await run(desk, "check"))


async def test_a_preview_has_every_page_in_either_language_and_publishes_nothing(desk: Stage) -> None:
    said = reads(answer := await run(desk, "preview", entry="TIL therapy"))
    for part in ("A preview: nothing was changed.", "How it works", "Fever.", "Is it for me?", "Checked on"):
        assert part in said
    assert said.count("Checked on") == 1
    assert answer.components == [], "a press would leave the preview for what members see now"
    assert "Un glóbulo blanco." in reads(await run(desk, "preview", entry="t-cell", language="es"))
    text = SMALL["terms/t-cell.yaml"].replace("A white blood cell.", "Brand new.") + SOURCES
    said = reads(await run(desk, "preview", file=("t-cell.yaml", text.encode())))
    assert "Brand new." in said
    assert "Brand new." not in await define(desk, "T cell")
    assert "The urgent disclaimer." in reads(await run(desk, "preview", entry="disclaimers"))
    assert (await run(desk, "preview")).content == "Name an entry, or attach a file; then you see its card."
    assert "`sources`" in reads(await run(desk, "preview", file=("t-cell.yaml", b"name: T\ntopic: cells\nshort: x\n")))


async def test_the_export_comes_back_as_an_upload(desk: Stage) -> None:
    await changed(desk)
    texts = await unzipped(await run(desk, "export"))
    assert texts.keys() == SMALL.keys()
    assert "A white blood cell that fights." in texts["terms/t-cell.yaml"]
    again = await upload(desk, "knowledge.zip", zipped(texts))
    assert again.content == "Nothing to change: this is what members see already."


# ------------------------------------------------------------------------------------------------------------- the form


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


async def test_all_but_what_was_typed_stays_byte_for_byte(desk: Stage) -> None:
    (desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml").write_text(COMMENTED)
    shown = await form(desk, "T lymphocyte")
    assert shown.modal["title"] == "T cell"
    assert filled(shown) == {"short": "A white blood cell.", "more": "", "also": "T lymphocyte", "sources": SOURCE}
    review = (await send(desk, shown, short="A cell that fights: bravely.")).response
    said = reads(review)
    assert "-short: A white blood cell.   # said simply" in said
    assert "+short: 'A cell that fights: bravely.'  # said simply" in said
    assert "Nothing is changed until you publish." in said
    assert "Checked on January 2, 2026." in said, "the card as members will see it"
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
    assert filled(shown) == {"short": "A cell.", "more": "", "also": "T lymphocyte\nT-lympho", "sources": SOURCE}
    again = await send(desk, shown, short="A cell of blood.")
    assert "+short: A cell of blood." in reads(again.response)
    assert "+also: [T lymphocyte, T-lympho]" in reads(again.response)
    shown = await press(desk, again.response, "Change it again")
    await send(desk, shown, short="A white blood cell.", also="T lymphocyte")
    assert again.response.content == "Nothing to change: this is what members see already."


async def test_sources_that_cant_be_read_come_back_with_all_that_was_typed(desk: Stage) -> None:
    answer = await edit(desk, "t-cell", short="A long work.", sources=f"{SOURCE}\njust a title")
    assert answer.content.startswith("Line 2 of the sources can't be read; nothing was changed.")
    assert "A long work." in (await files_of(answer))["what-you-typed.txt"]
    assert "just a title" in (await files_of(answer))["what-you-typed.txt"]
    review = await edit(desk, "t-cell", short="A cell.")
    below = await send(desk, await press(desk, review, "Change it again"), sources="nothing", short="Typed long.")
    assert "Line 1 of the sources" in below.followups[-1].content
    assert "Typed long." in (await files_of(below.followups[-1]))["what-you-typed.txt"]
    assert "Publish" in buttons_of(review), "what was proposed before is still there"


async def test_what_the_checker_refuses_is_said_and_can_be_changed_again(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short=" ".join(["word"] * 30), sources="A | B | not an address | 2099-01-01")
    said = reads(review)
    assert review.content == "Nothing was changed yet. This needs mending first:"
    assert "`short` has 30 words, and 25 is the most" in said
    assert "is not a web address" in said
    assert "in the future" in said
    assert list(buttons_of(review)) == ["Change it again", "As a file"]
    shown = await press(desk, review, "Change it again")
    assert filled(shown)["short"] == " ".join(["word"] * 30)
    assert filled(shown)["sources"] == "A | B | not an address | 2099-01-01"


async def test_sources_too_long_for_a_form_are_left_as_they_are(desk: Stage) -> None:
    many = "".join(
        f"  - {{title: {'T' * 190}, publisher: NCI, url: 'https://www.cancer.gov/{n}', seen: 2026-01-02}}\n"
        for n in range(25)
    )
    text = f"{SMALL['terms/t-cell.yaml']}sources:\n{many}checked: 2026-01-02\n"
    (desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml").write_text(text)
    shown = await form(desk, "t-cell")
    assert "too long for a form" in str(shown.modal)
    assert "sources" not in filled(shown)
    await publish(desk, (await send(desk, shown, short="A cell.")).response, checked="no")
    assert many in written(desk)["terms/t-cell.yaml"]


async def test_a_translation_has_a_form_of_its_own_without_a_day(desk: Stage) -> None:
    shown = await form(desk, "t-cell", language="es")
    assert shown.modal["title"] == "Español: T cell"
    assert filled(shown) == {"short": "Un glóbulo blanco.", "more": "", "also": "célula T"}
    review = (await send(desk, shown, short="Una célula.")).response
    assert "Una célula." in reads(review)
    asked = await press(desk, review, "Publish")
    assert len(asked.modal["components"]) == 1, "no sources of its own to compare with"
    await desk.moderator.submit_modal(asked, {"why": "clearer"})
    assert written(desk)["es/terms/t-cell.yaml"].splitlines()[2] == "short: Una célula."
    begun = await form(desk, "til", language="es")
    assert filled(begun) == {"short": "", "more": "", "also": ""}
    review = (await send(desk, begun, short="Un linfocito.")).response
    await publish(desk, review)
    assert written(desk)["es/terms/til.yaml"] == "short: Un linfocito.\n"
    options = {"entry": "t-cell", "language": "es"}
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", **options)
    assert [c["value"] for c in found] == [1], "its own versions"


async def test_what_a_form_has_no_field_for_is_handed_out_as_a_file(desk: Stage) -> None:
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


def test_a_form_has_room_for_all_that_a_file_may_say() -> None:
    """What is longer than a field would be cut, and then taken for a change."""
    words = "immunotherapie "  # 15 units, the most that the checker lets a word have in the mean
    assert len(words) * 25 <= editing.SHORT
    assert len(words) * 60 <= editing.MORE
    for path in SHIPPED.rglob("*.yaml"):
        values = typed_fields(path.read_text())
        assert len(values["short"]) <= editing.SHORT, path
        assert len(values["more"]) <= editing.MORE, path
        assert len(values["also"]) <= FORM_INPUT, path


# ------------------------------------------------------------------------------------------------ two moderators at once


async def test_a_form_filled_before_someone_else_published_shows_both_changes(desk: Stage) -> None:
    begun = await form(desk, "t-cell")
    await changed(desk, also="T lymphocyte\nLympho")
    answer = (await send(desk, begun, short="Mine now.")).response
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


# ---------------------------------------------------------------------------------------------------------------- a new one


NEW = {"name": "B cell", "topic": "cells", "short": "A cell that makes antibodies.", "more": "", "sources": SOURCE}


async def begun(desk: Stage, kind: str = "term", name: str = "B cell") -> Any:
    return await desk.moderator.slash(desk.channel, "knowledge new", kind=kind, name=name)


async def test_a_new_entry_is_found_once_it_was_compared_with_its_sources(desk: Stage) -> None:
    shown = await begun(desk)
    assert filled(shown)["name"] == "B cell"
    assert "Groups of medicines" in str(shown.modal), "topics as members read them"
    review = (await send(desk, shown, **NEW)).response
    assert "**terms/b-cell.yaml (new)**" in reads(review)
    refused = await publish(desk, review, checked="no")
    assert "must be compared with its sources" in refused.followups[-1].content
    assert "Publish" in buttons_of(review)
    await publish(desk, review, why="missed by members")
    assert "A cell that makes antibodies." in await define(desk, "b-cell")
    assert f"checked: {TODAY}" in written(desk)["terms/b-cell.yaml"]


async def test_a_new_entry_is_changed_again_with_its_name_and_topic(desk: Stage) -> None:
    answer = await send(desk, await begun(desk), **NEW)
    shown = await press(desk, answer.response, "Change it again")
    assert {**filled(shown), "topic": "cells"} == NEW
    assert [o["value"] for o in shown.modal["components"][1]["component"]["options"] if o.get("default")] == ["cells"]
    again = await send(desk, shown, name="B lymphocyte", topic="molecules")
    assert "**terms/b-lymphocyte.yaml (new)**" in reads(answer.response), "in place of the first"
    assert "+topic: molecules" in reads(answer.response)
    await publish(desk, answer.response)
    assert list(written(desk)) == ["terms/b-lymphocyte.yaml"]
    assert not again.followups


async def test_a_new_medicine_asks_for_other_names_instead_of_a_topic(desk: Stage) -> None:
    shown = await begun(desk, "medicine", "Ipilimumab")
    assert set(filled(shown)) == {"name", "also", "short", "more", "sources"}
    review = (await send(desk, shown, short="It blocks CTLA-4.", also="Yervoy", sources=SOURCE)).response
    await publish(desk, review)
    assert "It blocks CTLA-4." in await define(desk, "yervoy")


async def test_a_name_that_is_taken_or_has_no_letters_is_said_before_and_after_the_form(desk: Stage) -> None:
    assert "There is an entry `t-cell` already" in (await run(desk, "new", kind="term", name="T Cells")).content
    assert "has no letters" in (await run(desk, "new", kind="term", name="♥♥♥")).content
    for name, said in (("T cell", "There is an entry `t-cell` already"), ("♥", "has no letters")):
        answer = (await send(desk, await begun(desk), **{**NEW, "name": name})).response
        assert said in answer.content
        assert "A cell that makes antibodies." in (await files_of(answer))["what-you-typed.txt"]
    answer = (await send(desk, await begun(desk), **{**NEW, "name": "T lymphocyte"})).response
    assert "There is an entry `t-cell` already" in answer.content, "by another name of it"
    answer = (await send(desk, await begun(desk), **{**NEW, "sources": "x"})).response
    assert "Line 1 of the sources" in answer.content
    assert "A cell that makes antibodies." in (await files_of(answer))["what-you-typed.txt"]


# --------------------------------------------------------------------------------------------------------------- uploads


async def test_a_file_is_shown_with_warnings_then_the_change_then_the_card(desk: Stage) -> None:
    text = T_CELL.replace("also: [T lymphocyte]\n", "").replace("A white blood cell.", "You should stop taking 5 mg.")
    review = await upload(desk, "t-cell.yaml", text)
    said = reads(review)
    parts = (
        "Ready to publish",
        "This looks like a dose: `5 mg`",
        "This reads like advice to take or stop a medicine: `stop taking`",
        "Members who type this will no longer find it: `T lymphocyte`",
        "The Spanish text still says what the old one said: change it too",
        "-also: [T lymphocyte]",
        "Term · cells",
    )
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    assert list(buttons_of(review)) == ["Publish", "As a file", "Throw away"]


async def test_the_whole_card_is_a_press_away(desk: Stage) -> None:
    text = SMALL["therapies/til-therapy.yaml"].replace("Is it for me?", "Is it right for me?") + SOURCES
    review = await upload(desk, "til-therapy.yaml", text)
    shown = reads((await press(desk, review, "See the whole card")).response)
    assert "Is it right for me?" in shown
    assert "nothing was changed" in shown


async def test_a_zip_is_published_and_undone_as_one(desk: Stage) -> None:
    texts = {
        "knowledge/terms/t-cell.yaml": T_CELL.replace("A white", "One white"),
        "knowledge/terms/b-cell.yaml": "name: B cell\ntopic: cells\nshort: It makes antibodies.\n" + SOURCES,
        "knowledge/es/terms/b-cell.yaml": "short: Una célula.\n",
        "knowledge/README.md": "explains",
    }
    review = await upload(desk, "mine.zip", zipped(texts))
    assert "**3 files (2 new, 1 changed)**" in reads(review)
    select = review.components[1]["components"][0]
    assert [o["value"] for o in select["options"]] == ["terms/t-cell.yaml", "terms/b-cell.yaml", "es/terms/b-cell.yaml"]
    card = await desk.moderator.select(review, ["es/terms/b-cell.yaml"], custom_id=select["custom_id"])
    assert "Una célula." in reads(card.response)
    handed = await unzipped((await press(desk, review, "As a file")).response)
    assert handed == {name.removeprefix("knowledge/"): text for name, text in texts.items() if "README" not in name}
    done = (await publish(desk, review)).response
    assert "Members see it now." in done.content
    assert "It makes antibodies." in await define(desk, "B cell")
    (notice,) = noticed(desk)
    assert "`terms/b-cell.yaml`" in notice.content
    assert "terms-b-cell.after.yaml" in await unzipped(notice)
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content.startswith("Rolled back: ")
    assert written(desk) == {}
    assert "no entry called" in await define(desk, "B cell")
    again = (await press(desk, done, "Undo this")).response
    assert "undone already" in again.content
    back = (await press(desk, undone, "Undo this")).response
    assert "Members see it now." in back.content
    assert len(written(desk)) == 3
    await changed(desk, "b-cell", short="It makes many antibodies.")
    refused = (await press(desk, back, "Undo this")).response
    assert refused.content.startswith("Changed again since, so nothing was undone: `terms/b-cell.yaml`.")


async def test_an_unknown_id_needs_its_kind(desk: Stage) -> None:
    text = "name: Ipilimumab\nshort: It blocks CTLA-4.\n" + SOURCES
    answer = await upload(desk, "ipilimumab.yaml", text)
    assert answer.content == (
        "There is no entry `ipilimumab` yet. Upload it again and say its `kind`, or mend the file's name."
    )
    review = await upload(desk, "ipilimumab.yaml", text, kind="medicine")
    assert "**medicines/ipilimumab.yaml (new)**" in reads(review)
    await publish(desk, review)
    assert "Medicine" in await define(desk, "ipilimumab")


async def test_a_translation_is_uploaded_by_its_language(desk: Stage) -> None:
    review = await upload(desk, "t-cell.yaml", "name: Linfocito T\nshort: Una célula.\n", language="es")
    assert "**es/terms/t-cell.yaml**" in reads(review)
    await publish(desk, review)
    assert written(desk) == {"es/terms/t-cell.yaml": written(desk)["es/terms/t-cell.yaml"]}
    review = await upload(desk, "disclaimers.yaml", SMALL["disclaimers.yaml"].replace("The general", "Our general"))
    assert "**disclaimers.yaml**" in reads(review)
    await publish(desk, review)
    assert "Our general disclaimer." in await define(desk, "T cell")


BAD_UPLOADS = {
    "broken YAML": ("t-cell.yaml", b"name: x\nshort: [\n", "**t-cell.yaml, line 3**: this is not valid YAML"),
    "too large": ("t-cell.yaml", b"#" * 300_000, "Nothing was changed: the file has 300,000 bytes, and"),
    "a zip too large": ("a.zip", b"#" * 2_000_001, "the file has 2,000,001 bytes, and 2,000,000 is the most"),
    "no zip": ("a.zip", b"PK no", "this is no zip that can be read"),
    "no entry": ("a.pdf", b"%PDF", "this is no .yaml file"),
    "a name": ("T cell.yaml", b"name: x", "the file's name is no id"),
    "a way out": ("a.zip", zipped({"../terms/x.yaml": "name: x"}), "its name leads out of the folder"),
    "another id": (
        "t-cell.yaml",
        f"id: b-cell\n{T_CELL}".encode(),
        "**terms/t-cell.yaml, line 1**: the id `b-cell` is not the file's name",
    ),
    "a link to nothing": ("t-cell.yaml", T_CELL.replace("[interleukin-2]", "[il-99]").encode(), "il-99"),
    "an alias": ("t-cell.yaml", b"name: &a x\nshort: *a\n", "line 1**"),
    "nothing new": ("t-cell.yaml", T_CELL.encode(), "Nothing to change: this is what members see already."),
}


@pytest.mark.parametrize("name", BAD_UPLOADS)
async def test_what_is_wrong_with_an_upload_is_said_and_changes_nothing(desk: Stage, name: str) -> None:
    file, data, said = BAD_UPLOADS[name]
    answer = await upload(desk, file, data)
    assert said in reads(answer)
    assert "Publish" not in buttons_of(answer)
    assert written(desk) == {}


async def test_a_file_that_discord_does_not_give_is_asked_for_again(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object, **__: object) -> bytes:
        raise discord.NotFound(type("R", (), {"status": 404, "reason": "gone"})(), "gone")  # type: ignore[arg-type]

    monkeypatch.setattr(discord.Attachment, "read", gone)
    assert (await upload(desk, "t-cell.yaml", T_CELL)).content == "Discord did not give me the file. Please send it again."


async def test_a_proposal_is_thrown_away(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    message = await posted(desk, buttons_of(review)["Publish"])
    await press(desk, review, "Throw away")
    assert review.content == "Thrown away; nothing was changed."
    assert buttons_of(review) == {}
    assert (await press(desk, message, "modpublish")).response.content.startswith("That proposal is not yours")


# ------------------------------------------------------------------------------------------- the moderators' channel


async def test_the_moderators_channel_gets_who_why_and_the_files_before_and_after(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    why = "**said** <@1> @everyone [x](https://evil.example)"
    await publish(desk, review, why=why, checked="no")
    (notice,) = noticed(desk)
    assert notice.content.startswith(f"`terms/t-cell.yaml`: published by <@{desk.moderator.id}>. Why: \\*\\*said\\*\\*")
    assert "@everyone" not in notice.content.replace("\\@everyone", "")
    assert [user.id for user in notice.mentions] == [desk.moderator.id], "who is named by the bot itself"
    files = await files_of(notice)
    assert files["terms-t-cell.before.yaml"] == T_CELL
    assert files["terms-t-cell.after.yaml"] == written(desk)["terms/t-cell.yaml"]


async def test_a_channel_that_cant_be_written_to_is_said_and_the_change_stands(
    desk: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    desk.env.inject_error("POST", f"/channels/{desk.notices.id}/messages", status=403, code=50013)
    with caplog.at_level(logging.WARNING):
        done = await publish(desk, review)
    assert "Published" in review.content
    assert "the moderators' channel could not be told of it" in done.followups[-1].content
    assert "50013" in caplog.text
    assert str(desk.moderator.id) not in caplog.text
    assert "A cell." in await define(desk, "T cell")


async def test_without_such_a_channel_nothing_is_missing(desk: Stage) -> None:
    deps = desk.env.bot.deps
    deps.config = replace(deps.config, moderation=replace(deps.config.moderation, channel_id=None))
    done = await publish(desk, await edit(desk, "t-cell", short="A cell."))
    assert done.followups == []


# ----------------------------------------------------------------------------------------------- undo, history, roll back


async def test_a_change_is_undone_with_one_press_and_that_too(desk: Stage) -> None:
    done = await changed(desk, short="A cell.")
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content == "Rolled back: `terms/t-cell.yaml`. Members see it now."
    assert written(desk) == {}, "as it came with the bot, with no file of its own"
    assert "A white blood cell." in await define(desk, "T cell")
    assert noticed(desk)[0].content.endswith("back to what was there before")
    await press(desk, undone, "Undo this")
    assert "A cell." in await define(desk, "T cell")


async def test_undo_takes_nobody_elses_change_along(desk: Stage) -> None:
    done = await changed(desk, short="A cell.")
    await changed(desk, also="T lymphocyte\nLympho")
    answer = (await press(desk, done, "Undo this")).response
    assert answer.content == "This was changed again since, so nothing was undone. Pick the version that you want back."
    assert "**#2**" in reads(answer)
    assert "A cell." in await define(desk, "Lympho")


async def test_undo_and_put_it_back_bring_the_newer_shipped_text(desk: Stage) -> None:
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    await press(desk, await changed(desk, short="Mine."), "Undo this")
    path.write_text(path.read_text().replace("A white blood cell.", "A newer shipped text."))
    await desk.env.bot.deps.library.reload()
    undone = (await press(desk, await changed(desk, short="Mine too."), "Undo this")).response
    assert undone.content == "Rolled back: `terms/t-cell.yaml`. Members see it now."
    assert "A newer shipped text." in await define(desk, "T cell")
    path.write_text(path.read_text().replace("A newer shipped text.", "The newest."))
    await desk.env.bot.deps.library.reload()
    down = await run(desk, "withdraw", entry="t-cell", why="x")
    await press(desk, down, "Put it back")
    assert "The newest." in await define(desk, "T cell")
    assert written(desk) == {}


async def test_a_new_translation_that_is_undone_is_seen_in_english(desk: Stage) -> None:
    review = (await send(desk, await form(desk, "til", language="es"), short="Una célula.")).response
    undone = (await press(desk, (await publish(desk, review)).response, "Undo this")).response
    assert undone.content == "Rolled back: `es/terms/til.yaml`. Members see it in English."


async def test_the_history_turns_its_pages_and_shows_and_rolls_back_every_version(desk: Stage) -> None:
    for number in range(1, 11):
        await publish(desk, await edit(desk, "t-cell", short=f"Text {number}."), why=f"reason {number}", checked="no")
    answer = await desk.moderator.slash(desk.channel, "knowledge history", entry="t-cell")
    said = reads(answer.response)
    assert f"**#10** · published · <@{desk.moderator.id}>" in said
    assert "reason 3" in said
    assert "reason 2" not in said
    assert list(buttons_of(answer.response)) == ["Older"]
    await press(desk, answer.response, "Older")
    said = reads(answer.response)
    assert "reason 1\n" in said + "\n"
    assert "reason 3" not in said
    assert list(buttons_of(answer.response)) == ["Latest"]
    select = answer.response.components[0]["components"][0]
    assert [o["label"] for o in select["options"]] == ["Version 2", "Version 1", "Before all changes"]
    shown = (await desk.moderator.select(answer.response, ["2"], custom_id=select["custom_id"])).response
    assert "-short: Text 1." in reads(shown)
    assert "+short: Text 2." in reads(shown)
    assert "short: Text 2." in (await files_of(shown))["t-cell.yaml"]
    back = (await press(desk, shown, "Roll back to this")).response
    assert back.content.startswith("Rolled back")
    assert "Text 2." in await define(desk, "T cell")
    assert "Nothing to change" in (await press(desk, shown, "Roll back to this")).response.content
    first = (await desk.moderator.select(answer.response, ["0"], custom_id=select["custom_id"])).response
    assert "What was there before all changes." in reads(first)
    await press(desk, answer.response, "Latest")
    said = reads(answer.response)
    assert "**#11** · rolled back" in said
    assert "back to version 2" in said
    latest = reads(await run(desk, "history"))
    assert latest.startswith("Latest changes\n`terms/t-cell.yaml` #11")


async def test_rollback_suggests_the_versions_and_refuses_one_that_is_not_there(desk: Stage) -> None:
    await changed(desk)
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="t-cell")
    assert [(c["name"], c["value"]) for c in found] == [("#1 published clearer", 1)]
    assert await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="nothing") == []
    answer = await run(desk, "rollback", entry="t-cell", version=7)
    assert answer.content == "There is no such version; `/knowledge history` shows them."
    await run(desk, "rollback", entry="t-cell", version=0)
    assert written(desk) == {}
    assert "This was never changed" in reads(await run(desk, "history", entry="til"))


async def test_a_new_entry_that_was_undone_keeps_its_history_and_comes_back(desk: Stage) -> None:
    done = (await publish(desk, (await send(desk, await begun(desk), **NEW)).response)).response
    undone = (await press(desk, done, "Undo this")).response
    assert undone.content == "Rolled back: `terms/b-cell.yaml`. Members no longer find it."
    assert "**#1** · published" in reads(await run(desk, "history", entry="b-cell"))
    found = await desk.moderator.autocomplete(desk.channel, "knowledge rollback", "version", "", entry="b-cell")
    assert [c["value"] for c in found] == [2, 1]
    await run(desk, "rollback", entry="b-cell", version=1)
    assert "A cell that makes antibodies." in await define(desk, "B cell")


async def restarted(desk: Stage) -> None:
    """Start the bot again, on the same folders and database."""
    old = desk.env.bot.deps
    await desk.env.restart_bot(Client(old.config, old.library, old.store, shard_count=1))


async def test_buttons_and_versions_from_before_a_restart_still_work(desk: Stage) -> None:
    review, done = await edit(desk, "til", short="A good cell."), await changed(desk)
    await restarted(desk)
    assert "Published" in (await publish(desk, review)).response.content
    assert "Rolled back" in (await press(desk, done, "Undo this")).response.content
    assert "**#1** · published" in reads(await run(desk, "history", entry="t-cell"))


async def test_a_proposal_older_than_a_day_is_gone(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    asked = await press(desk, review, "Publish")
    await desk.env.bot.deps.store.execute("UPDATE proposals SET at = at - 86401")
    for label in ("Publish", "Change it again", "As a file", "Throw away"):
        answer = await press(desk, review, label)
        told = answer.followups[-1] if answer.followups else answer.response
        assert "older than a day" in told.content, label
    assert "older than a day" in (await send(desk, asked, why="x", checked="no")).followups[-1].content


async def test_an_unknown_button_has_expired(desk: Stage) -> None:
    message = await posted(
        desk, join("modold", "x"), join("modversion", "t-cell", "en-terms"), join("modback", "t-cell", "en")
    )
    assert "expired" in (await press(desk, message, "modold")).response.content
    for label in ("modversion", "modback"):
        assert "no such version" in (await press(desk, message, label)).response.content


# --------------------------------------------------------------------------------------------------------------- withdraw


async def test_what_is_taken_down_is_gone_everywhere_at_once_and_put_back(desk: Stage) -> None:
    card = (await desk.member.slash(desk.channel, "therapy", name="TIL therapy")).response
    other = (await desk.member.slash(desk.channel, "define", term="pembrolizumab")).response
    assert "TIL therapy" in buttons_of(other)
    done = await run(desk, "withdraw", entry="til-therapy", why="the source is gone")
    assert done.content == "Taken down: `therapies/til-therapy.yaml`. Whoever asks for it reads that it is under review."
    assert "“TIL therapy” is under review" in await define(desk, "TIL therapy")
    for label in ("Side effects, when to call", "Share here", "Keep a copy", "Report a mistake"):
        answer = await desk.member.click(card, label=label)
        told = answer.followups[-1] if answer.followups else answer.response
        assert "is under review" in told.content, label
    answer = await desk.member.click(other, label="TIL therapy")
    assert "is under review" in answer.response.content
    assert "TIL therapy" not in buttons_of((await desk.member.slash(desk.channel, "define", term="keytruda")).response)
    assert "withdrawn by" in noticed(desk)[0].content
    assert "the source is gone" in noticed(desk)[0].content
    already = await run(desk, "withdraw", entry="til-therapy", why="again")
    assert already.content == "It is under review already."
    await press(desk, already, "Put it back")
    assert "Cells grown in a lab." in await define(desk, "TIL therapy")
    assert written(desk) == {}
    assert "Nothing to change" in (await press(desk, done, "Put it back")).response.content


async def test_an_entry_under_review_is_mended_seen_and_put_back_with_the_mending(desk: Stage) -> None:
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    review = await edit(desk, "t-cell", short="Mended.")
    assert "Members see that this entry is under review." in review.content
    assert "Mended." in review.embeds[1].description, "its card all the same"
    done = (await publish(desk, review)).response
    assert done.content == "Published: `terms/t-cell.yaml`. Whoever asks for it reads that it is under review."
    assert "under review" in await define(desk, "T cell")
    back = (await press(desk, done, "Put it back")).response
    assert back.content == "Published: `terms/t-cell.yaml`. Members see it now."
    assert "Mended." in await define(desk, "T cell")


async def test_what_is_wrong_with_another_file_does_not_keep_an_entry_up(desk: Stage) -> None:
    await changed(desk)
    (changes(desk) / "terms/broken.yaml").write_text("name: [\n")
    await run(desk, "withdraw", entry="til", why="wrong")
    assert "under review" in await define(desk, "Tumor-infiltrating lymphocyte")
    assert "A white blood cell that fights." in await define(desk, "T cell")


async def test_an_entry_whose_own_file_is_broken_is_taken_down_and_put_back_with_its_last_good_text(desk: Stage) -> None:
    await changed(desk, short="Mine.")
    path = changes(desk) / "terms/t-cell.yaml"
    path.write_text(path.read_text() + "colour: red\n")
    done = await run(desk, "withdraw", entry="t-cell", why="wrong")
    assert done.content == "Taken down: `terms/t-cell.yaml`. Whoever asks for it reads that it is under review."
    assert "under review" in await define(desk, "T cell")
    assert "colour: red" in (await files_of(noticed(desk)[0]))["terms-t-cell.before.yaml"]
    back = (await press(desk, done, "Put it back")).response
    assert back.content == "Published: `terms/t-cell.yaml`. Members see it now."
    assert "Mine." in await define(desk, "T cell")


async def test_a_file_in_another_encoding_is_named_and_stays(desk: Stage) -> None:
    undone = await changed(desk, short="Mine.")
    path = changes(desk) / "terms/t-cell.yaml"
    path.write_bytes(data := path.read_text().replace("Mine.", "Café.").encode("latin-1"))
    (changes(desk) / "terms/new.yaml").write_bytes(data)
    told = "Nothing was changed: `terms/t-cell.yaml` isn't saved as UTF-8. Whoever saved it should save it anew as UTF-8."
    assert (await run(desk, "edit", entry="t-cell")).content == told
    assert (await press(desk, undone, "Undo this")).response.content == told
    export = await run(desk, "export")
    said = "Left out, as it isn't saved as UTF-8, which members don't see either: `terms/new.yaml`, `terms/t-cell.yaml`."
    assert said in export.content
    assert "terms/t-cell.yaml" not in await unzipped(export)
    assert path.read_bytes() == data


# --------------------------------------------------------------------------------------------------------------- upgrades


async def test_newer_shipped_versions_are_shown_with_both_changes_one_after_the_other(desk: Stage) -> None:
    assert (await run(desk, "upgrades")).content == "No changed entry is behind what came with the bot."
    await changed(desk, "t-cell", short="Mine.")
    await changed(desk, "til", short="Mine too.")
    shipped = desk.env.bot.deps.config.shipped_path()
    for name in ("t-cell", "til"):
        path = shipped / f"terms/{name}.yaml"
        path.write_text(path.read_text().replace("topic: cells", "topic: cells\nsay: tee"))
    assert "2 changed entries have newer versions that came with the bot" in reads(await run(desk, "status"))
    answer = await run(desk, "upgrades")
    mine, theirs = reads(answer).split("What the newer one changed")
    assert "Members see yours until you choose." in mine
    assert "terms/t-cell.yaml" in mine
    assert "+short: Mine." in mine
    assert "+say: tee" in theirs
    await press(desk, answer, "Keep mine")
    assert "terms/til.yaml" in reads(answer), "the next one, in its place"
    await press(desk, answer, "Take theirs")
    assert answer.content == "No changed entry is behind what came with the bot."
    assert "Mine." in await define(desk, "T cell")
    assert "tee" in await define(desk, "Tumor-infiltrating lymphocyte")
    assert list(written(desk)) == ["terms/t-cell.yaml"]
    assert "given up for the one that came with the bot" in noticed(desk)[0].content
    assert "kept, although a newer one came with the bot" in noticed(desk)[1].content


async def behind(desk: Stage) -> Any:
    """Change an entry of which a newer version then comes with the bot, and return the choice."""
    await changed(desk, "t-cell", short="Mine.")
    path = desk.env.bot.deps.config.shipped_path() / "terms/t-cell.yaml"
    path.write_text(path.read_text().replace("A white blood cell.", "Theirs."))
    return await run(desk, "upgrades")


@pytest.mark.parametrize("label", ["Keep mine", "Take theirs"])
async def test_what_was_changed_since_it_was_shown_is_not_chosen(desk: Stage, label: str) -> None:
    answer = await behind(desk)
    await changed(desk, "t-cell", short="Mine too.")
    told = len(noticed(desk))
    await press(desk, answer, label)
    assert answer.content.startswith("This was changed or settled since it was shown, so nothing was done.\n")
    assert "+short: Mine too." in reads(answer), "the choice as it is now"
    assert "Mine too." in await define(desk, "T cell")
    assert len(noticed(desk)) == told
    await press(desk, answer, label)
    assert answer.content == "No changed entry is behind what came with the bot."


@pytest.mark.parametrize(
    ("label", "said", "seen"),
    [("Keep mine", "Kept as it is: ", "Mine."), ("Take theirs", "Replaced by the one that came with the bot: ", "Theirs.")],
)
async def test_a_choice_is_undone_with_one_press(desk: Stage, label: str, said: str, seen: str) -> None:
    done = (await press(desk, await behind(desk), label)).followups[-1]
    assert done.content == f"{said}`terms/t-cell.yaml`. Members see it now."
    assert seen in await define(desk, "T cell")
    await press(desk, done, "Undo this")
    assert "Mine." in await define(desk, "T cell")
    assert "1 changed entry has a newer version" in (await run(desk, "upgrades")).content


async def test_an_entry_under_review_stays_so_when_theirs_is_taken(desk: Stage) -> None:
    await behind(desk)
    await run(desk, "withdraw", entry="t-cell", why="wrong")
    done = (await press(desk, await run(desk, "upgrades"), "Take theirs")).followups[-1]
    assert done.content.endswith("Whoever asks for it reads that it is under review.")
    assert "under review" in await define(desk, "T cell")
    await press(desk, done, "Put it back")
    assert "Theirs." in await define(desk, "T cell")


# -------------------------------------------------------------------------------------------------- what stands in the way


async def test_turned_off_says_so_and_the_rest_works(world: Stage) -> None:
    off = "Changing it in Discord is turned off (knowledge.changes is none)."
    for command, options in {
        "upload": {"file": ("t-cell.yaml", b"name: x")},
        "edit": {"entry": "t-cell"},
        "new": {"kind": "term", "name": "B cell"},
        "withdraw": {"entry": "t-cell", "why": "x"},
        "rollback": {"entry": "t-cell", "version": 0},
        "upgrades": {},
    }.items():
        assert (await run(world, command, **options)).content == off, command
    assert off in reads(await run(world, "status"))
    assert "no errors" in (await run(world, "check")).content
    assert "A white blood cell." in reads(await run(world, "preview", entry="t-cell"))
    assert (await run(world, "export")).attachments
    assert "never changed" in reads(await run(world, "history", entry="t-cell"))


AWAY = "Nothing was changed: the database can't be reached. Try again in a minute."


async def test_a_locked_database_is_said_and_nothing_typed_is_lost(desk: Stage) -> None:
    review, begun_form = await edit(desk, "t-cell", short="A cell."), await form(desk, "til")
    asked = await press(desk, review, "Publish")
    await desk.env.bot.deps.store.execute("PRAGMA busy_timeout = 0")
    with locked(desk):
        lost = (await send(desk, begun_form, short="Typed long.")).response
        assert lost.content == AWAY
        assert "Typed long." in (await files_of(lost))["what-you-typed.txt"]
        assert (await send(desk, asked, why="x", checked="no")).followups[-1].content == AWAY
        assert (await run(desk, "withdraw", entry="til", why="x")).content == AWAY
        assert "A white blood cell." in await define(desk, "T cell")
    assert written(desk) == {}
    assert "Published" in (await publish(desk, review)).response.content, "its button is still there"


async def test_a_database_that_cant_be_read_is_said_before_a_form(desk: Stage) -> None:
    review = await edit(desk, "t-cell", short="A cell.")
    await desk.env.bot.deps.store.execute("ALTER TABLE proposals RENAME TO lost")
    for label in ("Publish", "Change it again"):
        assert (await press(desk, review, label)).response.content == AWAY


async def test_a_folder_that_cant_be_written_to_is_said_and_all_is_as_it_was(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = await edit(desk, "t-cell", short="A cell.")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "_write", full)
        said = (await publish(desk, review)).followups[-1].content
    assert said.startswith(f"Nothing was changed: the folder {changes(desk)} can't be written to (No space left on device).")
    assert written(desk) == {}
    assert noticed(desk) == []
    assert "never changed" in reads(await run(desk, "history", entry="t-cell"))
    assert "Published" in (await publish(desk, review)).response.content


async def test_another_change_that_takes_too_long_is_said(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await changed(desk)
    monkeypatch.setattr(folders, "PATIENCE", 0)
    from filelock import FileLock

    with FileLock(changes(desk) / folders.LOCK):
        answer = await run(desk, "withdraw", entry="til", why="x")
    assert answer.content == "Another change is just being published; nothing was changed. Try again in a minute."


async def test_a_change_that_is_good_alone_but_not_with_the_rest_is_refused(desk: Stage) -> None:
    review = await edit(desk, "t-cell", also="T lymphocyte\nLympho")
    await publish(desk, await edit(desk, "tnf", also="Lympho"))
    refused = (await publish(desk, review)).followups[-1]
    assert refused.content == "Nothing was changed: with this, the knowledge would have errors."
    assert "Lympho" in reads(refused)
    assert list(written(desk)) == ["terms/tnf.yaml"]
