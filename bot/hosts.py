"""Which hosts are of a private network, as far as an address or a name tells by itself. Pure."""

import ipaddress

PRIVATE_DOMAINS = frozenset(
    {"localhost", "localdomain", "local", "internal", "lan", "home", "arpa"}
)
"""Top-level names that are kept for private networks (RFC 6761, RFC 6762, ICANN's `internal`), or are used as such."""


def is_private(host: str) -> bool:
    """Whether a host in small letters is this machine, or in a private network: what the internet cannot reach."""
    host = host.rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        _, dot, top = host.rpartition(".")
        # A name's last label is no number; resolvers read 127.1 and 0x7f.1 as addresses.
        return not dot or top[:1].isdigit() or top in PRIVATE_DOMAINS
    return address.is_multicast or not address.is_global
