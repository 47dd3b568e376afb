"""A second moderator agrees to what lowers an urgency or changes a helpline, always; to more where the settings say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.publishing.agree import Change, needs_two
from bot.service.tryout import Stage

from ..conftest import buttons_of
from .helpers import another, changed, edit, form, noticed, posted, press, publish, reads, run, send, written

CALLS = "call_now: {emergency: [chest-pain], now: [{fever: any-counts}]}\n"


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        ("urgency: emergency", "urgency: now", True),
        ("urgency: now", "urgency: emergency", False),
        (CALLS, CALLS.replace("emergency: [chest-pain], ", ""), True),
        (CALLS, "call_now: {now: [fever, chest-pain]}", True),
        (CALLS, CALLS.replace("[chest-pain]", "[chest-pain, cough]"), False),
        (CALLS, "call_now: {emergency: [chest-pain, fever]}", False),
        (CALLS, None, True),
        (None, CALLS, False),
        ("short: a", "short: b", False),
        ("urgency: emergency", "urgency: [", True),
    ],
)
def test_nothing_becomes_less_urgent_by_one_person_alone(before: str | None, after: str | None, needed: bool) -> None:
    assert needs_two({"terms/x.yaml": Change(before, after)}, "off") is needed


def test_a_helpline_needs_two_and_the_settings_say_what_else_does() -> None:
    short = {"terms/x.yaml": Change("short: a", "short: b")}
    name = {"terms/x.yaml": Change("also: [a]", "also: [b]")}
    assert needs_two({"helplines.yaml": Change("a: b", "a: c")}, "off")
    assert not needs_two(short, "off")
    assert needs_two(short, "medical")
    assert needs_two({"es/terms/x.yaml": short["terms/x.yaml"]}, "medical")
    assert not needs_two(name, "medical")
    assert needs_two(name, "all")
    assert not needs_two({"terms/x.yaml": Change("a: b", "a: b")}, "all"), "a check alone changes nothing"


async def test_a_lower_urgency_waits_until_another_moderator_agrees(desk: Stage) -> None:
    review = (await send(desk, await form(desk, "til-therapy", "call_now"), emergency="", now="Fever\nChest pain")).response
    assert "Publish" not in buttons_of(review), "not even so: the checker wants a reason for it"
    review = (await send(desk, await form(desk, "til-therapy", "call_now"), now="")).response
    told = await publish(desk, review, checked="no")
    assert told.followups[-1].content.startswith("Nothing is changed yet: a second moderator has to agree")
    assert written(desk) == {}
    notice = noticed(desk)[0]
    assert "waits for a second moderator" in notice.content
    own = (await press(desk, notice, "Look at it")).response
    assert "Gone: Fever (even a mild or short one)" in reads(own)
    assert list(buttons_of(own)) == ["Agree and publish", "Take it back", "Desk"]
    agree = next(item for item in own.components[0]["components"] if item["label"] == "Agree and publish")
    assert agree["disabled"], "nobody agrees with themselves"
    second = another(desk, "Moderators")
    seen = (await press(desk, notice, "Look at it", who=second)).response
    made = await press(desk, seen, "Agree and publish", who=second)
    assert "Published" in made.response.content
    assert "fever" not in written(desk)["therapies/til-therapy.yaml"]
    assert f"<@{desk.moderator.id}> + <@{second.id}>" in noticed(desk)[0].content
    assert "Nothing waits" in reads((await press(desk, notice, "Look at it")).response)
    assert list(buttons_of(made.response)) == ["Undo this"]


async def test_a_forged_agreement_of_ones_own_and_a_late_one_change_nothing(desk: Stage) -> None:
    review = (await send(desk, await form(desk, "til-therapy", "call_now"), now="")).response
    await publish(desk, review, checked="no")
    second = another(desk, "Moderators")
    seen = (await press(desk, noticed(desk)[0], "Look at it", who=second)).response
    forged = await posted(desk, buttons_of(seen)["Agree and publish"])
    refused = await desk.moderator.click(forged, label="modagree")
    assert "You proposed this yourself" in refused.followups[-1].content
    own = (await press(desk, noticed(desk)[0], "Look at it")).response
    await press(desk, own, "Take it back")
    assert "It was not published; nothing was changed." in reads(own)
    late = await press(desk, seen, "Agree and publish", who=second)
    assert "does not wait any more" in late.followups[-1].content
    assert written(desk) == {}


async def test_what_raises_an_urgency_is_live_and_undoing_it_waits(desk: Stage) -> None:
    review = (await send(desk, await form(desk, "til-therapy", "call_now"), emergency="Chest pain\nFever", now="")).response
    done = (await publish(desk, review, checked="no")).response
    assert "Published" in done.content
    waits = (await press(desk, done, "Undo this")).response
    assert "a second moderator has to agree" in waits.content
    assert "Second look (1)" in buttons_of(await run(desk, "desk"))
    await run(desk, "withdraw", entry="til-therapy", why="wrong")
    assert "withdrawn" in written(desk)["therapies/til-therapy.yaml"], "what is taken down is taken down at once"


async def test_by_the_setting_every_medical_change_waits(desk: Stage) -> None:
    deps = desk.env.bot.deps
    deps.config = replace(deps.config, moderation=replace(deps.config.moderation, two_person="medical"))
    told = await publish(desk, await edit(desk, "t-cell", short="A cell."))
    assert "a second moderator has to agree" in told.followups[-1].content
    assert "Published" in (await changed(desk, also="T lymphocyte\nLympho")).content
