"""A clinician signs what they saw, in one language; the signature stands as long as that does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.service.tryout import Stage

from ..conftest import SMALL, SOURCES, buttons_of
from .helpers import another, changed, define, edit, files_of, noticed, posted, press, publish, reads, run, upload, written

NAME = "Dr. Ana Ruiz, oncologist"


@pytest.fixture
def clinician(desk: Stage) -> Any:
    """A member with a clinicians' role, who is no moderator."""
    role = desk.env.guild.create_role("Clinicians")
    deps = desk.env.bot.deps
    deps.config = replace(deps.config, moderation=replace(deps.config.moderation, clinician_role_ids=(role.id,)))
    return desk.env.guild.add_member(desk.env.create_user("ana"), roles=[role])


async def allowed(desk: Stage, who: Any) -> Any:
    command = next(c for c in await desk.env.bot.tree.fetch_commands(guild=desk.env.guild) if c.name == "knowledge")
    desk.env.guild.set_command_permissions(command, {desk.env.guild.roles["Clinicians"]: True})
    return who


async def signed(desk: Stage, who: Any, entry: str, **options: Any) -> Any:
    await allowed(desk, who)
    shown = await run(desk, "review", who=who, entry=entry, **options)
    asked = await press(desk, shown, "Right", who=who)
    return (await who.submit_modal(asked, {"name": NAME})).response


async def test_a_signature_stands_on_the_card_until_the_medical_text_changes(desk: Stage, clinician: Any) -> None:
    answer = await signed(desk, clinician, "t-cell")
    assert "Published: `terms/t-cell.yaml`" in answer.content
    assert "Reviewed\\, and right\\: Dr\\. Ana Ruiz" in noticed(desk)[0].content
    year = datetime.now(UTC).year
    said = await define(desk, "T cell")
    assert f"Reviewed by {NAME} on " in said
    assert f"; next review by {datetime.now(UTC):%B} {year + 1}" in said
    about = reads((await desk.member.slash(desk.channel, "about")).response)
    assert "Reviewed by a clinician: 1 of" in about
    await changed(desk, also="T lymphocyte\nLympho")
    assert NAME in await define(desk, "T cell"), "another name is no medical text"
    await changed(desk, short="A cell that fights.")
    assert NAME not in await define(desk, "T cell")
    assert "reviewed_by" in written(desk)["terms/t-cell.yaml"], "the history of it stays"


async def test_it_is_gone_when_a_symptom_changes_that_the_entry_names(desk: Stage, clinician: Any) -> None:
    await signed(desk, clinician, "til-therapy")
    card = (await desk.member.slash(desk.channel, "therapy", name="TIL therapy")).response
    assert NAME in reads(card)
    await changed(desk, "fever", short="A fever can be many things.")
    card = (await desk.member.slash(desk.channel, "therapy", name="TIL therapy")).response
    assert NAME not in reads(card)


async def test_what_is_signed_is_one_language_with_its_symptoms_and_sources_as_a_sheet(desk: Stage, clinician: Any) -> None:
    await allowed(desk, clinician)
    shown = await run(desk, "review", who=clinician, entry="til-therapy")
    (sheet,) = (await files_of(shown)).values()
    for part in ("TIL therapy", "Cells grown in a lab.", "Chest pain", "https://www.cancer.gov/page", "Version "):
        assert part in sheet, part
    await signed(desk, clinician, "t-cell", language="es")
    assert NAME not in await define(desk, "T cell"), "the English was not signed"
    await signed(desk, clinician, "t-cell")
    assert written(desk)["terms/t-cell.yaml"].count(NAME) == 2


async def test_without_a_name_the_most_dangerous_comes_first(desk: Stage, clinician: Any) -> None:
    await allowed(desk, clinician)
    assert "Chest pain" in reads(await run(desk, "review", who=clinician))


async def test_right_but_and_wrong_go_to_the_desk_and_dont_count(desk: Stage, clinician: Any) -> None:
    await allowed(desk, clinician)
    for label, word in (("Right, but …", "Right, but"), ("Wrong", "Wrong")):
        shown = await run(desk, "review", who=clinician, entry="t-cell")
        told = await clinician.submit_modal(await press(desk, shown, label, who=clinician), {"text": f"Not so {word}."})
        assert "It doesn't count as a review." in told.response.content
        assert "A clinician found something that is not right in `t-cell`." in noticed(desk)[0].content
    assert written(desk) == {}
    queue = (await press(desk, noticed(desk)[0], "Read it")).response
    assert "Not so Wrong" in reads(queue)


async def test_what_changed_since_it_was_seen_is_not_signed(desk: Stage, clinician: Any) -> None:
    await allowed(desk, clinician)
    shown = await run(desk, "review", who=clinician, entry="t-cell")
    asked = await press(desk, shown, "Right", who=clinician)
    await changed(desk)
    told = await clinician.submit_modal(asked, {"name": NAME})
    assert "was changed since you looked at it" in told.response.content
    assert NAME not in written(desk)["terms/t-cell.yaml"]


async def test_nobody_else_signs_neither_by_a_press_nor_by_a_file(desk: Stage, clinician: Any) -> None:
    await allowed(desk, clinician)
    shown = await run(desk, "review", who=clinician, entry="t-cell")
    forged = await posted(desk, buttons_of(shown)["Right"])
    for who in (desk.member, desk.moderator, another(desk, "Moderators")):
        assert "clinicians' role" in (await who.click(forged, label="modright")).response.content
    assert "clinicians' role" in (await run(desk, "review", entry="t-cell")).content
    mine = f"{SMALL['terms/t-cell.yaml']}reviewed_by: [{{name: Me, on: 2026-01-02, language: en, text: abc}}]\n" + SOURCES
    refused = await publish(desk, await upload(desk, "t-cell.yaml", mine))
    assert "no clinician signed" in reads(refused.followups[-1])
    assert written(desk) == {}
    moderators = await edit(desk, "t-cell", short="A cell.")
    assert (await clinician.click(await posted(desk, buttons_of(moderators)["Publish"]), label="modpublish")).response
    assert written(desk) == {}
