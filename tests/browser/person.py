"""Somebody who sits in front of the page."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.browser.house import until


@dataclass(frozen=True)
class Person:
    """A page that is open in a channel, and what stands on it."""

    page: Page

    @property
    def composer(self) -> Locator:
        """Where messages and commands are written."""
        return self.page.get_by_role("combobox", name=re.compile("^Message "))

    @property
    def messages(self) -> Locator:
        """The messages of the channel."""
        return self.page.locator("#content .message")

    @property
    def thread(self) -> Locator:
        """The thread pane."""
        return self.page.locator("#thread")

    @property
    def modal(self) -> Locator:
        """The modal in front."""
        return self.page.locator("dialog.modal[open]")

    def write(self, text: str) -> None:
        """Write a message or a command."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def open_thread(self) -> None:
        """Open the newest thread of the channel."""
        self.page.locator("#content .door").last.click()

    def more_actions(self, message: Locator) -> None:
        """Open a message's menu."""
        message.hover()
        message.get_by_role("button", name="More actions").click()

    def card(self, title: str) -> Locator:
        """The card in the thread with this in its title."""
        return self.thread.locator(".message", has=self.page.locator(".plan-title", has_text=title))

    def focused(self) -> str:
        """What has the focus, as a screen reader would name it."""
        return str(
            self.page.evaluate(
                "() => { const e = document.activeElement;"
                " return e.getAttribute('aria-label') || e.textContent.trim() || e.tagName }"
            )
        )

    def tab_to(self, name: str, key: str = "Tab") -> None:
        """Press Tab until something with this name has the focus."""

        def arrived() -> bool:
            self.page.keyboard.press(key)
            return name in self.focused()

        until(arrived, f"{name} by {key}")
