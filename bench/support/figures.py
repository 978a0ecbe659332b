"""The results of benchmarks: figures with their limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value in `unit`.

    `at_least` or `at_most` is its limit. A figure without a limit is for comparison with others of
    the same run.
    """

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> str:
        """The limit as text; empty if there is none."""
        if self.at_least is not None:
            return f"at least {format_number(self.at_least)}"
        return "" if self.at_most is None else f"at most {format_number(self.at_most)}"

    @property
    def verdict(self) -> str:
        """`ok` or `MISSED`; empty if there is no limit."""
        if not self.limit:
            return ""
        above = self.at_least is None or self.value >= self.at_least
        below = self.at_most is None or self.value <= self.at_most
        return "ok" if above and below else "MISSED"

    @property
    def measured(self) -> str:
        """The value with its unit."""
        return f"{format_number(self.value)} {self.unit}".strip()

    @property
    def line(self) -> str:
        """The figure as a line for the terminal."""
        limit = f"  ({self.limit}: {self.verdict})" if self.limit else ""
        return f"  {self.name:44} {self.measured:>18}{limit}"


def percentile_99(samples: Iterable[float]) -> float:
    """Return the 99th percentile of samples: of 300, the third largest."""
    ordered = sorted(samples)
    return ordered[len(ordered) * 99 // 100]


def format_number(value: float) -> str:
    """Format a number with three significant digits, or as an integer from 100 on."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 10 else f"{value:.3f}".rstrip("0").rstrip(".") or "0"
