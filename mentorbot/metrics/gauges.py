"""Gauges that are read when the metrics are scraped, and absent if there is nothing to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client.core import GaugeMetricFamily

SourceT = TypeVar("SourceT")


@dataclass(frozen=True, slots=True)
class ScrapedGauge(Generic[SourceT]):
    """A gauge whose value `read` finds in a source.

    With a `label`, `read` returns the values by that label; otherwise one value, or None if there
    is none, in which case the gauge is absent.
    """

    name: str
    meaning: str
    read: Callable[[SourceT], Mapping[str, float] | float | None]
    label: str | None = None

    def collect(self, source: SourceT) -> GaugeMetricFamily:
        """Return the gauge with its values."""
        labels = [self.label] if self.label else []
        family = GaugeMetricFamily(self.name, self.meaning, labels=labels)
        values = self.read(source)
        if isinstance(values, Mapping):
            for label, value in values.items():
                family.add_metric([label], value)
        elif values is not None:
            family.add_metric([], values)
        return family
