"""Buttons and menus on messages that version 1 sent are still answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.persistent_items import PERSISTENT_ITEMS

# One of each kind that version 1 sent. Messages in Discord are kept, so lines may be added here and
# none may be removed.
CUSTOM_IDS = Path(__file__).with_name("custom_ids_of_version_1.txt").read_text("utf-8").split()


def test_version_1_had_custom_ids() -> None:
    assert len(CUSTOM_IDS) > 90


@pytest.mark.parametrize("custom_id", CUSTOM_IDS)
def test_one_item_answers_a_custom_id_of_version_1(custom_id: str) -> None:
    answering = [
        item
        for item in PERSISTENT_ITEMS
        if item.__discord_ui_compiled_template__.fullmatch(custom_id)
    ]
    assert len(answering) == 1
