"""A record of what people see, step by step, to compare between languages and with a file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import unified_diff
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import discord
import simcord
from babel.messages.pofile import read_po

from tests.journeys.support.components import interactive_labels, iter_components
from tests.journeys.support.languages import set_language
from tests.journeys.support.scenarios import submit_application
from tests.journeys.support.simulated_guild import SimulatedGuild
from tests.pseudo_locale.catalogue import english
from wording import catalogues
from wording.translation import _, pgettext, speaking

SNAPSHOTS = Path(__file__).parent / "snapshots"

_BUTTON, _TEXT_DISPLAY = 2, 10
_MENUS = frozenset((3, 5, 6, 7, 8))
_ELLIPSIS = re.compile(r"(?<![/<#@])…(?: ▾)?[]*:]*$")
_DISCORD_LANGUAGES = {str(locale) for locale in discord.Locale}


@cache
def _contexts() -> Mapping[str, set[str]]:
    """Return the contexts of each English text that has some."""
    contexts: defaultdict[str, set[str]] = defaultdict(set)
    with (catalogues.FOLDER / "messages.pot").open("rb") as file:
        for message in read_po(file):
            if message.context and isinstance(message.id, str):
                contexts[message.id].add(message.context)
    return contexts


class Transcript:
    """What the people of a story see, in sections whose headings are alike in all languages."""

    def __init__(self, guild: SimulatedGuild, story: str, tag: str, *, update: bool) -> None:
        self.guild, self.story, self.tag, self.update = guild, story, tag, update
        self.is_lengthened = catalogues.ENGLISH.gettext("Cancel") != "Cancel"
        """Whether the bot speaks the pseudo-locale, in which some texts no longer fit."""
        self._parts: list[str] = []
        self._names: dict[int, str] = {}
        self._shown: dict[int, str] = {}

    def step(self, heading: str) -> None:
        """Begin a section."""
        self._parts.append(f"## {heading}")

    async def join(self, name: str, **options: Any) -> Participant:
        """Add a member whose Discord has the language of the story.

        Where Discord has no such language, they choose it with `/language`.
        """
        person = await self.guild.add_member(name, **options)
        self._names[person.id] = name
        if locale := _discord_language(self.tag):
            set_language(self.guild.env, person, locale)
        else:
            await person.slash(self.guild.channel, "language", language=self.tag)
        return Participant(self, person, name)

    async def join_as_mentor(self, name: str) -> Participant:
        """Add a mentor in London who takes bookings every day from 9 to 17."""
        mentor = await self.join(name, zone="Europe/London")
        bio = f"{name} · 🐍 · 2015–2026 · https://example.com"
        await submit_application(self.guild, mentor.person, expertise="python", bio=bio)
        await self.guild.deliver()
        moderator = await self.guild.add_moderator("Ada")
        card = self.guild.review_channel.last_message
        await moderator.click(card, label=self.find_label("Approve", card))
        await self.guild.deliver()
        await mentor.person.slash(self.guild.channel, "mentor hours", hours="daily 9-17")
        mentor.skip_inbox()
        return mentor

    def add(self, reader: str, what: str, lines: list[str]) -> None:
        """Add what a person sees. A line may hold several."""
        text = self._stable("\n".join(lines)).strip()
        shown = "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
        self._parts.append(f"{reader}, {what}:\n\n{shown}")

    def add_message(self, reader: str, what: str, message: Any) -> None:
        """Add a message that a person sees, unless it looks as the last time."""
        lines = message_lines(message)
        if self._shown.get(message.id) != "\n".join(lines):
            self._shown[message.id] = "\n".join(lines)
            self.add(reader, what, lines)

    def compare(self) -> None:
        """Compare with the file of the story in this language, or write it."""
        path = SNAPSHOTS / self.story / f"{self.tag}.md"
        text = "\n\n".join((f"# {self.story}, {self.tag}", *self._parts)) + "\n"
        if self.is_lengthened:
            return
        if self.update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        hint = f"{self.story} in {self.tag} differs: look at what pytest --update-snapshots writes"
        assert path.exists(), hint
        expected = path.read_text("utf-8").splitlines()
        difference = "\n".join(islice(unified_diff(expected, text.splitlines(), n=1), 40))
        assert not difference, f"{hint}\n{difference}"
        # Labels that are too long for Discord are cut, and end with an ellipsis then.
        original = (SNAPSHOTS / self.story / "en.md").read_text("utf-8").splitlines()
        cut = [line for line in expected if _ELLIPSIS.search(line)]
        meant = [line for line in original if _ELLIPSIS.search(line)]
        assert len(cut) == len(meant), f"too long in {self.tag}: {cut}"

    def find_label(self, english_label: str, message: Any) -> str:
        """Return the label that a button or menu of the message has in the story's language."""
        candidates = {self._translate(english_label, None)}
        for context in _contexts()[english_label]:
            candidates.add(self._translate(english_label, context))
        labels = candidates.intersection(interactive_labels(message))
        assert len(labels) == 1, f"{candidates} are not among {interactive_labels(message)}"
        return labels.pop()

    def _translate(self, text: str, context: str | None) -> str:
        with speaking(self.tag):
            found = pgettext(context, text) if context else _(text)
        return english(found) if self.tag == "en" else found

    def _stable(self, text: str) -> str:
        """Replace what differs between runs: ids, instants' seconds, sizes of files."""
        text = re.sub(r"<t:(\d+):(\w)>", _written_instant, text)
        text = re.sub(r"<@!?(\d+)>", self._mention, text)
        text = re.sub(r"<([@#]&?|/[^:>]+:)\d{15,20}>", r"<\1…>", text)
        text = re.sub(r"\d{15,20}", "…", text)
        return re.sub(r"(?<=[=/])[\w-]{32,}", "…", text)

    def _mention(self, match: re.Match[str]) -> str:
        return f"@{self._names.get(int(match[1]), '…')}"


class Participant:
    """A person who uses the bot; what they see goes into the transcript.

    Buttons and menus are named in English, and found by the label in the person's language.
    """

    def __init__(self, transcript: Transcript, person: simcord.MemberActor, name: str) -> None:
        self.transcript, self.person, self.name = transcript, person, name
        self.message: Any = None
        """What they look at: the latest answer, or what `look_at` was called with."""
        self._read = 0

    @property
    def id(self) -> int:
        return self.person.id

    async def slash(self, command: str, **options: Any) -> simcord.InteractionResult:
        """Type a command."""
        channel = self.transcript.guild.channel
        result = await self.person.slash(channel, command, **options)
        return self._see(f"`/{command}`", result)

    async def suggestions(
        self, command: str, option: str, typed: str = "", **filled: Any
    ) -> list[dict[str, Any]]:
        """Type into an option of a command, and return what is suggested."""
        channel = self.transcript.guild.channel
        choices = await self.person.autocomplete(channel, command, option, typed, **filled)
        lines = [choice["name"] for choice in choices[:5]]
        self.transcript.add(self.name, f"suggestions of `/{command} {option}:{typed}`", lines)
        return choices

    async def press(self, label: str) -> simcord.InteractionResult:
        """Press a button of the message that they look at."""
        translated = self.transcript.find_label(label, self.message)
        result = await self._user.click(self.message, label=translated)
        return self._see(f"presses *{label}*", result)

    async def select(self, placeholder: str, *options: int) -> simcord.InteractionResult:
        """Select options of a menu by their places."""
        translated = self.transcript.find_label(placeholder, self.message)
        (menu,) = (
            part for part in iter_components(self.message) if part.get("placeholder") == translated
        )
        values = [menu["options"][number]["value"] for number in options]
        result = await self._user.select(self.message, values, custom_id=menu["custom_id"])
        return self._see(f"selects from *{placeholder}*", result)

    async def submit(
        self, form: simcord.InteractionResult, **values: Any
    ) -> simcord.InteractionResult:
        """Submit a form."""
        return self._see("submits the form", await self._user.submit_modal(form, values))

    def look_at(self, message: Any, what: str = "message") -> None:
        """Look at a message in a channel."""
        self.message = message
        self.transcript.add_message(self.name, what, message)

    def read_inbox(self) -> None:
        """Read the direct messages that are new, and look at the latest."""
        inbox = self.transcript.guild.inbox(self.person)
        assert len(inbox) > self._read, f"{self.name} has no new direct message"
        for message in inbox[self._read :]:
            self.look_at(message, "direct message")
        self._read = len(inbox)

    def skip_inbox(self) -> None:
        """Take the direct messages up to here for read, without showing them."""
        self._read = len(self.transcript.guild.inbox(self.person))

    def look_again(self) -> None:
        """Look at the message as it is now."""
        (message,) = (
            each for each in self.transcript.guild.inbox(self.person) if each.id == self.message.id
        )
        self.look_at(message, "the same message")

    @property
    def _user(self) -> Any:
        if self.message is None:
            return self.person
        channel = getattr(self.message, "channel_id", None) or self.message.channel.id
        is_private = self.transcript.guild.env.backend.get_channel(channel).guild_id is None
        return self.person.user if is_private else self.person

    def _see(self, what: str, result: simcord.InteractionResult) -> simcord.InteractionResult:
        if result.modal is not None:
            self.transcript.add(self.name, f"{what}, form", _form_lines(result.modal))
        for message in (result.response, *result.followups):
            if message is not None:
                self.transcript.add_message(self.name, what, message)
        if result.response is not None:
            self.message = result.response
        return result


def _discord_language(tag: str) -> str | None:
    """Return the language of Discord's client for a tag: `es-ES` for `es`, None for Arabic."""
    if tag == "en":
        return "en-GB"
    if tag in _DISCORD_LANGUAGES:
        return tag
    return next(
        (
            each
            for each in sorted(_DISCORD_LANGUAGES, reverse=True)
            if each.partition("-")[0] == tag
        ),
        None,
    )


def message_lines(message: Any) -> list[str]:
    """Return everything that a person reads in a message, a line for each button and option."""
    lines = [message.content] if message.content else []
    for part in iter_components(message):
        lines += _component_lines(part)
    lines += [f"(file {file.filename})" for file in message.attachments]
    lines += [f"({file.description})" for file in message.attachments if file.description]
    return lines


def _component_lines(part: dict[str, Any]) -> list[str]:
    if part["type"] == _TEXT_DISPLAY:
        return part["content"].split("\n")
    if part["type"] == _BUTTON:
        return [f"[{part.get('label') or part.get('emoji')}]"]
    if part["type"] in _MENUS:
        options = [
            f"    {' – '.join(filter(None, (option['label'], option.get('description'))))}"
            for option in part.get("options") or []
        ]
        return [f"[{part.get('placeholder') or ''} ▾]", *options]
    return [
        f"({item['description']})" for item in part.get("items") or [] if item.get("description")
    ]


def _form_lines(modal: dict[str, Any]) -> list[str]:
    lines = [f"**{modal['title']}**"]
    for part in modal["components"]:
        if part["type"] == _TEXT_DISPLAY:
            lines += part["content"].split("\n")
            continue
        field = part.get("component") or {}
        lines.append(f"{part.get('label') or ''}: {field.get('value') or ''}".rstrip())
        shown = (part.get("description"), field.get("placeholder"))
        lines += [f"    {text}" for text in shown if text]
        lines += [f"    ○ {option['label']}" for option in field.get("options") or []]
    return lines


def _written_instant(match: re.Match[str]) -> str:
    instant = datetime.fromtimestamp(int(match[1]), UTC)
    return f"<{instant:%Y-%m-%d %H:%M}, {match[2]}>"
