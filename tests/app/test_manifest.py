"""manifest.yml against Slack's own schema, and against what the code uses; and the one of HTTP mode against it."""

import ast
import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot import front
from handlers import shortcut

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests" / "samples" / "slack-manifest.1.0.0.schema.json"

# The scope that each method needs; () needs none. Source: docs.slack.dev, the page of each method.
SCOPES: dict[str, tuple[str, ...]] = {
    "chat_postMessage": ("chat:write",),
    "chat_update": ("chat:write",),
    "auth_test": (),
    "files_getUploadURLExternal": ("files:write",),
    "files_completeUploadExternal": ("files:write",),
    "files_info": ("files:read",),
    "views_open": (),
    "views_push": (),
    "views_publish": (),
    # Both kinds of channels: the Home tab shows the jobs of those that its viewer is in.
    "users_conversations": ("channels:read", "groups:read"),
    # What a channel is, and who looks: before a result of one is shown in another. Which scope, tells its kind.
    "conversations_info": ("channels:read", "groups:read", "im:read"),
    "users_info": ("users:read",),
    "views_update": (),
    "apps_connections_open": (),  # the app-level token's connections:write
}


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load((ROOT / "manifest.yml").read_text())


@pytest.fixture(scope="module")
def over_http() -> Any:
    return yaml.safe_load((ROOT / "deploy" / "manifest.http.yml").read_text())


def methods_used() -> set[str]:
    """Every Web API method that the app calls, by its name in slack_sdk."""
    known = {name for name in vars(AsyncWebClient) if re.fullmatch(r"[a-z]+_[A-Za-z_]+", name)}
    return {
        node.attr
        for folder in ("bot", "handlers", "storage")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in known
    }


@pytest.mark.parametrize("which", ["manifest", "over_http"])
def test_it_is_valid_by_slacks_schema(which: str, request: pytest.FixtureRequest) -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text()))
    said = request.getfixturevalue(which)
    assert [error.message for error in validator.iter_errors(said)] == []


def test_the_schema_notices_mistakes(manifest: Any) -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text()))
    wrong = {**manifest, "settings": {**manifest["settings"], "socket_mod_enabled": True}}
    assert not validator.is_valid(wrong)


def test_its_colour_is_one(manifest: Any) -> None:
    # "regex" in the schema is no JSON Schema keyword, so validators pass over it.
    assert re.fullmatch(r"#[0-9a-f]{6}", manifest["display_information"]["background_color"])


def test_it_has_every_scope_that_the_code_needs_and_no_other(manifest: Any) -> None:
    used = methods_used()
    assert "chat_postMessage" in used
    assert used <= SCOPES.keys(), "give the new method its scope here, and in the manifest"
    heard = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = {"commands", *(scope for name in used for scope in SCOPES[name])}
    needed |= {scope for name in heard for scope in EVENTS[name]}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_it_has_the_command_that_is_registered(manifest: Any) -> None:
    [command] = manifest["features"]["slash_commands"]
    assert command["command"] == handlers.COMMAND
    assert "url" not in command


# The scope that each event needs. Source: docs.slack.dev, the page of each event.
EVENTS: dict[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
}


def test_every_shortcut_has_its_handler_and_the_other_way_round(manifest: Any) -> None:
    named = {(each["type"], each["callback_id"]) for each in manifest["features"]["shortcuts"]}
    assert named == {("message", shortcut.ON_MESSAGE), ("global", shortcut.ANYWHERE)}


def test_it_connects_by_socket_mode_and_asks_for_no_address(manifest: Any) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(manifest)
    assert manifest["settings"]["token_rotation_enabled"] is False


def test_the_one_of_http_mode_differs_by_its_addresses_alone(manifest: Any, over_http: Any) -> None:
    over_http = copy.deepcopy(over_http)
    settings = over_http["settings"]
    [command] = over_http["features"]["slash_commands"]
    addresses = {
        command.pop("url"),
        settings["event_subscriptions"].pop("request_url"),
        settings["interactivity"].pop("request_url"),
    }
    assert addresses == {f"https://reel.example.com{front.PATH}"}
    assert settings.pop("socket_mode_enabled") is False
    assert over_http == {
        **manifest,
        "settings": {
            name: value
            for name, value in manifest["settings"].items()
            if name != "socket_mode_enabled"
        },
    }
