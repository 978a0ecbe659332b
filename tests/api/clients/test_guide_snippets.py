"""The code of docs/rest.md that isn't for the demo: tokens, webhooks and generated clients."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.auth import Scope, TokenVerifier
from integrations import webhook_signing
from mentorship.webhooks import secrets
from tests.api.clients.tools import PACKAGES, ROOT, needs_node, node_tool, run_tool
from tests.api.server import SECRET, TOKEN_RULES, ApiServer

MEMBER, SERVER = "226871203982016513", "1180235712340164600"

BODY = '{"id":"evt_1042","type":"session.booked","data":{"name":"Zoë"}}'


def snippet(language: str, part: str) -> str:
    """Return the guide's block in a language that contains `part`."""
    guide = (ROOT / "docs" / "rest.md").read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if part in block]
    return str(block)


async def run_python(code: str, folder: Path, **environment: str) -> str:
    (folder / "snippet.py").write_text(code, "utf-8")
    return await _output(sys.executable, "snippet.py", folder=folder, **environment)


async def run_typescript(code: str, folder: Path, **environment: str) -> str:
    """Compile strictly, and run."""
    (folder / "node_modules").symlink_to(PACKAGES)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "snippet.ts").write_text(code, "utf-8")
    flags = ("--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext")
    await run_tool(node_tool("tsc"), *flags, "--types", "node", "snippet.ts", folder=folder)
    return await _output("node", "snippet.js", folder=folder, **environment)


async def _output(*command: str, folder: Path, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().strip()


def assert_is_valid_token(token: str) -> None:
    claims = TokenVerifier(TOKEN_RULES).verify(token)
    assert (claims.user_id, claims.guild_id) == (int(MEMBER), int(SERVER))
    assert claims.scopes == {Scope.MEMBER}


async def test_the_python_code_signs_valid_tokens(tmp_path: Path) -> None:
    code = snippet("python", "def create_token")
    code += f'\n\nprint(create_token("{MEMBER}", "{SERVER}"))\n'
    assert_is_valid_token(await run_python(code, tmp_path, MENTORBOT_API__SECRET=SECRET))


@needs_node
async def test_the_typescript_code_signs_valid_tokens(tmp_path: Path) -> None:
    code = snippet("ts", "function createToken")
    code += f'\nconsole.log(createToken("{MEMBER}", "{SERVER}"));\n'
    assert_is_valid_token(await run_typescript(code, tmp_path, MENTORBOT_API__SECRET=SECRET))


def signed_headers(secret: str, *, body: str = BODY, age: timedelta = timedelta()) -> str:
    """Return the headers of a webhook as JSON."""
    sent_at = datetime.now(UTC) - age
    return json.dumps(webhook_signing.headers("evt_1042", sent_at, body.encode(), [secret]))


CASES = {
    "genuine": {},
    "other body": {"body": BODY.replace("booked", "cancelled")},
    "too old": {"age": timedelta(minutes=6)},
}
"""What is verified: a webhook as it was sent, one with another body, and one from before."""


async def test_the_python_code_verifies_webhooks(tmp_path: Path) -> None:
    secret = secrets.generate()
    code = snippet("python", "def verify")
    code += f"""
import json
from standardwebhooks import WebhookVerificationError

for headers in json.loads(os.environ["HEADERS"]):
    try:
        print(verify({BODY.encode()!r}, json.loads(headers))["type"])
    except WebhookVerificationError:
        print("refused")
"""
    headers = json.dumps([signed_headers(secret, **case) for case in CASES.values()])
    output = await run_python(code, tmp_path, WEBHOOK_SECRET=secret, HEADERS=headers)
    assert output.split() == ["session.booked", "refused", "refused"]


@needs_node
async def test_the_typescript_code_verifies_webhooks(tmp_path: Path) -> None:
    secret = secrets.generate()
    code = snippet("ts", "function verify")
    code += f"""
for (const headers of JSON.parse(process.env.HEADERS ?? "")) {{
  try {{
    const event = verify({json.dumps(BODY)}, JSON.parse(headers)) as {{ type: string }};
    console.log(event.type);
  }} catch {{
    console.log("refused");
  }}
}}
"""
    headers = json.dumps([signed_headers(secret, **case) for case in CASES.values()])
    output = await run_typescript(code, tmp_path, WEBHOOK_SECRET=secret, HEADERS=headers)
    assert output.split() == ["session.booked", "refused", "refused"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize(("case", "verdict"), [("genuine", "valid"), ("other body", "invalid")])
async def test_openssl_verifies_webhooks(case: str, verdict: str, tmp_path: Path) -> None:
    secret = secrets.generate()
    (tmp_path / "body.json").write_text(BODY, "utf-8")
    headers = json.loads(signed_headers(secret, **CASES[case]))
    environment = {
        "WEBHOOK_SECRET": secret,
        "id": headers["webhook-id"],
        "timestamp": headers["webhook-timestamp"],
        # A second signature, as while a secret is rotated.
        "signature": f"v1,AAAA {headers['webhook-signature']}",
    }
    script = snippet("bash", "openssl dgst")
    output = await _output("bash", "-euc", script, folder=tmp_path, **environment)
    assert output == verdict


@needs_node
async def test_the_commands_generate_clients(api: ApiServer, tmp_path: Path) -> None:
    pytest.importorskip("openapi_python_client")
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    folders = (str(Path(sys.executable).parent), os.environ["PATH"])
    environment = {"API": api.address + "/api/mentorship", "PATH": os.pathsep.join(folders)}
    for command in ("npx openapi-typescript", "openapi-python-client"):
        script = snippet("bash", command)
        await _output("bash", "-euc", script, folder=tmp_path, **environment)
    assert "interface paths" in (tmp_path / "schema.ts").read_text("utf-8")
    assert (tmp_path / "mentorbot_client" / "client.py").exists()
