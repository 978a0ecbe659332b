"""A receiver of webhooks, with faults of its own, for `test_webhooks.py`.

python tests/crash/programs/webhook_receiver.py SECRET

It prints its port, then a line of JSON for each request. Each request is verified by the library.
Every third id that it hasn't seen is first answered with a 500, with a closed connection, or too
late.
"""

from __future__ import annotations

import asyncio
import json
import sys

from standardwebhooks import Webhook

LATE_S = 1.0


class Receiver:
    def __init__(self, secret: str) -> None:
        self._library = Webhook(secret)
        self._seen: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in lines[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                if not await self._answer(headers, body, writer):
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer a request. Returns whether the connection stays open."""
        payload = self._library.verify(body, headers)
        message_id = headers["webhook-id"]
        is_new = message_id not in self._seen
        self._seen.add(message_id)
        fault = len(self._seen) % 9 if is_new else 1
        is_accepted = fault not in (0, 3, 6)
        line = {"id": message_id, "accepted": is_accepted, "payload": payload}
        print(json.dumps(line), flush=True)
        if fault == 3:
            return False
        if fault == 6:
            await asyncio.sleep(LATE_S)
        status = "204 No Content" if is_accepted else "500 Internal Server Error"
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        return True


async def main(secret: str) -> None:
    server = await asyncio.start_server(Receiver(secret).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
