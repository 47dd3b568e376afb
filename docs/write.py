"""Write the files that are made from the code.

config.example.yaml is made from the settings, keys.md from the kinds of entries, roles.md from what is registered.
Run `python docs/write.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from pydantic import SecretStr

from bot import features
from bot.interactions import commands, routes
from bot.interactions.routes import Who
from bot.knowledge.kinds import ENTRY_TYPES, Boxed, Entry, LessUrgent, Note, Source
from bot.knowledge.kinds.base import Model, Translated, key_of, marked
from bot.knowledge.schema import explained, schema_of
from bot.settings import SETTINGS, Config

ROOT = Path(__file__).resolve().parent.parent

ABOUT_THE_EXAMPLE = """\
# The settings of immunobot. Copy this file to config.yaml and take the `#:` off the lines that you change: what stands in
# them is the default, or an example where it is said that there is none. Every setting is also an environment variable:
# discord.token is IMMUNOBOT_DISCORD__TOKEN. The environment stands before this file, and is enough without it; a list is
# written there as in 1,2. A secret may also stand in a file of its own: `token_file: token.txt` in place of `token`, or
# IMMUNOBOT_DISCORD__TOKEN_FILE=/run/secrets/token.
# Written by docs/write.py from bot/settings.py.
"""

ABOUT_THE_KEYS = """\
# The keys of an entry

Written by `docs/write.py` from `bot/knowledge/kinds/`; [how an entry is written](../knowledge/README.md) has examples.
A key in bold must be there. A translation gives those that are marked *translated*, where it may have a quarter more words.
"""

ABOUT_THE_ROLES = """\
# Who may do what

Written by `docs/write.py` from the code, and tested by trying each as each. It is asked anew at every command, press and
form, whatever an id says. A moderator has Manage Server, or one of `moderation.role_ids`, in the server
`moderation.guild_id`; a clinician has one of `moderation.clinician_role_ids` there. A draft is published by whoever made it
alone; a change that waits for a second moderator, by another one than who proposed it.
"""

WHO = {
    Who.EVERYONE: "everyone",
    Who.MANAGERS: "who manages the server it is used in",
    Who.MODERATORS: "moderators",
    Who.CLINICIANS: "clinicians",
}


def example() -> str:
    """Return config.example.yaml."""
    lines, open_sections = [ABOUT_THE_EXAMPLE.rstrip()], list[str]()
    for key, field in SETTINGS.items():
        *sections, name = key.split(".")
        for depth, section in enumerate(sections):
            if open_sections[: depth + 1] != sections[: depth + 1]:
                lines += [] if depth else ["", f"# {type(getattr(Config(), section)).__doc__}"]
                lines.append(f"#: {'  ' * depth}{section}:")
        open_sections, deep = sections, "  " * len(sections)
        [value] = field.examples
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        none = "" if value == default else " No default."
        lines += wrap(field.description + none, 121, initial_indent=f"{deep}# ", subsequent_indent=f"{deep}# ")
        lines.append(f"#: {deep}{name}: {value}")
    return "\n".join(lines) + "\n"


def keys() -> str:
    """Return keys.md: what all kinds have, what some share, what each has alone, and the mappings inside them."""
    folders: dict[type[Model], list[str]] = {}
    for cls in ENTRY_TYPES:
        for each in cls.__mro__[: cls.__mro__.index(Entry) + 1]:
            folders.setdefault(each, []).append(cls.folder)
    by_kinds = sorted(folders.items(), key=lambda found: -len(found[1]))
    tables = [(", ".join(found).capitalize(), cls) for cls, found in by_kinds]
    tables += [("In a source", Source), ("In `less_urgent`", LessUrgent), ("In `boxed`", Boxed)]
    lines = [ABOUT_THE_KEYS]
    for title, cls in tables:
        lines += [f"## {title}", "", "| key | what |", "|---|---|", *rows(cls), ""]
    lines += ["## A note of a sign", "", "As in `{fever: any-counts}`.", "", "| note | what it adds |", "|---|---|"]
    lines += [f"| `{Note[name]}` | {text} |" for name, text in ((note.name, note.called) for note in Note)]
    return "\n".join(lines) + "\n"


def rows(cls: type[Model]) -> Iterator[str]:
    """Yield the row of each key that this class adds to those it builds on."""
    schema, translated = schema_of(cls), marked(cls, Translated)
    fields = {name: key_of(cls).get(name, name) for name in explained(cls) if name in cls.__annotations__}
    for name, key in fields.items():
        if key not in schema["properties"]:
            continue
        needed = key in schema.get("required", ())
        told = "; ".join(_told(schema["properties"][key], schema.get("$defs", {})))
        yield f"| {f'**`{key}`**' if needed else f'`{key}`'} | {told}{' *(translated)*' if name in translated else ''} |"


def _told(value: dict[str, Any], parts: dict[str, Any]) -> Iterator[str]:
    """Yield what is said of a value, and what it may be."""
    if text := value.get("description"):
        yield text
    if choices := parts.get(value.get("$ref", "").rpartition("/")[2], {}).get("enum"):
        yield "one of " + ", ".join(f"`{choice}`" for choice in choices)
    if most := value.get("maxItems"):
        yield f"at most {most}"
        yield from (f"each {text}" for text in _told(value["items"], parts) if text.startswith("at most"))
    elif (most := value.get("maxLength")) and "pattern" not in value:
        yield f"at most {most} characters"


def roles() -> str:
    """Return roles.md: who may use each command, press and form."""
    features.load()
    lines = [ABOUT_THE_ROLES, "| command | who |", "|---|---|"]
    for each in sorted(commands.every(), key=lambda found: (found.of_knowledge, found.name.message)):
        name = each.name.message if each.description is None else f"/{'knowledge ' * each.of_knowledge}{each.name.message}"
        lines.append(f"| `{name}` | {WHO[each.who]} |")
    for title, found in (("press", routes.presses()), ("form", routes.forms())):
        lines += ["", f"| {title} | what | who |", "|---|---|---|"]
        for action, route in sorted(found.items()):
            what = (route.function.__doc__ or "").partition("\n")[0].rstrip(".")
            lines.append(f"| `{action}` | {what} | {WHO[route.who]} |")
    return "\n".join(lines) + "\n"


MADE = {ROOT / "config.example.yaml": example, ROOT / "docs/keys.md": keys, ROOT / "docs/roles.md": roles}
"""Each file that is written, and what makes its text."""

if __name__ == "__main__":
    for path, make in MADE.items():
        path.write_text(make(), encoding="utf-8")
