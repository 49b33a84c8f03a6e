"""A real Chromium before the real processes."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    expect,
    sync_playwright,
)

from local.demo.processes import Processes
from tests.browser.house import PATIENCE, House
from tests.browser.person import Person

Open = Callable[..., Person]
_NAMES = ("chromium", "chromium-browser", "google-chrome")


# Not for the whole session: while Playwright runs, its thread has a running event loop, and no other test can start one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Without one these tests are skipped, except where CI=true."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        why = "There is no Chromium; on Debian: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    expect.set_options(timeout=PATIENCE * 1000)
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses root with one
    autoplay = "--autoplay-policy=no-user-gesture-required"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*sandbox, autoplay])
        yield chromium
        chromium.close()


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A house whose processes end with the block."""
    with Processes(folder) as processes:
        yield House(processes, folder)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The app between a workspace and a clip service that leaves the video work out. For all tests: each opens a channel of its own."""
    with opened(tmp_path_factory.mktemp("house")) as house:
        house.open_workspace()
        house.open_clip_service("--fast", "--stage-seconds", "0.6")
        house.open_app()
        yield house


@pytest.fixture(scope="session")
def slow_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same, with a clip service that never gets further than its first stage."""
    with opened(tmp_path_factory.mktemp("slow")) as house:
        house.open_workspace()
        house.open_clip_service("--fast", "--stage-seconds", "3600")
        house.open_app()
        yield house


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[House]:
    """A house in which nothing runs yet."""
    with opened(tmp_path) as house:
        yield house


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open the page: `visit(house, "general")`. Whatever the page complains about fails the test."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def visit(
            house: House, where: str, *, user: str = "robin", away: bool = False, **options: object
        ) -> Person:
            context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
            stack.callback(context.close)
            page = context.new_page()

            def console(message: ConsoleMessage) -> None:
                if message.type == "error" and not (
                    away and "Failed to load resource" in message.text
                ):
                    complaints.append(message.text)

            def error(problem: Error) -> None:
                complaints.append(str(problem))

            page.on("console", console)
            page.on("pageerror", error)
            page.goto(f"{house.address}/#/{user}/{where}")
            expect(page.locator("#sidebar .self")).to_have_count(1)
            return Person(page)

        yield visit
    assert complaints == []
