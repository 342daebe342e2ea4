"""The reference server: uvicorn with an ASGI callable that only reads and decodes the body."""

import socket
from typing import Any

import msgspec
import uvicorn

_decode = msgspec.json.Decoder().decode


async def ceiling(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Respond 202 to every request with a JSON body."""
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    _decode(body)
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def main() -> None:
    """Serve on a free local port and print the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"ceiling at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    settings = uvicorn.Config(
        ceiling, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="warning"
    )
    uvicorn.Server(settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
