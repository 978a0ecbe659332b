"""A button that is missing from the list would stop working at the next restart."""

from __future__ import annotations

from discord import ui

from bot.components import persistent
from bot.persistent_items import PERSISTENT_ITEMS


def subclasses(parent: type) -> set[type]:
    """Return the classes that inherit from `parent`, directly or not."""
    children = set(parent.__subclasses__())
    return children.union(*(subclasses(child) for child in children))


def test_all_persistent_items_are_listed() -> None:
    items = {
        item
        for item in subclasses(persistent.PersistentItem)
        if issubclass(item, ui.DynamicItem)
        and item.__discord_ui_compiled_template__.pattern != "unused"
    }
    assert set(PERSISTENT_ITEMS) == items
    assert len(PERSISTENT_ITEMS) == len(items)
