"""Which network addresses a stranger's link may lead to: public ones only.

The check sits where the socket is made, so it sees the address that is really connected to;
neither a name that resolves differently the second time nor a redirect gets around it.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# RFC 6052: networks without IPv4 reach all of it through this prefix.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Not global by their purpose, whatever the Python release knows of them.
_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # RFC 6598, carrier-grade NAT
        "192.0.0.0/24",  # RFC 6890, protocol assignments
        "192.88.99.0/24",  # RFC 7526, the former 6to4 relays
        "198.18.0.0/15",  # RFC 2544, benchmarks
        "64:ff9b:1::/48",  # RFC 8215, local NAT64
        "2001::/23",  # RFC 2928, with Teredo
        "2002::/16",  # RFC 7526, 6to4
        "fec0::/10",  # RFC 3879, site-local
    )
)


def is_public(address: str) -> bool:
    """True for an IPv4 or IPv6 address that the whole internet can reach, and nothing else."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(ip.packed[-4:])))
        if ip.ipv4_mapped is not None or ip.scope_id is not None:
            return False
    special = ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_unspecified
    return ip.is_global and not special and not any(ip in network for network in _CLOSED)


@dataclass(slots=True)
class GuardedSockets:
    """aiohttp's `socket_factory` that refuses every address that is not allowed."""

    is_allowed: Callable[[str], bool] = is_public
    refused: list[str] = field(default_factory=list)

    def __call__(self, target: tuple[Any, ...]) -> socket.socket:
        """A socket for `target`; raises OSError for a refused address, and remembers it."""
        family, kind, protocol, _, address = target
        host = str(address[0])
        if not self.is_allowed(host):
            self.refused.append(host)
            raise OSError(f"{host} is not an allowed address")
        return socket.socket(family=family, type=kind, proto=protocol)


def guard_resolver() -> None:
    """Make this whole process unable to resolve names to addresses that are not public.

    For a child process that runs somebody else's downloader: its connections all start with
    `socket.getaddrinfo`, so that they cannot reach what is refused here either.
    """
    resolve = socket.getaddrinfo

    def public_only(*args: Any, **options: Any) -> Any:
        found = resolve(*args, **options)
        public = [entry for entry in found if is_public(str(entry[4][0]))]
        if not public:
            raise socket.gaierror(socket.EAI_NONAME, "not a public address")
        return public

    socket.getaddrinfo = public_only
    # libcurl has a resolver of its own; without this module yt-dlp goes on with Python's.
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]
