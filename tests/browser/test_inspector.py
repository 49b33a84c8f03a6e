"""The inspector in the browser: what it tells of the app, and the faults it switches on."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, expect

from local.demo.processes import address_of
from local.ports import free_ports
from tests.browser.conftest import Open, opened
from tests.browser.house import PATIENCE, ROOT, House, until
from tests.browser.person import Person

GENERAL = "C0GENERAL01"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A workspace with Slack's rate limits, and a small app."""
    with opened(tmp_path_factory.mktemp("watched")) as house:
        data = str(house.folder / "workspace")
        workspace = house.processes.start(
            "workspace", "local.slack", "--port", "0", "--data", data, PYTHONPATH=str(ROOT)
        )
        house.address = address_of(workspace)
        house.open_other_app("tests.browser.every_input")
        yield house


@pytest.fixture
def robin(watched: House, visit: Open) -> Iterator[Person]:
    """Robin, with the inspector open and its log cleared; afterwards nothing is armed."""
    robin = visit(watched, "general", viewport={"width": 1360, "height": 900})
    robin.page.get_by_role("button", name="Inspector").click()
    expect(rows(robin).first).to_be_visible()
    robin.page.get_by_role("button", name="Clear", exact=True).click()
    expect(rows(robin)).to_have_count(0)
    try:
        yield robin
    finally:
        watched.act("clear_faults")
        close_modals(watched)


def close_modals(house: House) -> None:
    for view in house.state()["views"]:
        house.act("close", user="robin", view_id=view["id"])


def rows(robin: Person, kind: str = "") -> Locator:
    """The lines of the log, all or those of one kind."""
    return robin.page.locator(f"#inspector .ins-row{kind and f'.ins-is-{kind}'}:visible")


def armed(robin: Person) -> Locator:
    return robin.page.get_by_role("list", name="Armed")


def arm(robin: Person, method: str, way: str, **fields: str) -> None:
    """Fill in the form for calls that fail, and send it off."""
    pane = robin.page.get_by_role("region", name="Faults")
    pane.get_by_label("Method").select_option(method)
    pane.get_by_label("How it fails").select_option(label=way)
    for label, value in fields.items():
        pane.get_by_label(label.replace("_", "-")).fill(value)
    pane.get_by_role("button", name="Arm", exact=True).click()
    expect(pane.get_by_role("status")).to_have_text("Armed.")


def called(house: House, method: str, **arguments: object) -> httpx.Response:
    """A Web API call with the app's token, whatever comes of it."""
    headers = {"Authorization": "Bearer xoxb-local"}
    with httpx.Client(trust_env=False) as client:
        return client.post(f"{house.address}/api/{method}", json=arguments, headers=headers)


def test_an_envelope_stands_with_its_ack_and_the_calls_in_between(
    watched: House, robin: Person
) -> None:
    robin.write("/reel the price")
    expect(robin.modal).to_be_visible()
    envelope = rows(robin, "envelope")
    expect(envelope).to_have_count(1)
    expect(envelope).to_contain_text("/reel")
    expect(envelope).to_contain_text("the price")
    expect(envelope).to_contain_text(re.compile(r"socket \d"))
    expect(envelope).to_contain_text(re.compile(r"ack \d[\d.]* m?s"))
    expect(rows(robin, "call").filter(has_text="views.open")).to_contain_text("1/100")
    expect(rows(robin, "effect")).to_contain_text("modal opened")


def test_what_goes_to_a_request_url_stands_there_with_its_status(
    empty_house: House, visit: Open
) -> None:
    port, health = free_ports(2)
    url = f"http://127.0.0.1:{port}/slack/events"
    empty_house.open_workspace("--deliver-to", url)
    empty_house.open_clip_service("--fast")
    app = empty_house.open_app(
        "serve",
        SLACK_SIGNING_SECRET="signing-secret-local",
        REEL_HTTP_PORT=str(port),
        REEL_HEALTH_PORT=str(health),
    )
    robin = visit(empty_house, "general", viewport={"width": 1360, "height": 900})
    robin.page.get_by_role("button", name="Inspector").click()
    expect(rows(robin, "socket").filter(has_text="request URL verified")).to_contain_text(url)
    robin.write("/reel help")
    envelope = rows(robin, "envelope").filter(has_text="help")
    expect(envelope).to_contain_text("HTTP 200")
    expect(envelope).to_contain_text(re.compile(r"ack \d[\d.]* m?s"))
    app.process.terminate()
    app.process.wait(PATIENCE)
    robin.write("/reel jobs")
    lost = rows(robin, "envelope").filter(has_text="jobs")
    expect(lost).to_contain_text("no ack")
    lost.locator("summary").first.click()
    expect(lost).to_contain_text(f"to {url} · connection failed")


def test_a_call_opens_into_its_body_its_answer_and_its_budget_and_shows_no_token(
    watched: House, robin: Person
) -> None:
    hostile = "<img src=x onerror=alert(1)> & more"
    watched.call("chat.postMessage", channel=GENERAL, text=hostile)
    row = rows(robin, "call")
    row.locator("summary").first.click()
    body, answer = row.get_by_label("Body"), row.get_by_label("Answer")
    assert json.loads(body.inner_text()) == {"channel": GENERAL, "text": hostile}
    assert json.loads(answer.inner_text())["ok"] is True
    expect(row).to_contain_text(re.compile(r"\d+ of 300 calls in this minute, \d+ left"))
    expect(robin.page.get_by_role("region", name="Rate limits")).to_contain_text("chat.postMessage")
    everything = robin.page.locator("#inspector").inner_text()
    assert "xoxb-" not in everything
    assert "xapp-" not in everything


def test_a_method_answers_429_as_often_as_it_was_armed(watched: House, robin: Person) -> None:
    arm(robin, "auth.test", "429, rate limited", Retry_After="7", Calls="2")
    expect(armed(robin)).to_contain_text("429, retry after 7 s · 2 times")
    assert called(watched, "auth.test").headers["Retry-After"] == "7"
    expect(armed(robin)).to_contain_text("429, retry after 7 s · once")
    assert called(watched, "auth.test").status_code == 429
    expect(armed(robin)).to_contain_text("Nothing.")
    assert called(watched, "auth.test").json()["ok"]
    calls = rows(robin, "call")
    expect(calls).to_have_count(3)
    expect(calls.nth(1)).to_contain_text("429 · retry after 7 s")
    expect(calls.nth(1)).to_contain_text("fault")
    expect(calls.nth(2)).not_to_contain_text("fault")


@pytest.mark.parametrize(
    ("way", "said", "posts"),
    [
        ("connection dropped, no effect", "connection dropped", 0),
        ("connection dropped, took effect", "took effect, then connection dropped", 1),
    ],
)
def test_a_connection_is_dropped_before_or_after_the_effect(
    watched: House, robin: Person, way: str, said: str, posts: int
) -> None:
    name, channel = watched.channel()
    arm(robin, "chat.postMessage", way)
    with pytest.raises(httpx.RemoteProtocolError):
        called(watched, "chat.postMessage", channel=channel, text="x")
    expect(rows(robin, "call")).to_contain_text(said)
    messages = [each for each in watched.state()["messages"] if each["channel"] == channel]
    assert len(messages) == posts, name


def test_a_refusal_a_delay_and_clearing_all(watched: House, robin: Person) -> None:
    arm(robin, "chat.update", "Slack's refusal", Error="message_not_found")
    arm(robin, "views.publish", "a delay only", Delay="1.5")
    expect(armed(robin)).to_contain_text("message_not_found · once")
    expect(armed(robin)).to_contain_text("delayed 1.5 s · once")
    refused = called(watched, "chat.update", channel=GENERAL, ts="1.2", text="x").json()
    assert refused == {"ok": False, "error": "message_not_found"}
    robin.page.get_by_role("button", name="Clear all").click()
    expect(armed(robin)).to_contain_text("Nothing.")
    assert watched.state()["faults"]["calls"] == []


def test_a_lost_ack_is_told_from_one_that_never_came(watched: House, robin: Person) -> None:
    robin.page.get_by_role("button", name="Lose the next acks").click()
    expect(armed(robin)).to_contain_text("the next one is lost")
    watched.act("command", user="robin", channel="general", command="/reel")
    watched.act("command", user="robin", channel="general", command="/nobody")
    expect(rows(robin, "envelope").filter(has_text="/reel")).to_contain_text("ack lost")
    expect(rows(robin, "envelope").filter(has_text="/nobody")).to_contain_text("no ack")
    close_modals(watched)
    expect(robin.modal).to_have_count(0)
    robin.page.get_by_role("button", name="Trouble").click()
    expect(rows(robin)).to_have_count(2)


@pytest.mark.parametrize("reason", ["refresh_requested", "abort"])
def test_a_socket_is_ended_and_the_app_comes_back(
    watched: House, robin: Person, reason: str
) -> None:
    robin.page.get_by_label("Why the socket ends").select_option(reason)
    robin.page.get_by_role("button", name="Disconnect").click()
    sockets = rows(robin, "socket")
    expect(sockets.filter(has_text="close")).to_have_count(1)
    expect(sockets.filter(has_text="open").first).to_be_visible()
    watched.connected()
    expect(robin.page.get_by_role("region", name="Faults")).to_contain_text("1 open")


def test_the_app_is_put_out_of_a_channel_and_all_is_undone(watched: House, robin: Person) -> None:
    name, channel = watched.channel()
    pane = robin.page.get_by_role("region", name="Faults")
    pane.get_by_label("Channel").select_option(label=f"#{name}")
    pane.get_by_role("button", name="Remove the app").click()
    expect(armed(robin)).to_contain_text("the app is out")
    posted = called(watched, "chat.postMessage", channel=channel, text="x").json()
    assert posted["error"] == "not_in_channel"
    pane.get_by_role("button", name="Archive").click()
    expect(armed(robin)).to_contain_text("the app is out, archived")
    pane.get_by_role("button", name="Clear all").click()
    expect(armed(robin)).to_contain_text("Nothing.")
    assert called(watched, "chat.postMessage", channel=channel, text="x").json()["ok"]


def test_filters_pause_and_copy(watched: House, robin: Person, visit: Open) -> None:
    robin.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.call("auth.test")
    watched.call("blocks.validate", blocks=[{"type": "divider"}])
    watched.act("message", user="robin", channel="general", text="hello")
    expect(rows(robin)).to_have_count(3)
    robin.page.get_by_role("button", name="API calls").click()
    expect(rows(robin)).to_have_count(2)
    robin.page.get_by_label("Filter by method or word").fill("BLOCKS")
    expect(rows(robin)).to_have_count(1)
    copy = robin.page.locator(".ins-bar").get_by_role("button", name="Copy JSON")
    copy.click()
    copied = until(lambda: robin.page.evaluate("navigator.clipboard.readText()"), "a copy")
    assert [each["method"] for each in json.loads(copied)] == ["blocks.validate"]
    robin.page.get_by_label("Filter by method or word").fill("")

    pause = robin.page.get_by_role("button", name="Pause")
    pause.click()
    watched.call("auth.test")
    expect(robin.page.get_by_role("button", name="Resume (1 new)")).to_be_visible()
    expect(rows(robin)).to_have_count(2)
    robin.page.get_by_role("button", name="Resume (1 new)").click()
    expect(rows(robin)).to_have_count(3)
    expect(pause).to_be_visible()


def test_it_follows_the_newest_until_somebody_scrolls_up_and_keeps_500(
    watched: House, robin: Person
) -> None:
    with httpx.Client(base_url=watched.address, trust_env=False) as client:
        for _ in range(510):
            client.post("/api/blocks.validate", json={})
        last = rows(robin).last
        expect(robin.page.locator(".ins-row")).to_have_count(500)
        expect(last).to_be_in_viewport()
        log = robin.page.get_by_role("list", name="Log")
        log.evaluate("(list) => list.scrollTo(0, 0)")
        newest = robin.page.get_by_role("button", name="Newest")
        expect(newest).to_be_visible()
        client.post("/api/blocks.validate", json={"last": "one"})
        expect(last).to_have_class(re.compile("ins-row"))
        expect(last).not_to_be_in_viewport()
    newest.click()
    expect(last).to_be_in_viewport()
    expect(newest).to_be_hidden()
    robin.page.reload()
    robin.page.get_by_role("button", name="Inspector").click()
    expect(last).to_be_in_viewport()


def test_it_is_used_by_keyboard(watched: House, robin: Person) -> None:
    watched.call("auth.test")
    watched.call("blocks.validate", blocks=[{"type": "divider"}])
    expect(rows(robin)).to_have_count(2)
    robin.page.get_by_label("Filter by method or word").focus()
    newest = rows(robin).last.locator("summary").first
    robin.tab_to("blocks.validate")
    expect(newest).to_be_focused()
    robin.page.keyboard.press("ArrowUp")
    expect(rows(robin).first.locator("summary").first).to_be_focused()
    robin.page.keyboard.press("Enter")
    expect(rows(robin).first.get_by_label("Answer")).to_be_visible()
    robin.page.keyboard.press("End")
    expect(newest).to_be_focused()
    robin.tab_to("Retry-After")
    robin.page.keyboard.type("9")
    robin.page.keyboard.press("Enter")
    expect(armed(robin)).to_contain_text("chat.update")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_into_a_narrow_window(watched: House, visit: Open, scheme: str) -> None:
    robin = visit(watched, "general", viewport={"width": 400, "height": 800}, color_scheme=scheme)
    robin.page.get_by_title("What the app sends and receives").click()
    expect(rows(robin).first).to_be_visible()
    for _ in range(2):
        wide = robin.page.evaluate(
            "() => [...document.querySelectorAll('#inspector, #inspector *')]"
            ".filter((e) => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map((e) => e.className)"
        )
        assert wide == []
        robin.page.get_by_role("button", name="Faults & limits").click()
    expect(rows(robin).first).to_be_visible()
