"""`make pictures`: the README's pictures, taken of a real run in a real browser, into `docs/pictures/`."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import ViewportSize, expect, sync_playwright

from local.demo.processes import Processes
from tests.browser.house import ROOT, House
from tests.browser.person import Person

PICTURES = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1180, "height": 740}
MOST_OCTETS = 300_000
SECONDS_TO_CUT = 180


def main() -> int:
    """Take every picture. 1 when one is too large for a README."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _robin() as (house, robin):
        _talk(house)
        _modal(robin)
        _card(robin)
        _clips(robin)
        _home(robin)
        _inspector(robin)
    large = [path for path in PICTURES.glob("*.png") if path.stat().st_size > MOST_OCTETS]
    for path in large:
        sys.stderr.write(f"{path.name} is too large: {path.stat().st_size:,} bytes\n")
    return bool(large)


@contextmanager
def _robin() -> Iterator[tuple[House, Person]]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("There is no Chromium; on Debian: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="reel-pictures-") as folder,
        Processes(Path(folder)) as processes,
        sync_playwright() as playwright,
    ):
        house = House(processes, Path(folder))
        house.open_workspace()
        house.open_clip_service()
        house.open_app(REEL_SLOT_LIMIT="10")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        expect.set_options(timeout=20_000)
        page.goto(f"{house.address}/#/robin/general")
        yield house, Person(page)
        browser.close()


def _take(robin: Person, name: str) -> None:
    robin.page.mouse.move(0, 0)
    robin.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def _talk(house: House) -> None:
    house.act("message", user="sam", channel="general", text="Morning! Who was at the keynote?")
    house.act("message", user="alex", channel="general", text="I was. The ladder, wow.")
    house.act("message", user="sam", channel="general", text=f"It is up now: {house.talk}")
    asked = "Could somebody cut the best of it for the newsletter?"
    house.act("message", user="kim", channel="general", text=asked)


def _modal(robin: Person) -> None:
    robin.more_actions(robin.messages.nth(2))
    robin.page.get_by_role("menuitem", name="Make a reel").click()
    robin.modal.get_by_label("What to look for").fill("the price and the ladder")
    robin.modal.get_by_label("How many clips").select_option(label="2 clips")
    expect(robin.modal.locator(".context")).to_contain_text("2 clips")
    robin.page.set_viewport_size({**SIZE, "height": 830})  # the price is at its end
    _take(robin, "modal")
    robin.page.set_viewport_size(SIZE)
    robin.modal.get_by_role("button", name="Make", exact=True).click()


def _card(robin: Person) -> None:
    robin.open_thread()
    expect(robin.card("indexing").locator(".task-complete")).to_have_count(3)
    _take(robin, "card")


def _clips(robin: Person) -> None:
    expect(robin.card("2 clips are ready")).to_be_visible(timeout=SECONDS_TO_CUT * 1000)
    films = robin.thread.locator("video")
    expect(films).to_have_count(2, timeout=SECONDS_TO_CUT * 1000)
    robin.page.set_viewport_size({**SIZE, "height": 1_046})
    for film in films.all():
        film.evaluate("async film => { film.muted = true; await film.play(); film.pause() }")
    # From here on all of it fits, so that nothing is cut at the top.
    robin.thread.get_by_text("Each of these opens the form").evaluate(
        "line => { const all = line.closest('.messages');"
        " all.scrollTop += line.getBoundingClientRect().top - all.getBoundingClientRect().top - 6 }"
    )
    _take(robin, "clips")
    robin.page.set_viewport_size(SIZE)


def _home(robin: Person) -> None:
    robin.page.locator('#sidebar [data-key^="spot:app/"]').click()
    expect(robin.page.locator(".home .block").first).to_be_visible()
    _take(robin, "home")


def _inspector(robin: Person) -> None:
    robin.page.get_by_role("link", name="general").click()
    robin.page.get_by_role("button", name="Inspector").click()
    expect(robin.page.locator("#inspector")).to_contain_text("chat.update")
    _take(robin, "inspector")


if __name__ == "__main__":
    raise SystemExit(main())
