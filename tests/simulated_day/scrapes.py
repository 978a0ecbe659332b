"""The program's metrics at each simulated minute, and the alerts that Prometheus raises from them.

Prometheus's own promtool evaluates the rules that are shipped: it takes series of samples in place
of a running server. What it finds firing, it prints as a difference from "nothing fires".
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.alerts.rules import RULES, list_alerts, load_rules

HAS_PROMTOOL = shutil.which("promtool") is not None

_TARGET = 'job="mentorbot",instance="simulated"'
_NAME = re.compile(r"\b(?:mentorbot_\w+|process_start_time_seconds)\b")
_FIRING = 'ALERTS{alertstate="firing"}'
_TIME = re.compile(r'expr: "ALERTS.*", time: (\S+?),?\s*$')
_ALERT = re.compile(r'alertname="(\w+)"')
_HOURS = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:\d+s)?$")

Series = str
"""A name with its labels."""


@dataclass
class Scrapes:
    """What Prometheus would have read, by series and minute.

    `epoch` is when the first minute was, in seconds since 1970: promtool's time starts at 0.
    """

    epoch: float
    minutes: int = 0
    _samples: defaultdict[Series, dict[int, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _baseline: dict[Series, float] = field(default_factory=dict)
    _started_at: float | None = None

    def record(self, text: str | None, started_at: float) -> None:
        """Record a scrape of this minute; None if the program didn't answer.

        `started_at` is when it started. In the simulation all lives of the program share a
        process, so its counters have to start again from zero here.
        """
        samples = {} if text is None else dict(self._parse(text))
        if text is not None and started_at != self._started_at:
            self._baseline = {
                series: value for series, (value, counts) in samples.items() if counts
            }
            self._started_at = started_at
        for series, (value, counts) in samples.items():
            if counts:
                value -= self._baseline.get(series, 0.0)
            self._samples[series][self.minutes] = value
        if text is not None:
            start = f"process_start_time_seconds{{{_TARGET}}}"
            self._samples[start][self.minutes] = started_at - self.epoch
        self._samples[f"up{{{_TARGET}}}"][self.minutes] = float(text is not None)
        self.minutes += 1

    def _parse(self, text: str) -> Iterator[tuple[Series, tuple[float, bool]]]:
        """Yield each series that a rule uses, with its value and whether it is a counter."""
        used = _used_names()
        for family in text_string_to_metric_families(text):
            counts = family.type in ("counter", "histogram")
            for sample in family.samples:
                if sample.name not in used or sample.name == "process_start_time_seconds":
                    continue
                labels = "".join(f",{name}={_quote(text)}" for name, text in sample.labels.items())
                value = sample.value
                if sample.name.endswith("_timestamp_seconds"):
                    value -= self.epoch
                yield f"{sample.name}{{{_TARGET}{labels}}}", (value, counts)

    def find_alerts(self, folder: Path) -> Mapping[str, list[int]]:
        """Return the minutes at which each of the shipped alerts fires."""
        (folder / "alerts.yml").write_bytes(RULES.read_bytes())
        test = {
            "interval": "1m",
            "input_series": [
                {"series": series, "values": self._values(values)}
                for series, values in self._samples.items()
            ],
            "promql_expr_test": [
                {"expr": _FIRING, "eval_time": f"{minute}m", "exp_samples": []}
                for minute in range(self.minutes)
            ],
        }
        tests = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": [test]}
        file = folder / "day.yml"
        file.write_text(yaml.safe_dump(tests, width=10**9))
        done = subprocess.run(
            ["promtool", "test", "rules", file],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode == 0:
            return {}
        return _read_differences(done.stdout + done.stderr)

    def _values(self, samples: Mapping[int, float]) -> str:
        """Return a series in promtool's notation. What a scrape lacks is stale from then on."""
        values = []
        was_there = False
        for minute in range(self.minutes):
            value = samples.get(minute)
            values.append("stale" if was_there and value is None else "_")
            was_there = value is not None
            if value is not None:
                values[-1] = repr(value)
        return " ".join(values)


def _used_names() -> frozenset[str]:
    """Return the names of the metrics that the rules use."""
    expressions = (rule["expr"] for rule in list_alerts(load_rules()))
    return frozenset(name for each in expressions for name in _NAME.findall(each))


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _read_differences(printed: str) -> dict[str, list[int]]:
    """Return what promtool has found firing, by alert, from what it prints."""
    firing: defaultdict[str, list[int]] = defaultdict(list)
    minute: int | None = None
    for line in printed.splitlines():
        if (found := _TIME.search(line.strip())) is not None:
            minute = _minutes(found[1])
        elif line.strip().startswith("got:"):
            assert minute is not None, printed[:2_000]
            for name in sorted(set(_ALERT.findall(line))):
                firing[name].append(minute)
    assert firing, printed[:2_000]
    return dict(firing)


def _minutes(duration: str) -> int:
    """Return the minutes of a duration as promtool prints it, such as "1h5m"."""
    found = _HOURS.match(duration)
    assert found is not None, duration
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes
