"""Settings: every problem at once, and no secret in any text."""

import os
from pathlib import Path

import pytest

from bot.config import (
    REKA_URL,
    SLACK_URL,
    HttpSettings,
    Settings,
    SettingsError,
    SocketModeSettings,
    ignored_oauth_variables,
    load,
)
from bot.postgres_url import PostgresUrl

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-hidden-1",
    "SLACK_APP_TOKEN": "xapp-hidden-2",
    "REKA_API_KEY": "hidden-3",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("SLACK_", "REKA_", "REEL_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal() -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(SocketModeSettings)
    assert "hidden" not in str(raised.value)
    return str(raised.value).splitlines()


def test_three_settings_are_enough(put: pytest.MonkeyPatch) -> None:
    settings = load(SocketModeSettings)
    assert settings.reka_api_key.get_secret_value() == "hidden-3"
    assert (settings.reka_base_url, settings.slack_api_url) == (REKA_URL, SLACK_URL)
    assert settings.reka_dialect == "reels"
    assert settings.reel_database == Path("reel.db")
    assert settings.insecure_host is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://robin:hidden@db:5433/reel?sslmode=require",
            "robin@db:5433/reel?sslmode=require",
        ),
        ("postgresql://robin:hidden?hidden#hidden@db/reel", "robin@db/reel"),
        ("postgresql://robin:hid@den/?hidden@db/reel", "…"),
        ("postgresql://robin:hid/den@db/reel", "…"),
        ("postgresql://db/reel?user=robin&password=hid@den", "…"),
        (
            "postgres://db/reel?user=robin&password=hidden&sslpassword=hidden",
            "db/reel?user=robin&…&…",
        ),
        ("postgresql:///reel?passfile=/hidden&host=/run", "/reel?…&host=/run"),
        ("postgresql://db/reel", "db/reel"),
    ],
)
def test_the_url_of_postgresql_is_shown_without_its_password(
    put: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    put.setenv("REEL_DATABASE", f" {url}\n")
    settings = load(SocketModeSettings)
    database = settings.reel_database
    assert isinstance(database, PostgresUrl)
    assert database.get_secret_value() == url
    assert str(database) == f"{url.partition('://')[0]}://{shown}"
    for text in (repr(database), f"{database}", repr(settings), str(settings)):
        assert shown in text
        assert "hid" not in text.replace("robin", "")


def test_missing_settings_are_all_named_at_once_with_where_to_find_them() -> None:
    assert [line.split(" is missing (")[0] for line in refusal()] == list(GOOD)
    assert all(line.endswith(").") for line in refusal())


def test_http_mode_needs_the_signing_secret_and_no_app_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-")  # as in the example file
    with pytest.raises(SettingsError) as raised:
        load(HttpSettings)
    assert [line.split(" is missing (")[0] for line in str(raised.value).splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "REKA_API_KEY",
    ]


def test_the_signing_secret_prints_nowhere(put: pytest.MonkeyPatch) -> None:
    put.setenv("SLACK_SIGNING_SECRET", "hidden-4")
    put.delenv("SLACK_APP_TOKEN")
    settings = load(HttpSettings)
    assert settings.slack_signing_secret.get_secret_value() == "hidden-4"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_named(port: str, put: pytest.MonkeyPatch) -> None:
    put.setenv("REEL_HTTP_PORT", port)
    [line] = refusal()
    assert line.startswith("REEL_HTTP_PORT: ")


def test_an_empty_setting_is_a_missing_one(put: pytest.MonkeyPatch) -> None:
    put.setenv("REKA_API_KEY", "")
    put.setenv("REKA_DIALECT", "")
    assert refusal() == ["REKA_API_KEY is missing (from platform.reka.ai)."]


def test_the_example_file_as_it_comes_is_not_enough(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    (tmp_path / ".env").write_text(example.read_text())
    assert [line.split()[0].rstrip(":") for line in refusal()] == list(GOOD)


def test_every_setting_is_in_the_example_file() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    for name in Settings.model_fields:
        assert f"{name.upper()}=" in example


def test_the_env_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{name}={value}" for name, value in GOOD.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "REKA_DIALECT=clips", "OTHER=1"]))
    assert load(SocketModeSettings).reka_dialect == "clips"
    monkeypatch.setenv("REKA_DIALECT", "reels")
    assert load(SocketModeSettings).reka_dialect == "reels"


def test_an_env_file_in_another_encoding_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("REEL_DATABASE=Größe.db".encode("latin-1"))
    assert refusal() == ["The file .env is not in UTF-8; save it again as UTF-8."]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_BOT_TOKEN", "xapp-hidden", "starts with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-", "starts with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-hidden", "starts with xapp-"),
        ("REKA_API_KEY", "   ", "is empty"),
        ("REKA_API_KEY", "hidden key", "copy it again"),
        ("REKA_API_KEY", "hidden\nkey", "copy it again"),
        ("REKA_API_KEY", "hidden-ключ", "copy it again"),
        ("REKA_BASE_URL", "vision-agent.api.reka.ai", "valid URL"),
        ("REKA_BASE_URL", "ftp://reka.test", "'http' or 'https'"),
        ("SLACK_API_URL", "slack", "valid URL"),
        ("REKA_DIALECT", "v2", "'reels' or 'clips'"),
        ("REEL_DATABASE", "mysql://robin:hidden@db/reel", "URL of PostgreSQL"),
        ("REEL_EDITS_PER_MINUTE", "0", "greater than or equal to 1"),
        ("REEL_EDITS_PER_MINUTE", "many", "valid integer"),
        ("REEL_LOG_LEVEL", "loud", "'debug', 'info'"),
        ("REEL_LOG_FORMAT", "xml", "'text' or 'json'"),
        ("REEL_SPENDERS", " , ", "names nobody"),
    ],
)
def test_a_wrong_setting_is_named(
    put: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    put.setenv(name, value)
    [line] = refusal()
    assert line.startswith(f"{name}: ")
    assert sentence in line


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("REEL_OPERATOR", "robin", ["robin"]),
        ("REEL_OPERATOR", "@U0ROBIN0001", ["@U0ROBIN0001"]),
        ("REEL_OPERATOR", "C0GENERAL01", ["C0GENERAL01"]),
        ("REEL_SPENDERS", "robin@works.test, U0SAM000002,u0robin0001", ["robin@works.test", "u0robin0001"]),
        ("REEL_SPENDERS", "<@U0ROBIN0001>", ["<@U0ROBIN0001>"]),
    ],
)  # fmt: skip
def test_what_is_no_member_id_is_said_with_an_example_and_where_to_find_one(
    put: pytest.MonkeyPatch, name: str, value: str, wrong: list[str]
) -> None:
    put.setenv(name, value)
    assert sorted(refusal()) == sorted(
        f"{name}: “{each}” is no member id such as U012AB3CD4E; "
        "copy it from the person's profile in Slack: ⋮, Copy member ID."
        for each in wrong
    )


def test_member_ids_are_taken_with_commas_and_white_space(put: pytest.MonkeyPatch) -> None:
    put.setenv("REEL_SPENDERS", " U0ROBIN0001,\tW0SAM000002  U012AB3CD4E, ")
    put.setenv("REEL_OPERATOR", " U0ROBIN0001 ")
    settings = load(Settings)
    assert settings.reel_spenders == frozenset({"U0ROBIN0001", "W0SAM000002", "U012AB3CD4E"})
    assert settings.reel_operator == frozenset({"U0ROBIN0001"})


def test_all_wrong_settings_are_named_at_once(put: pytest.MonkeyPatch) -> None:
    put.setenv("REKA_BASE_URL", "reka")
    put.setenv("REKA_DIALECT", "v2")
    put.delenv("REKA_API_KEY")
    assert {line.split()[0].rstrip(":") for line in refusal()} == {
        "REKA_BASE_URL",
        "REKA_DIALECT",
        "REKA_API_KEY",
    }


def test_white_space_around_what_was_copied_is_dropped(put: pytest.MonkeyPatch) -> None:
    put.setenv("REKA_API_KEY", " hidden-3\r\n")
    put.setenv("REKA_BASE_URL", " http://127.0.0.1:8000 ")
    settings = load(SocketModeSettings)
    assert settings.reka_api_key.get_secret_value() == "hidden-3"
    assert settings.reka_base_url == "http://127.0.0.1:8000"


def test_secrets_never_print(put: pytest.MonkeyPatch) -> None:
    settings = load(SocketModeSettings)
    for text in (repr(settings), str(settings), repr(settings.model_dump())):
        assert "hidden" not in text


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://127.0.0.1:8000", "127.0.0.1"), ("http://[::1]:8", "::1"), ("https://x.test", None)],
)
def test_plain_http_links_are_allowed_for_a_plain_http_service(
    put: pytest.MonkeyPatch, url: str, host: str | None
) -> None:
    put.setenv("REKA_BASE_URL", url)
    assert load(SocketModeSettings).insecure_host == host


def test_what_would_switch_bolt_to_oauth_is_taken_out_and_named(put: pytest.MonkeyPatch) -> None:
    put.setenv("SLACK_CLIENT_ID", "1.2")
    put.setenv("SLACK_CLIENT_SECRET", "hidden")
    assert ignored_oauth_variables() == ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"]
    assert not {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"} & set(os.environ)
    assert ignored_oauth_variables() == []
