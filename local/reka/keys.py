"""Whose request it is. A key is only ever compared and fingerprinted, never stored or logged."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence


def sent_key(headers: Mapping[str, str]) -> str:
    """The key of `X-Api-Key`, else of `Authorization: Bearer`; "" without either."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    bearer = token if scheme.lower() == "bearer" else ""
    return (headers.get("X-Api-Key") or bearer).strip()


def owner(headers: Mapping[str, str], known: Sequence[str]) -> str | None:
    """The fingerprint of the sent key, or None when it is missing or unknown.

    Without `known` keys every key is good.
    """
    key = sent_key(headers).encode()
    if not key:
        return None
    if known and not any(hmac.compare_digest(key, one.encode()) for one in known):
        return None
    return hashlib.sha256(key).hexdigest()[:32]
