"""The URL of a PostgreSQL database, which may carry a password and never shows it."""

import re

from pydantic import SecretStr

SCHEMES = ("postgresql", "postgres")
_PASSWORD = re.compile(r"([?&])[^=&]*pass[^=&]*=[^&]*", re.IGNORECASE)


class PostgresUrl(SecretStr):
    """As libpq takes it: postgresql://user:password@host:port/database?sslmode=verify-full. Shown without the password.

    Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """

    def _display(self) -> str:
        scheme, _, rest = self.get_secret_value().partition("://")
        # From the last @: a password that was not escaped may hold one too.
        signed, _, place = rest.rpartition("@")
        user = signed.partition(":")[0]
        shown = _PASSWORD.sub(r"\1…", place)
        return f"{scheme}://{user}@{shown}" if signed else f"{scheme}://{shown}"


def is_postgres(address: str) -> bool:
    """Whether this is such a URL, right or wrong."""
    return address.partition("://")[0].lower() in SCHEMES and "://" in address
