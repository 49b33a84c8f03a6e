"""The URL of a PostgreSQL database, which may carry a password and never shows it."""

import re

from pydantic import SecretStr

SCHEMES = ("postgresql", "postgres")
_PLAIN = re.compile(r"(?:([^:@/?]*)(?::[^@/]*)?@)?([^@]*)")
"""User, never shown password, and the rest."""
_PASSWORD = re.compile(r"([?&])[^=&]*pass[^=&]*=[^&]*", re.IGNORECASE)


class PostgresUrl(SecretStr):
    """As libpq takes it: postgresql://user:password@host:port/database?sslmode=verify-full. Shown without the password.

    Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """

    def _display(self) -> str:
        scheme, _, rest = self.get_secret_value().partition("://")
        plain = _PLAIN.fullmatch(rest)
        if (
            plain is None
        ):  # with an @ that is not written as %40 nobody knows where the password ends
            return f"{scheme}://…"
        user, place = plain.groups()
        shown = _PASSWORD.sub(r"\1…", place)
        return f"{scheme}://{shown}" if user is None else f"{scheme}://{user}@{shown}"


def is_postgres(address: str) -> bool:
    """Whether this is such a URL, right or wrong."""
    return address.partition("://")[0].lower() in SCHEMES and "://" in address
