"""Arguments of Web API calls: the same names in JSON, in a query string and in a form."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from local.slack import strict_json


def _decoded(value: Any) -> Any:
    """Forms and queries carry structures as JSON text."""
    if isinstance(value, str) and value:
        try:
            return strict_json.loads(value)
        except ValueError:
            return value
    return value or None


from_json = BeforeValidator(_decoded)
JsonList = Annotated[list[Any], from_json]
JsonObject = Annotated[dict[str, Any], from_json]
JsonValue = Annotated[Any, from_json]


class Arguments(BaseModel):
    """Base of every method's arguments. Unknown ones are ignored, as Slack does."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class NoArguments(Arguments):
    """For methods that need none."""
