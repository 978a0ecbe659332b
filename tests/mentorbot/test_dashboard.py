"""The Grafana dashboard and the metrics that it shows."""

from __future__ import annotations

import json
import re

from prometheus_client import REGISTRY

from mentorbot.metrics.process_gauges import PROCESS_GAUGES
from mentorbot.metrics.service_gauges import SERVICE_GAUGES
from tests.mentorbot.support.processes import ROOT

DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"


def test_the_dashboard_uses_existing_metrics() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    used = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"mentorbot_\w+", target["expr"])
    }
    existing = {gauge.name for gauge in (*SERVICE_GAUGES, *PROCESS_GAUGES)}
    for family in REGISTRY.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        existing |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
    assert used
    assert used <= existing
