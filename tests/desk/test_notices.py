"""The moderators' channel is told of every change."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.service.tryout import Stage

from .helpers import T_CELL, define, edit, files_of, noticed, publish, written


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
