"""The page of `/setup` for roles that mentors earn at thresholds."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from bot.components.persistent import Form, PersistentButton, PersistentRoleSelect
from bot.formatting import plain
from bot.guilds.permissions import missing_permissions
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond_with_layout
from bot.views.setup.overview import (
    READY,
    STRONG,
    UNREADY,
    SetupContext,
    back_button,
    build_page,
    load_setup,
)
from mentorship.errors import Field, InvalidField, Problem
from mentorship.recognition import threshold_roles
from mentorship.recognition.threshold_roles import MOST_RULES, ThresholdRule, Thresholds
from mentorship.time.natural_time.normalization import normalize
from mentorship.typed_numbers import parse_whole_number
from wording.administration.settings import thresholds as thresholds_text
from wording.cldr import format_decimal
from wording.reader import Reader
from wording.translation import N_, _, current_language, pgettext

_STARS = re.compile(r"[1-5]([.,]\d)?")
_EXPLANATION = N_(
    "Mentors get these roles when they reach the numbers, and lose them if they fall "
    "below. The rating is the mean that profiles show. I compare every ten minutes."
)


async def show_threshold_roles(interaction: Interaction, note: str = "") -> None:
    """Show the rules with their problems. Raises `NotAManager`."""
    context, reader = await load_setup(interaction), reader_of(interaction)
    rules = await interaction.client.db.read(threshold_roles.list_rules, context.actor)
    await respond_with_layout(interaction, _page(context, rules, reader, note))


def _page(
    context: SetupContext, rules: list[ThresholdRule], reader: Reader, note: str
) -> ui.LayoutView:
    title = _("Roles for mentors")
    heading = "\n".join(filter(None, (f"## {title}", _(_EXPLANATION), note)))
    parts: list[ui.Item[Any]] = [ui.TextDisplay(heading)]
    has_problems = False
    for rule in rules:
        problem = problem_of(context.guild, rule)
        has_problems = has_problems or problem is not None
        needs = rule.thresholds
        # Translators: {thresholds} is what a mentor needs for the role: "10 sessions, 4.5 stars".
        line = _(
            "{role}: {thresholds}",
            role=f"<@&{rule.role_id}>",
            thresholds=thresholds_text(needs.sessions, needs.stars, needs.hours, reader),
        )
        lines = [line, f"⚠️ {problem}" if problem else ""]
        text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(filter(None, lines)))
        parts.append(ui.Section(text, accessory=RemoveThresholdButton(rule.role_id)))
    if not rules:
        parts.append(
            ui.TextDisplay(
                _(
                    "No roles yet. For instance: 10 sessions with {rating} stars.",
                    rating=_example(reader),
                )
            )
        )
    parts.append(ui.ActionRow(ThresholdRoleMenu()))
    parts.append(ui.ActionRow(back_button()))
    return build_page(*parts, colour=UNREADY if has_problems else READY)


def problem_of(guild: discord.Guild, rule: ThresholdRule) -> str | None:
    """Return why a role can't be given, and what to do; None if it can."""
    role = guild.get_role(rule.role_id)
    if role is None:
        return _("This role was deleted. Remove it here.")
    problem = _problem_of_role(guild, role)
    if problem is None and rule.problem is not None:
        return _("Discord refused it, so I've stopped. Choose it again to start over.")
    return problem


def _problem_of_role(guild: discord.Guild, role: discord.Role) -> str | None:
    if role.is_default() or role.managed:
        return _("Discord or another app manages this role, so I can't give it. Choose another.")
    if missing_permissions(guild.me.guild_permissions, ("manage_roles",)):
        return _(
            "I need Manage Roles. Allow it under Server Settings → Roles → my role → Permissions."
        )
    if role >= guild.me.top_role:
        return _("My own role must be above it. Move it up in Server Settings → Roles.")
    return None


def _refusal(interaction: Interaction, role: discord.Role) -> str | None:
    """Return why the person can't choose a role: nobody gives away more than they have."""
    guild, person = role.guild, interaction.user
    problem = _problem_of_role(guild, role)
    if problem is not None:
        return problem
    if any(getattr(role.permissions, name) for name in STRONG):
        return _("This role can manage the server or its members, so I don't give it by numbers.")
    is_below = isinstance(person, discord.Member) and role < person.top_role
    if guild.owner_id != person.id and not is_below:
        return _("You can only choose roles below your own highest role.")
    return None


class ThresholdRoleMenu(PersistentRoleSelect, template=r"setup:threshold-role"):
    """The guild's roles: opens the form for the chosen one."""

    def __init__(self) -> None:
        super().__init__("setup:threshold-role", _("Add or change a role"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_select(self, interaction: Interaction, role_id: int | None) -> None:
        guild = interaction.guild
        role = None if guild is None or role_id is None else guild.get_role(role_id)
        if role is None:
            await show_threshold_roles(interaction)
            return
        refusal = _refusal(interaction, role)
        if refusal is not None:
            note = _("⚠️ {role}: {problem}", role=f"<@&{role.id}>", problem=refusal)
            await show_threshold_roles(interaction, note)
            return
        context = await load_setup(interaction)
        rules = await interaction.client.db.read(threshold_roles.list_rules, context.actor)
        current = next((rule.thresholds for rule in rules if rule.role_id == role.id), None)
        if current is None and len(rules) >= MOST_RULES:
            raise InvalidField(Field.THRESHOLD_ROLES, Problem.TOO_MANY, most=MOST_RULES)
        typed = ("10", "", "") if current is None else _typed(current, reader_of(interaction))
        await interaction.response.send_modal(
            ThresholdForm(role.id, role.name, typed, reader_of(interaction))
        )


def _example(reader: Reader) -> str:
    return format_decimal(4.5, 1, reader.formats)


def _typed(needs: Thresholds, reader: Reader) -> tuple[str, str, str]:
    stars = ""
    if needs.stars is not None:
        stars = format_decimal(needs.stars / 10, 1 if needs.stars % 10 else 0, reader.formats)
    return str(needs.sessions), stars, "" if needs.hours is None else str(needs.hours)


class ThresholdForm(Form):
    """The thresholds of a role."""

    draft_flow = "thresholds"

    def __init__(
        self, role_id: int, role_name: str, typed: tuple[str, str, str], reader: Reader
    ) -> None:
        sessions, stars, hours = typed
        super().__init__(title=_("Role for mentors"))
        self.role_id, self.role_name, self.reader = role_id, role_name, reader
        self.add_item(ui.TextDisplay(f"**{plain(role_name)}**"))
        self.sessions = self.add_line(
            "sessions", _("Completed sessions, at least"), max_length=16, default=sessions
        )
        self.stars = self.add_line(
            "stars",
            _("Rating, at least (optional)"),
            _("1 to 5 stars, such as {example}", example=_example(reader)),
            max_length=8,
            default=stars,
            required=False,
        )
        self.hours = self.add_line(
            "hours",
            _("Hours, at least (optional)"),
            max_length=16,
            default=hours,
            required=False,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        context = await load_setup(interaction)
        role = context.guild.get_role(self.role_id)
        refusal = None if role is None else _refusal(interaction, role)
        if role is None or refusal is not None:
            problem = refusal or _("That role was deleted.")
            await show_threshold_roles(interaction, f"⚠️ {problem}")
            return
        needs = Thresholds(
            _number(Field.LEAST_SESSIONS, self.sessions.value) or 0,
            _tenths(self.stars.value),
            _number(Field.LEAST_HOURS, self.hours.value),
        )
        await interaction.client.db.run(
            threshold_roles.set_rule, context.actor, self.role_id, needs
        )
        await show_threshold_roles(interaction, _("✅ Saved. I compare all mentors now."))

    def reopened(self) -> ThresholdForm:
        typed = (self.sessions.value, self.stars.value, self.hours.value)
        return ThresholdForm(self.role_id, self.role_name, typed, self.reader)


def _number(field: Field, text: str) -> int | None:
    if not text.strip():
        return None
    number = parse_whole_number(text, current_language())
    if number is None:
        most = threshold_roles.MOST_SESSIONS
        raise InvalidField(field, Problem.OUT_OF_RANGE, least=1, most=most)
    return number


def _tenths(text: str) -> int | None:
    """Read typed stars as tenths; None for none. Raises `InvalidField`."""
    text = normalize(text)
    if not text:
        return None
    if not _STARS.fullmatch(text):
        raise InvalidField(Field.LEAST_STARS, Problem.OUT_OF_RANGE, least=10, most=50)
    whole, _, tenth = text.replace(",", ".").partition(".")
    return 10 * int(whole) + int(tenth or 0)


class RemoveThresholdButton(
    PersistentButton, template=r"setup:threshold-remove:(?P<role>\d{1,20})"
):
    """Removes a rule. Mentors keep the role."""

    def __init__(self, role_id: int) -> None:
        self.role_id = role_id
        super().__init__(f"setup:threshold-remove:{role_id}", pgettext("button", "Remove"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["role"]))

    async def on_press(self, interaction: Interaction) -> None:
        context = await load_setup(interaction)
        await interaction.client.db.run(threshold_roles.remove_rule, context.actor, self.role_id)
        await show_threshold_roles(
            interaction, _("✅ Removed. Mentors who have the role keep it, unless you take it.")
        )
