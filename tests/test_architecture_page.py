"""The module map of docs/architecture.md lists every module, and only modules that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("mentorship", "wording", "bot", "api", "storage", "mentorbot")
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PATTERNS = re.findall(r"^\| `([\w/]+/(?:\w+|\*)\.py)` \|", PAGE, flags=re.MULTILINE)
"""Paths, or `folder/*.py` for a folder whose modules are alike."""


def test_the_module_map_lists_every_module() -> None:
    listed = {path for pattern in PATTERNS for path in ROOT.glob(pattern)}
    modules = {
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py") and "migrations" not in path.parts
    }
    assert {str(path.relative_to(ROOT)) for path in modules - listed} == set()


def test_the_module_map_lists_only_modules_that_exist() -> None:
    assert len(PATTERNS) > 100
    assert [pattern for pattern in PATTERNS if not any(ROOT.glob(pattern))] == []
