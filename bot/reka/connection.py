"""How we connect: for how long, past which proxies, and what httpx's errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.reka.errors import Broken, NotLanded

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0


def on_this_machine(url: str) -> bool:
    """A proxy for the outside world must not swallow what is on localhost."""
    return httpx.URL(url).host in {"localhost", "127.0.0.1", "::1"}


@contextmanager
def translated() -> Iterator[None]:
    """httpx's errors become ours. Only what happens before the request is written is surely not landed.

    `ProxyError` is a proxy that did not open the tunnel to Reka.
    """
    try:
        yield
    except (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
    ) as error:
        raise NotLanded(type(error).__name__) from error
    # UnicodeError: a host's name that idna refuses only when it is asked for.
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, UnicodeError) as error:
        raise Broken(type(error).__name__) from error
