"""Linters find nothing to complain about in the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.clients.tools import needs_node, node_tool, run_tool, write_document
from tests.api.server import served_document

pytestmark = needs_node


async def test_redocly_finds_no_error_and_no_warning(tmp_path: Path) -> None:
    write_document(served_document(), tmp_path)
    (tmp_path / "redocly.yaml").write_text("extends: [recommended]\n")
    command = (node_tool("redocly"), "lint", "--format=json", "openapi.json")
    output = await run_tool(*command, folder=tmp_path)
    # Notices may surround the report.
    report, _ = json.JSONDecoder().raw_decode(output[output.index("{") :])
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, report["problems"]


async def test_spectral_finds_no_error_and_no_warning(tmp_path: Path) -> None:
    write_document(served_document(), tmp_path)
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    command = (node_tool("spectral"), "lint", "--fail-severity=hint", "--quiet", "openapi.json")
    await run_tool(*command, folder=tmp_path)
