"""Modules that import each other can't be understood one at a time, so cycles stay small."""

from __future__ import annotations

import grimp

PACKAGES = (
    "processes",
    "storage",
    "mentorship",
    "wording",
    "bot",
    "api",
    "integrations",
    "mentorbot",
)
LARGEST_CYCLE = 3


def test_no_import_cycle_has_more_than_three_modules() -> None:
    # grimp's cache goes by modification times, which change with each checkout.
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    large = [group for group in cycles(imports) if len(group) > LARGEST_CYCLE]
    assert large == []


def test_cycles_are_found() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(cycles(imports)) == [["a", "b", "c"], ["d", "e"]]


def cycles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that reach each other, directly or by way of others."""
    reachable = {module: _reachable_from(module, imports) for module in imports}
    groups = {
        tuple(sorted(other for other in reachable[module] if module in reachable[other]))
        for module in imports
    }
    return [list(group) for group in groups if group]


def _reachable_from(module: str, imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that a module imports, and those that these import, and so on."""
    seen: set[str] = set()
    pending = [module]
    while pending:
        for imported in imports[pending.pop()] - seen:
            seen.add(imported)
            pending.append(imported)
    return seen
