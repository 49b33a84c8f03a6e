"""JSON by the standard: Python's own reader also takes NaN and endless numbers, a browser's does not.

What an app sends is kept, and shown by `/state` and `/changes`: one such number would end the page.
"""

import json
import math
from typing import Any


def loads(text: str | bytes) -> Any:
    """What a text says. Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is out of range")
    return number
