"""Screens that buttons lead to before the modules that show them are imported.

Screens have buttons to each other, so their modules can't all import each other. The buttons name
a `Screen`, and the module that shows it registers a function.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Screen(Generic[P]):
    """A screen that is shown by a function with the parameters `P`."""

    def __init__(self) -> None:
        self._show: Callable[P, Awaitable[None]] | None = None

    def register(self, show: Callable[P, Awaitable[None]]) -> None:
        """Set the function that shows the screen."""
        self._show = show

    async def show(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Show the screen. Raises `RuntimeError` if no function is registered."""
        if self._show is None:
            raise RuntimeError("no function is registered for this screen")
        await self._show(*args, **kwargs)
