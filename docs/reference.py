"""Generate the reference pages of this folder: `make docs`.

A test fails when a page is out of date.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from prometheus_client import REGISTRY
from prometheus_client.core import Metric
from pydantic import SecretStr

from api.app import create_app
from api.options import Options, TokenRules
from api.problem_page import list_problems
from api.webhooks.payloads import EVENTS
from bot.client import MentorBot
from bot.cogs.operator import Operator
from mentorbot.metrics.process_gauges import PROCESS_GAUGES, Role, info
from mentorbot.metrics.service_gauges import SERVICE_GAUGES
from mentorbot.monitor import MAX_AGE_S
from mentorbot.settings import ENV_PREFIX, Settings, section_model
from storage import Database
from wording import status_diagram

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "config.example.toml"
NOTE = "<!-- Written by `make docs`. Change the program, not this page. -->"


def settings_page() -> str:
    """Return the page of settings: defaults, allowed values and meanings."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "",
        "Settings are read from `config.toml`, or from the file given by `--config` or "
        "`MENTORBOT_CONFIG`. Environment",
        "variables take precedence. Unknown keys and invalid values are refused at startup. "
        "`config.example.toml`",
        "lists all settings.",
    ]
    meanings = _meanings()
    for section in Settings.model_fields:
        # Each webhook has a section, by its name.
        heading = f"{section}.NAME" if section == "webhooks" else section
        lines += [
            "",
            f"## [{heading}]",
            "",
            "| key | default | allowed values | meaning | environment variable |",
            "| --- | --- | --- | --- | --- |",
        ]
        for key, field in section_model(section).model_fields.items():
            variable = f"{ENV_PREFIX}{heading.replace('.', '__')}__{key}".upper()
            default = _as_toml(field.get_default(call_default_factory=True))
            lines.append(
                f"| `{key}` | `{default}` | {_allowed(field)} | {meanings[section, key]} "
                f"| `{variable}` |"
            )
    return "\n".join([*lines, ""])


def commands_page() -> str:
    """Return the page of commands with their options, as Discord shows them."""
    bot = asyncio.run(_prepare_bot())
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "Only the person who typed a command sees the answer. Options in *italics* are optional. "
        "Discord shows these",
        "descriptions too, and most options offer choices as you type.",
    ]
    top = sorted(bot.tree.get_commands(type=_SLASH), key=lambda command: command.name)
    for command in top:
        lines += ["", f"## /{command.name}", ""]
        if command.default_permissions:
            names = ", ".join(name for name, granted in command.default_permissions if granted)
            lines += [f"Shown to members with the permission {names.replace('_', ' ')}.", ""]
        for each in _flatten(command):
            lines.append(f"**`/{each.qualified_name}`** {each.description}")
            lines += [_option(option) for option in each.parameters]
            lines.append("")
        lines.pop()
    lines += ["", "## In a person's menu (right-click, Apps)", ""]
    lines += [f"- **{menu.name}**" for menu in bot.tree.get_commands(type=_PERSON)]
    lines += ["", "## As a message to the bot, from its operator", ""]
    lines += [
        f"- **`@mentorbot {command.name}`** {command.help}" for command in Operator.__cog_commands__
    ]
    return "\n".join([*lines, ""])


def metrics_page() -> str:
    """Return the page of metrics, by where their values come from."""
    lines = [
        "# Metrics",
        "",
        NOTE,
        "",
        "[Monitoring](running.md#monitoring) says where to scrape. The client library's metrics of "
        "Python and the process",
        "(`python_*`, `process_*`) are served as well; those of the process only where it may read",
        "all of `/proc`, so not in the systemd unit.",
        "",
        "## The whole service",
        "",
        f"Read from the database when they are scraped, at most every {MAX_AGE_S:g} seconds. All "
        "processes show the same values, so",
        "take their `max`, never their sum. While a process can't read them, they are absent and "
        "its `mentorbot_database_up`",
        "is 0.",
        "",
        *_metrics_table(("gauge", each.name, each.meaning) for each in SERVICE_GAUGES),
        "",
        "## One process, now",
        "",
        "A gauge that doesn't apply is absent: of Discord in a process with the API only, of jobs "
        "in one that runs none. The",
        "label `name` is that of the job. `mentorbot_info` has the labels `version` and `role` "
        "(all, bot, worker or api).",
        "",
        *_metrics_table(
            [
                ("info", "mentorbot_info", info(Role.ALL).documentation),
                *(("gauge", each.name, each.meaning) for each in PROCESS_GAUGES),
                *_registered_metrics(lambda kind: kind == "gauge"),
            ]
        ),
        "",
        "## One process, since it started",
        "",
        "Sum these over the processes, after `rate()` or `increase()`.",
        "",
        *_metrics_table(_registered_metrics(lambda kind: kind != "gauge")),
    ]
    return "\n".join([*lines, ""])


def rest_page() -> str:
    """Return the guide to the REST API, with its tables of events and errors brought up to date."""
    guide = (HERE / "rest.md").read_text("utf-8")
    for name, rows in (("events", _event_rows()), ("errors", _error_rows())):
        begin = f"<!-- Written by `make docs`: {name} -->\n"
        before, _, rest = guide.partition(begin)
        after = rest.partition("<!-- end -->")[2]
        table = "\n".join(rows)
        guide = f"{before}{begin}\n{table}\n\n<!-- end -->{after}"
    return guide


def _event_rows() -> Iterator[str]:
    yield "| type | when | schema |"
    yield "| --- | --- | --- |"
    for kind, (model, meaning) in EVENTS.items():
        yield f"| `{kind}` | {meaning.removesuffix('.')} | `{model.__name__}` |"


def _error_rows() -> Iterator[str]:
    secret = "only for the document, and as long as HS256 asks"
    database = Database("sqlite+aiosqlite:///unused.db")
    document = create_app(database, Options(TokenRules(secret=secret))).openapi()
    members = document["components"]["schemas"]["ProblemDocument"]["properties"]
    yield "| code | status | meaning | further members |"
    yield "| --- | --- | --- | --- |"
    previous = ""
    for status, code, meaning in list_problems(document):
        anchor = "" if code == previous else f'<a id="{code}"></a>'
        further = ", ".join(
            f"`{name}`"
            for name, member in members.items()
            if f"`{code}`" in member.get("description", "")
        )
        yield f"| {anchor}`{code}` | {status.value} | {meaning.removesuffix('.')} | {further} |"
        previous = code


def _metrics_table(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield "| metric | type | meaning |"
    yield "| --- | --- | --- |"
    yield from (f"| `{name}` | {kind} | {meaning} |" for kind, name, meaning in rows)


def _registered_metrics(is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, str, str]]:
    """Yield the metrics of the default registry whose type is wanted."""
    for metric in REGISTRY.collect():
        if metric.name.startswith("mentorbot_") and is_wanted(metric.type):
            yield metric.type, _sample_name(metric), metric.documentation


def _sample_name(metric: Metric) -> str:
    """Return the name under which Prometheus stores a metric."""
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "metrics.md": metrics_page,
    "statuses.md": status_diagram.page,
    "rest.md": rest_page,
}

_SLASH, _PERSON = discord.AppCommandType.chat_input, discord.AppCommandType.user


async def _prepare_bot() -> MentorBot:
    # The commands come with the bot; the database is never opened, and nothing is sent.
    bot = MentorBot(Database("sqlite+aiosqlite:///unused.db"))
    await bot.prepare()
    return bot


def _flatten(command: Any) -> Iterator[app_commands.Command[Any, ..., Any]]:
    if isinstance(command, app_commands.Group):
        for each in sorted(command.commands, key=lambda each: each.name):
            yield from _flatten(each)
    else:
        yield command


def _option(option: app_commands.Parameter) -> str:
    name = f"`{option.display_name}`" if option.required else f"*`{option.display_name}`*"
    limits = [
        f"{word} {limit:,}"
        for word, limit in (("at least", option.min_value), ("at most", option.max_value))
        if limit is not None
    ]
    if option.type is discord.AppCommandOptionType.string and limits:
        # Discord's texts have at least one character.
        limits = [f"{option.min_value or 1} to {option.max_value} characters"]
    parts = [str(option.description)]
    if option.choices:
        parts.append(f"One of: {', '.join(str(choice.name) for choice in option.choices)}")
    if limits:
        parts.append(", ".join(limits).capitalize())
    return f"- {name}: {'. '.join(part.rstrip('.') for part in parts)}."


def _meanings() -> dict[tuple[str, str], str]:
    """Return the comment of each setting in the example configuration, by section and key."""
    meanings, section = {}, ""
    for line in EXAMPLE.read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\].*", line):
            section = heading[1]
        elif setting := re.fullmatch(r"(?:# )?(\w+) = .*?\s# (.*)", line):
            meanings[section, setting[1]] = setting[2].replace("|", r"\|")
    return meanings


def _allowed(field: Any) -> str:
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f'`"{choice}"`' for choice in kind)
    if kind is bool:
        return "`true`, `false`"
    low = [rule.ge for rule in field.metadata if hasattr(rule, "ge")]
    high = [rule.le for rule in field.metadata if hasattr(rule, "le")]
    if kind in (int, float) and low and high:
        whole = "a whole number, " if kind is int else ""
        return f"{whole}{low[0]:,} to {high[0]:,}"
    if SecretStr in (kind, *getattr(kind, "__args__", ())):
        return "text; a secret"
    return "text"


def _as_toml(value: Any) -> str:
    """Return a value in TOML's notation."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return " "
    return f"{value:g}" if isinstance(value, int | float) else f'"{value}"'


if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
