"""Discord refuses a message whose labels are too long: a translation is cut instead."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import ui

from bot.components.persistent import (
    Form,
    PersistentButton,
    PersistentChannelSelect,
    PersistentRoleSelect,
    PersistentSelect,
)

LONG = "Word " * 60


def test_a_button_is_cut_to_eighty_characters() -> None:
    label = PersistentButton("unused", LONG).item.label
    assert label is not None
    assert len(label) <= 80
    assert label.endswith("…")


def test_a_menu_and_its_options_are_cut() -> None:
    options = [discord.SelectOption(label=LONG, value="1", description=LONG)]
    menu = PersistentSelect("unused", LONG, options).item
    (option,) = menu.options
    lengths = [len(text or "") for text in (menu.placeholder, option.label, option.description)]
    assert max(lengths) <= 150
    assert max(lengths[1:]) <= 100
    assert option.value == "1"


@pytest.mark.parametrize("menu_class", [PersistentRoleSelect, PersistentChannelSelect])
def test_a_menu_of_roles_or_channels_is_cut(menu_class: Any) -> None:
    assert len(menu_class("unused", LONG).item.placeholder) <= 150


def test_a_form_is_cut() -> None:
    form = Form(title=LONG)
    form.add_line("a", LONG, LONG, max_length=10, placeholder=LONG)
    form.add_text_area("b", LONG, LONG, max_length=10)
    assert len(form.title) <= 45
    for label in form.children:
        assert isinstance(label, ui.Label)
        assert len(label.text) <= 45
        assert len(label.description or "") <= 100
        assert isinstance(label.component, ui.TextInput)
        assert len(label.component.placeholder or "") <= 100
