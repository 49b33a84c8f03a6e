"""Ports of loopback that stay a server's own while it is down."""

import random
import socket
from contextlib import suppress

FIRST, LAST = 20_000, 32_000
"""Below those that systems give to connections and to whoever asks for any port: from 32,768 on Linux, from 49,152
where IANA's range is kept. One of those may be taken when a server that was killed comes back to it."""


def free_port() -> int:
    """One on which nobody listens now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many different ports, on which nobody listens now."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randint(FIRST, LAST)  # noqa: S311 - so that two who choose at once differ
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return list(found)
