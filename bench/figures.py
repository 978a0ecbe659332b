"""What a bench tells: figures, each with the limit that it is held against, if it has one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that was measured, in `unit`. It is to reach `at_least`, or to stay within `at_most`;
    with neither it stands beside others of the same run, for comparison."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> str:
        """The limit in words; empty where there is none."""
        if self.at_least is not None:
            return f"at least {number(self.at_least)}"
        return "" if self.at_most is None else f"at most {number(self.at_most)}"

    @property
    def verdict(self) -> str:
        """`holds` or `MISSED`; empty where there is no limit."""
        if not self.limit:
            return ""
        low = self.at_least is None or self.value >= self.at_least
        high = self.at_most is None or self.value <= self.at_most
        return "holds" if low and high else "MISSED"

    @property
    def measured(self) -> str:
        """The value with its unit."""
        return f"{number(self.value)} {self.unit}".strip()

    @property
    def line(self) -> str:
        """All of it on one line of a terminal."""
        held = f"  ({self.limit}: {self.verdict})" if self.limit else ""
        return f"  {self.name:44} {self.measured:>18}{held}"


def number(value: float) -> str:
    """Three figures that mean something: 1,114 or 0.238."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 10 else f"{value:.3f}".rstrip("0").rstrip(".") or "0"
