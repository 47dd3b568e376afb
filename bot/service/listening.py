"""Listen on a port of this machine."""

from __future__ import annotations

import logging

from aiohttp import web

from bot.errors import BAD_CONFIG, PlainError

# aiohttp would log what is no HTTP with a traceback, and who sent it.
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL + 1)


async def listen(runner: web.BaseRunner, section: str, host: str, port: int) -> str:
    """Begin to listen, and return the address of what is served. Raises PlainError where that can't be."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        what = f"Port {port} of {section}.host can't be listened on ({error.strerror}); set another {section}.port."
        raise PlainError(what, BAD_CONFIG) from None
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
