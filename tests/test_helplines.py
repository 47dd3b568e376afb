"""Numbers of a country: the one that a server's managers set, named as such, or one that somebody picks; never by language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.features.cards.card import CardContext
from bot.features.cards.kinds import card
from bot.knowledge.checks import check_folder
from bot.knowledge.files import read_folder
from bot.knowledge.helplines import FILE, GOOD_FOR
from bot.knowledge.library import Snapshot, build
from bot.language import language
from bot.service.tryout import GUILD, Stage
from bot.store.servers import DEFAULT, Server

from .conftest import SOURCES, buttons_of, in_more, spoken_in, text_of
from .desk.helpers import another, noticed, press, publish, reads, upload
from .signs import symptom
from .test_settings import sent_as
from .test_store import rows

TODAY = datetime.now(UTC).date()
OLD = TODAY - GOOD_FOR - timedelta(days=1)
SELF_HARM = "thoughts-of-self-harm"
SOURCE = "{title: A page, publisher: NHS, url: 'https://www.nhs.uk/page', seen: 2026-01-02}"

HELPLINES = f"""directory: {{name: Anywhere, url: 'https://anywhere.org', sources: [{SOURCE}], checked: {TODAY}}}
countries:
  us:
    name: {{en: the United States, es: Estados Unidos}}
    emergency: ["911"]
    lines:
      - {{name: The 988 line, call: ["988"], text: ["988"], chat: 'https://988.org', hours: 24/7}}
    sources: [{SOURCE}]
    checked: {TODAY}
  it:
    name: {{en: Italy, es: Italia}}
    emergency: ["112", "118"]
    lines:
      - name: An Italian line
        call: [02 2327 2327]
        whatsapp: [324 011 7252]
        hours: 09:00-24:00
        note: {{en: in Italian, es: en italiano}}
    sources: [{SOURCE}]
    checked: {OLD}
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    """The small knowledge with helplines: those of one country checked today, of the other too long ago."""
    (folder / FILE).write_text(HELPLINES, encoding="utf-8")
    words = ", ".join(f"i want to die {letter}" for letter in "abcdefgh")
    text = symptom("Thoughts of self-harm", "emergency", words=words) + SOURCES
    (folder / f"symptoms/{SELF_HARM}.yaml").write_text(text, encoding="utf-8")
    return folder


MISTAKES = {
    "no number": ('["911"]', "[nine]", 5, "`nine` in `emergency` is no telephone number; write digits"),
    "no emergency number": ('["911"]', "[]", 5, "`emergency` names nothing; name at least one"),
    "no hours": ("hours: 24/7", "hours: always", 7, "`always` is no time of day; write 24/7, or as in 09:00-24:00"),
    "no way": ("call: [02 2327 2327]\n        whatsapp: [324 011 7252]\n        ", "", 14, "a line has no way to reach it"),
    "one language": ("es: Italia", "fr: Italie", 11, "a country's name has no `es`; add a line"),
    "another key": ("whatsapp:", "signal:", 16, "a line has no key `signal`; the keys are name, call, text"),
    "no code": ("  it:", "  ita:", 10, "`ita` in `countries` is no country's code; write its two letters"),
    "no day": (f"checked: {OLD}", "checked: 2999-01-01", 20, "`checked` is 2999-01-01, which is in the future"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_its_sentence_and_line(folder: Path, mistake: str) -> None:
    old, new, line, sentence = MISTAKES[mistake]
    (folder / FILE).write_text(HELPLINES.replace(old, new), encoding="utf-8")
    found = [str(problem) for problem in check_folder(read_folder(folder))]
    assert any(sentence in each for each in found), found
    if mistake != "no code":
        assert any(each.startswith(f"{folder.as_posix()}/{FILE}:{line}: ") for each in found), found


def test_a_changed_file_stands_before_the_shipped_one(folder: Path, tmp_path: Path) -> None:
    changes = tmp_path / "changes"
    changes.mkdir()
    (changes / FILE).write_text(HELPLINES.replace('["911"]', '["999"]') + "based_on: abc\n", encoding="utf-8")
    found = build([folder, changes]).helplines
    assert found is not None
    assert found.countries["us"].emergency == ("999",)


def test_the_shipped_numbers_are_at_most_24_countries_each_with_a_source(shipped: Snapshot) -> None:
    assert shipped.helplines is not None
    assert {"us", "es", "mx"} < shipped.helplines.countries.keys()
    assert all(country.checked >= max(s.seen for s in country.sources) for country in shipped.helplines.countries.values())


async def test_moderators_change_the_file_by_an_upload(desk: Stage) -> None:
    review = await upload(desk, FILE, HELPLINES.replace('["911"]', '["999"]'))
    assert f"**{FILE}**" in reads(review)
    await publish(desk, review)
    library = desk.env.bot.deps.library
    assert library.current.helplines.countries["us"].emergency == ("911",), "not by one person alone"
    second = another(desk, "Moderators")
    seen = (await press(desk, noticed(desk)[0], "Look at it", who=second)).response
    await press(desk, seen, "Agree and publish", who=second)
    assert library.current.helplines.countries["us"].emergency == ("999",)


async def set_country(world: Stage, code: str) -> Any:
    result = await world.moderator.slash(world.channel, "settings")
    await world.moderator.select(result.response, [code])
    return result


async def test_managers_choose_a_country_and_none_again(world: Stage) -> None:
    servers = world.env.bot.deps.servers
    result = await world.moderator.slash(world.channel, "settings")
    assert "None: whoever needs numbers picks a country." in text_of(result)
    result = await set_country(world, "us")
    assert "United States: in danger I show its emergency number" in text_of(result)
    assert servers.of(GUILD) == Server(country="us")
    await servers.refresh()
    assert servers.of(GUILD) == Server(country="us"), "it is kept"
    await set_country(world, "none")
    assert servers.of(GUILD) == DEFAULT
    assert rows(world.env.bot.deps.config.database_path(), "SELECT * FROM servers") == []


async def test_help_for_who_wants_to_die_names_the_servers_country_and_asks_for_another(world: Stage) -> None:
    await set_country(world, "us")
    for command in ("symptom", "search"):
        option = {"name": "Thoughts of self-harm"} if command == "symptom" else {"words": "i want to die a"}
        shown = await world.member.slash(world.channel, command, **option)
        assert shown.ephemeral
        assert (
            "**In the United States (as set for this server):** emergency 911; call or text 988; day and night."
            in text_of(shown)
        )
        assert "Another country" in buttons_of(shown.response)
    asked = await world.member.click(shown.response, label="Another country")
    assert asked.ephemeral
    assert "Which country are you in?" in text_of(asked)
    await world.member.select(asked.response, ["us"])
    text = text_of(asked)
    assert "United States\n**Emergency number: 911**" in text
    assert "• **The 988 line**: call or text 988, [chat](https://988.org), day and night" in text
    assert "[Anywhere](https://anywhere.org)" in text
    used = rows(world.env.bot.deps.config.database_path(), "SELECT command, outcome FROM usage WHERE entry IS NULL")
    assert used.count(("page", "served")) == 2, "neither what for nor which country is kept"


async def test_without_a_country_and_in_direct_messages_the_person_picks(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await world.member.slash(world.channel, "symptom", name="Thoughts of self-harm")
    assert "as set for this server" not in text_of(shown)
    assert "Numbers for my country" in buttons_of(shown.response)
    await set_country(world, "us")

    def outside(payload: dict[str, Any]) -> None:
        payload["user"] = payload.pop("member")["user"]
        del payload["guild_id"]
        payload["context"] = 1

    sent_as(monkeypatch, outside)
    shown = await world.member.slash(world.channel, "symptom", name="Thoughts of self-harm")
    assert "911" not in text_of(shown)
    asked = await world.member.click(shown.response, label="Numbers for my country")
    await world.member.select(asked.response, ["us"])
    assert "**Emergency number: 911**" in text_of(asked)


async def test_numbers_that_were_checked_too_long_ago_give_way_to_the_directory(world: Stage) -> None:
    await set_country(world, "it")
    shown = await world.member.slash(world.channel, "symptom", name="Thoughts of self-harm")
    assert "Numbers for Italy (as set for this server): [Anywhere](https://anywhere.org)" in text_of(shown)
    asked = await world.member.click(shown.response, label="Another country")
    await world.member.select(asked.response, ["it"])
    text = text_of(asked)
    assert "[Anywhere](https://anywhere.org)" in text
    assert "Call your local emergency number now." in text
    assert "118" not in text


async def test_numbers_are_never_held_up(world: Stage) -> None:
    shown = await world.member.slash(world.channel, "symptom", name="Thoughts of self-harm")
    for _ in range(40):
        asked = await world.member.click(shown.response, label="Numbers for my country")
        assert "Which country are you in?" in text_of(asked)


def test_every_emergency_has_the_number_on_its_second_page_and_nothing_else_has(snapshot: Snapshot) -> None:
    for code, said in (
        ("en", "Emergency number\nIn the United States (as set for this server): 911"),
        ("es", "Número de emergencias\nEn Estados Unidos (elegido para este servidor): 911"),
    ):
        for entry, has in (("chest-pain", True), (SELF_HARM, True), ("fever", False)):
            message = spoken_in(language(code), card, snapshot, entry, CardContext(country="us"), "details")
            assert message is not None
            fields = "\n".join(f"{field.name}\n{field.value}" for field in message.embeds[0].fields)
            assert (said in fields) is has
            ids = [item.id for row in message.rows for item in row]
            assert ("im1:numbers" in ids) is has
            assert len(ids) == len(set(ids)), "Discord refuses two of one id"


def test_without_the_file_nothing_is_said_of_numbers(folder: Path) -> None:
    (folder / FILE).unlink()
    message = card(build([folder]), SELF_HARM, CardContext(country="us"))
    assert message is not None
    assert [item.label for row in message.rows for item in row if hasattr(item, "label")] == ["More"]


def test_the_command_line_lists_what_was_checked_too_long_ago(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--due", str(folder)]) == 1
    assert f"overdue, so not shown  helplines.yaml, `it`, checked {OLD}" in capsys.readouterr().out
    main(["check", "--due", "--json", str(folder)])
    assert f'"helplines_due": {{\n    "it": "{OLD}"\n  }}' in capsys.readouterr().out


async def test_a_copy_kept_in_direct_messages_names_no_servers_country(world: Stage) -> None:
    await set_country(world, "us")
    shown = await world.member.slash(world.channel, "symptom", name="Chest pain")
    more = await world.member.click(shown.response, label="More")
    assert "In the United States (as set for this server): 911" in text_of(shown if more.response is None else more)
    await in_more(world.member, (more if more.response else shown).response, "Keep a copy")
    sent = [r for r in world.env.http_requests if r.method == "POST" and r.path.startswith("/channels/")]
    assert "911" not in str(sent[-1].json)
    assert "Numbers for my country" in str(sent[-1].json)
