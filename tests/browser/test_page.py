"""The page itself: what it shows and to whom, by keyboard, in the dark, in a narrow window, without a workspace."""

import re
import signal
from typing import Any

import pytest
from playwright.sync_api import expect

from local.ports import free_port
from tests.browser.conftest import Open
from tests.browser.house import House, until

HOSTILE = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script> <!channel> <@U0SAM000002> <javascript:alert(1)|x> *b*"  # fmt: skip
SIZES = {"wide": (1280, 800), "middle": (800, 700), "narrow": (390, 780), "tiny": (320, 640)}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}  # fmt: skip


def test_a_hostile_title_stays_text_everywhere(house: House, visit: Open) -> None:
    room, channel = house.channel()
    plain = {"type": "plain_text", "text": HOSTILE[:140]}
    house.call(
        "chat.postMessage",
        channel=channel,
        text="hostile",
        blocks=[
            {"type": "header", "text": plain},
            {"type": "section", "text": plain},
            rich({"type": "text", "text": HOSTILE}, {"type": "link", "url": "javascript:window.pwned=1", "text": "no link"}),
            {"type": "plan", "title": HOSTILE, "tasks": [{"task_id": "1", "title": HOSTILE, "status": "error"}]},
            {"type": "markdown", "text": f"{HOSTILE} [x](javascript:alert(1))"},
        ],
    )  # fmt: skip
    house.act("message", user="sam", channel=room, text=HOSTILE)
    robin = visit(house, room)
    robin.write(f'/reel {house.talk} "{HOSTILE}"')
    expect(robin.messages).to_have_count(4)
    expect(robin.messages.first.locator(".plan-title")).to_have_text(HOSTILE)
    expect(robin.messages.last.locator("em")).to_contain_text("<script>")
    expect(robin.page.locator("#content :is(img, script, .mention-me:not(:text('Robin')))")).to_have_count(0)  # fmt: skip
    hrefs = robin.page.locator("#content a").evaluate_all("all => all.map(a => a.protocol)")
    assert set(hrefs) <= {"http:", "https:"}
    assert robin.page.evaluate("() => window.pwned") is None


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <s>gone</s>"),
        ("2*3*4 snake_case_name a~b~c", "2*3*4 snake_case_name a~b~c"),
        ("* no * _ no _", "* no * _ no _"),
        ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
        ("&lt;b&gt; &amp;amp; &quot;", "&lt;b&gt; &amp;amp; &amp;quot;"),
        ("`*raw* &lt;i&gt;`", "<code>*raw* &lt;i&gt;</code>"),
        ("a\n&gt; quoted\n&gt; too\nb", "a<blockquote>quoted\ntoo</blockquote>b"),
        ("```one\n two```", "<pre>one\n two</pre>"),
        ("<!date^0^nothing|then>", '<time title="then">then</time>'),
        ("<!subteam^S1|@team>", '<span class="mention">@team</span>'),
        ("<@U0SAM000002>", '<span class="mention">@Sam Okafor</span>'),
        ("<@U404|who>", '<span class="mention">@who</span>'),
        ("<!here>", '<span class="mention mention-me">@here</span>'),
        ("<ftp://x|y>", "&lt;ftp://x|y&gt;"),
        ("@here #random", "@here #random"),
    ],
)
def test_mrkdwn_is_read_by_slacks_rules(house: House, visit: Open, source: str, html: str) -> None:
    robin = visit(house, "general")
    drawn = robin.page.evaluate(
        """async (source) => {
            const { mrkdwn } = await import("/page/mrkdwn.js");
            const { Workspace } = await import("/page/workspace.js");
            const workspace = new Workspace();
            workspace.load(await (await fetch("/state")).json());
            const box = document.createElement("div");
            box.append(...mrkdwn(source, { workspace, me: "U0ROBIN0001" }));
            return box.innerHTML;
        }""",
        source,
    )
    assert drawn == html


def test_a_date_token_is_shown_in_the_readers_zone(house: House, visit: Open) -> None:
    room, channel = house.channel()
    house.call("chat.postMessage", channel=channel, text="<!date^1393632000^{date} at {time}|x>")
    tokyo = visit(house, room, timezone_id="Asia/Tokyo", locale="en-GB")
    expect(tokyo.messages.first).to_contain_text("March 1st, 2014 at 09:00")
    honolulu = visit(house, room, timezone_id="Pacific/Honolulu", locale="en-GB")
    expect(honolulu.messages.first).to_contain_text("February 28th, 2014 at 14:00")


def test_a_job_is_started_and_cancelled_with_the_keyboard_alone(
    slow_house: House, visit: Open
) -> None:
    room, _ = slow_house.channel()
    robin = visit(slow_house, room)
    keyboard = robin.page.keyboard
    keyboard.press("Tab")
    assert robin.focused() == "Skip to the messages"
    keyboard.press("Enter")
    expect(robin.page.locator("#content")).to_be_focused()
    robin.tab_to(f"Message #{room}")
    keyboard.type("/re")
    keyboard.press("Enter")
    keyboard.type(f"{slow_house.talk} by keyboard")
    keyboard.press("Enter")
    expect(robin.page.locator("#content .door")).to_be_visible()
    robin.tab_to("1 reply", "Shift+Tab")
    keyboard.press("Enter")
    expect(robin.card("Making 3 clips")).to_be_visible()
    until(lambda: "Reply" in robin.focused(), "the focus in the thread's composer")
    robin.tab_to("Cancel", "Shift+Tab")
    keyboard.press("Enter")
    until(lambda: robin.focused() == "Stop following", "the focus in the question")
    keyboard.press("Enter")
    expect(robin.card("Cancelled")).to_be_visible()
    robin.tab_to("Close the thread", "Shift+Tab")
    keyboard.press("Escape")
    expect(robin.thread).to_be_hidden()
    robin.tab_to("You are Robin Reyes", "Shift+Tab")
    keyboard.press("Enter")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(robin.page.locator(".self")).to_contain_text("Sam Okafor")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_overlaps_or_sticks_out(
    slow_house: House, visit: Open, size: str, scheme: str
) -> None:
    room, channel = slow_house.channel()
    slow_house.act("message", user="sam", channel=room, text=f"https://example.com/{'long' * 60}")
    parent = slow_house.call("chat.postMessage", channel=channel, text="W" * 300)["ts"]
    buttons = [
        {"type": "button", "action_id": f"b{n}", "text": {"type": "plain_text", "text": f"A button, number {n}"}}
        for n in range(6)
    ]  # fmt: skip
    tasks = [{"task_id": "1", "title": "a task with a name " * 6, "status": "in_progress"}]
    blocks = [{"type": "plan", "title": "A title " * 12, "tasks": tasks}, {"type": "actions", "elements": buttons}]  # fmt: skip
    slow_house.call("chat.postMessage", channel=channel, thread_ts=parent, text="t", blocks=blocks)
    width, height = SIZES[size]
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}  # fmt: skip
    for where in (room, f"{room}/{parent}"):
        robin = visit(slow_house, where, **options)
        expect(robin.page.locator(".message:visible").first).to_be_visible()
        expect(robin.page.locator(".plan")).to_have_count(1 if "/" in where else 0)
        assert _sticking_out(robin.page) == []
        assert _overlapping(robin.page) == []
        assert _to_the_right_of_send(robin.page) < 12
    background = robin.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def _to_the_right_of_send(page: Any) -> float:
    """Pixels between the send button and the edge of its field."""
    found: float = page.locator(".send:visible").last.evaluate(
        "send => send.closest('.composer').getBoundingClientRect().right - send.getBoundingClientRect().right"
    )
    return found


def _sticking_out(page: Any) -> list[str]:
    """Panes that scroll sideways."""
    found: list[str] = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll("#content, #thread, .messages, .message-main")]
            .filter((each) => each.checkVisibility() && each.scrollWidth > each.clientWidth)
            .map((each) => `${each.tagName}.${each.className} ${each.scrollWidth} > ${each.clientWidth}`)"""
    )
    return found


def _overlapping(page: Any) -> list[str]:
    """Pairs of controls of which one covers a part of the other."""
    found: list[str] = page.evaluate(
        """() => {
            const shown = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !each.matches(".toolbar *, .skip");
            const boxes = [...document.querySelectorAll("a, button, input, select, textarea, summary")].filter(shown)
                .flatMap((each) => [...each.getClientRects()].map((box) => [each, box]))
                .filter(([each, box]) => { const at = each.closest(".messages")?.getBoundingClientRect(); return !at || (box.top >= at.top && box.bottom <= at.bottom); });
            const pairs = boxes.flatMap((one, index) => boxes.slice(index + 1).map((other) => [one, other]));
            return pairs.filter(([[a, one], [b, other]]) => !a.contains(b) && !b.contains(a) && a !== b
                && one.left + 1 < other.right && other.left + 1 < one.right && one.top + 1 < other.bottom && other.top + 1 < one.bottom)
                .map(([[a], [b]]) => `${a.outerHTML.slice(0, 90)} over ${b.outerHTML.slice(0, 90)}`);
        }"""
    )
    return found


def test_in_a_narrow_window_the_channels_are_a_drawer(house: House, visit: Open) -> None:
    robin = visit(house, "general", viewport={"width": 390, "height": 780})
    drawer = robin.page.locator("#sidebar")
    expect(drawer).to_be_hidden()
    robin.page.get_by_role("button", name="Show the list of channels").click()
    expect(drawer.locator(".spot", has_text="general")).to_be_focused()
    drawer.get_by_role("link", name="random").click()
    expect(drawer).to_be_hidden()
    expect(robin.page.get_by_role("heading", name="random").first).to_be_visible()


def test_an_ephemeral_message_is_for_one_person(house: House, visit: Open) -> None:
    room, channel = house.channel()
    house.call("chat.postEphemeral", channel=channel, user="U0SAM000002", text="for sam")
    house.call("chat.postMessage", channel=channel, text="for all")
    robin = visit(house, room)
    expect(robin.messages).to_have_text([re.compile("for all")])
    robin.page.locator(".self").click()
    robin.page.get_by_role("menuitemradio", name="Sam Okafor").click()
    expect(robin.messages).to_have_text([re.compile("Only visible to you.*for sam", re.DOTALL), re.compile("for all")])  # fmt: skip
    robin.page.get_by_role("button", name="Dismiss message").click()
    expect(robin.messages).to_have_count(1)


def test_a_reload_keeps_the_place_and_what_is_unread_has_a_dot(house: House, visit: Open) -> None:
    room, channel = house.channel()
    parent = house.call("chat.postMessage", channel=channel, text="the parent")["ts"]
    house.call("chat.postMessage", channel=channel, text="the answer", thread_ts=parent)
    robin = visit(house, room)
    robin.open_thread()
    robin.page.reload()
    expect(robin.thread.locator(".message")).to_have_count(2)
    robin.page.get_by_role("link", name="random").click()
    house.act("message", user="sam", channel=room, text="something new")
    spot = robin.page.locator("#sidebar .spot", has_text=room)
    expect(spot.get_by_role("img", name="unread")).to_be_visible()
    spot.click()
    expect(spot.get_by_role("img", name="unread")).to_have_count(0)


def test_what_cannot_be_drawn_is_shown_as_such(house: House, visit: Open) -> None:
    room, channel = house.channel()
    rows = [[{"type": "raw_text", "text": "cell"}]]
    blocks = [{"type": "table", "rows": rows}]
    house.call("chat.postMessage", channel=channel, text="a table", blocks=blocks)
    robin = visit(house, room)
    robin.messages.get_by_text("Cannot show a block of type table").click()
    expect(robin.messages.locator("pre")).to_contain_text('"cell"')


def test_only_a_message_edited_without_blocks_says_so(house: House, visit: Open) -> None:
    room, channel = house.channel()
    first = house.call("chat.postMessage", channel=channel, text="one")["ts"]
    second = house.call("chat.postMessage", channel=channel, text="two")["ts"]
    house.call("chat.update", channel=channel, ts=first, text="one anew")
    house.call("chat.update", channel=channel, ts=second, text="x", blocks=[rich({"type": "text", "text": "two anew"})])  # fmt: skip
    robin = visit(house, room)
    expect(robin.messages.locator(".message-body")).to_have_text(["one anew (edited)", "two anew"])


def test_the_home_tab_shows_what_was_published_and_marks_a_click_without_an_answer(
    empty_house: House, visit: Open
) -> None:
    empty_house.open_workspace()
    robin = visit(empty_house, "app/home")
    expect(robin.page.get_by_text("Nothing here yet, Robin")).to_be_visible()
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*Nine* slots"}, "accessory": button}  # fmt: skip
    view = {"type": "home", "blocks": [section]}
    empty_house.call("views.publish", user_id="U0ROBIN0001", view=view)
    expect(robin.page.locator(".home strong")).to_have_text("Nine")
    go = robin.page.get_by_role("button", name="Go")
    go.click()
    expect(go).to_have_attribute("aria-disabled", "true")
    expect(go.get_by_role("img", name="The app did not answer. Try again.")).to_be_visible()
    expect(go).not_to_have_attribute("aria-disabled", "true")
    assert empty_house.payloads("block_actions")[0]["view"]["type"] == "home"


def test_a_file_that_somebody_attaches_can_be_played(house: House, visit: Open) -> None:
    room, _ = house.channel()
    robin = visit(house, room)
    chooser = robin.page.locator('#content input[type="file"]')
    chooser.set_input_files("local/sample/talk.mp4")
    film = robin.messages.locator("video")
    film.evaluate("film => { film.muted = true; film.play() }")
    until(lambda: film.evaluate("film => film.currentTime") > 0.5, "an uploaded film that plays")


def test_a_command_that_does_not_exist_is_answered_by_slackbot(house: House, visit: Open) -> None:
    room, _ = house.channel()
    robin = visit(house, room)
    robin.write("/dance")
    expect(robin.messages).to_contain_text("/dance is not a valid command")
    expect(robin.composer).to_have_value("/dance")
    robin.write("/remove @Reel")
    expect(robin.page.locator(".pane-head")).to_contain_text("Reel is not here")
    robin.write(f"/reel {house.talk} where I am not")
    expect(robin.messages.last).to_contain_text("/invite @Reel")
    robin.write("/invite @Reel")
    expect(robin.page.locator(".pane-head")).to_contain_text("with Reel")


def test_the_page_waits_for_a_workspace_that_is_started_again(
    empty_house: House, visit: Open
) -> None:
    port = free_port()
    workspace = empty_house.open_workspace(port=port)
    robin = visit(empty_house, "general", away=True)
    robin.write("kept")
    expect(robin.messages).to_have_count(1)
    workspace.process.send_signal(signal.SIGKILL)
    workspace.process.wait()
    expect(robin.page.get_by_role("status")).to_contain_text("away")
    empty_house.open_workspace(port=port)
    expect(robin.page.locator("#status")).to_be_hidden()
    empty_house.act("message", user="sam", channel="general", text="after")
    expect(robin.messages).to_contain_text(["kept", "after"])


def test_the_time_beside_a_second_message_reads_from_left_to_right(
    house: House, visit: Open
) -> None:
    room, _ = house.channel()
    robin = visit(house, room, locale="en-US")
    robin.write("one")
    robin.write("two")
    first, last = robin.messages.last.locator(".message-hover-time").evaluate(
        """time => {
            const letters = time.firstChild, end = letters.length;
            return [[0, 1], [end - 1, end]].map(([from, to]) => {
                const letter = new Range();
                letter.setStart(letters, from);
                letter.setEnd(letters, to);
                return letter.getBoundingClientRect().x;
            });
        }"""
    )
    assert first < last
