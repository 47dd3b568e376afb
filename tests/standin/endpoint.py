"""The stand-in as Discord calls a bot's endpoint over HTTP: it signs what it sends, and takes what comes back."""

from __future__ import annotations

import asyncio
import email
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from nacl.signing import SigningKey

from .payloads import KEY, Json
from .rest import Asked, Request, Rest


def signed(body: bytes, timestamp: str | None = None, key: SigningKey = KEY) -> dict[str, str]:
    """Return the headers of a body, signed as Discord does."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    signature = key.sign(timestamp.encode() + body).signature.hex()
    return {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp, "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Said:
    """What an endpoint answered."""

    status: int
    type: str
    body: bytes


class Caller(Rest):
    """Sends interactions to a bot's endpoint."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.endpoint = ""
        """the address that interactions are sent to; empty where they go over the gateway"""
        self.balanced: list[str] | None = None
        """the addresses of several processes, each in its turn, as behind a load balancer; none where there is but one"""
        self.posted: dict[int, bytes] = {}
        """the bodies that were sent, by their interaction's number"""
        self.responses: dict[int, Said] = {}
        """what was answered to each interaction, by its number"""
        self.late_to_read = False
        """whether it takes a moment until what came in a response is known, as where a proxy holds it up"""
        self._http: aiohttp.ClientSession | None = None
        self._posting: set[asyncio.Task[None]] = set()

    def listens(self, address: str) -> None:
        """Take note of a bot's endpoint."""
        self.endpoint = address
        if self.balanced is not None:
            self.balanced.append(address)
        self.ready_at = time.perf_counter()
        self._came()

    def forget(self) -> None:
        super().forget()
        if not self.balanced:
            self.endpoint = ""

    async def call(
        self, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST", path: str = ""
    ) -> Said:
        """Send something to the endpoint, signed unless there are headers."""
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        headers = signed(body) if headers is None else headers
        while True:
            if self.balanced:
                self.balanced.append(self.balanced.pop(0))
                self.endpoint = self.balanced[-1]
            to = self.endpoint
            try:
                async with self._http.request(method, to + path, data=body, headers=headers) as response:
                    return Said(response.status, response.headers.get("Content-Type", ""), await response.read())
            except aiohttp.ClientError as error:
                # A load balancer leaves out one that is gone, and sends to another what never reached the first.
                if self.balanced is None or self.balanced == [to]:
                    raise
                self.balanced = [address for address in self.balanced if address != to]
                if not isinstance(error, aiohttp.ClientConnectorError):
                    raise

    async def hang_up(self) -> None:
        """End all that is being sent."""
        for task in self._posting:
            task.cancel()
        await asyncio.gather(*self._posting, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def post(self, asked: Asked, payload: Json) -> bool:
        """Send an interaction; its answer is taken when it comes."""
        asked.sent = True
        self.posted[asked.id] = json.dumps(payload).encode()
        task = asyncio.create_task(self._post(asked, self.posted[asked.id]))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        return True

    async def _post(self, asked: Asked, body: bytes) -> None:
        try:
            said = await self.call(body)
        except aiohttp.ClientError:
            asked.sent = False
            self._came()
            return
        self.responses[asked.id] = said
        if said.status == web.HTTPOk.status_code:
            content = _json_of(said)
            if self.late_to_read:
                await self.until(lambda: any(r.path.startswith("/webhooks") for r in self.requests))
            # It is kept as if it had come by REST, so that the same is looked at.
            came = Request("POST", f"/interactions/{asked.id}/{asked.token}/callback", content)
            self.requests.append(came)
            response = self._callback(asked, asked.token, content, with_response=False)
            self.sent.append((came, response.status, None))
        self._came()


def _json_of(said: Said) -> Json:
    """Return the body of a response, which is one part of several where there are files."""
    if said.type == "application/json":
        return dict(json.loads(said.body))
    assert said.type.startswith("multipart/form-data")
    parts = email.message_from_bytes(f"Content-Type: {said.type}\r\n\r\n".encode() + said.body).walk()
    (text,) = [
        part.get_payload(decode=True)
        for part in parts
        if part.get_param("name", header="Content-Disposition") == "payload_json"
    ]
    assert isinstance(text, bytes)
    return dict(json.loads(text))
