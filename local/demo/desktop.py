"""The page of the workspace on the desktop of whoever runs the demo, where there is one."""

import os
import sys
import webbrowser
from collections.abc import Mapping


def has_desktop(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser window can open here: not in CI, and on Linux only with a display."""
    if environment.get("CI"):
        return False
    return platform == "darwin" or bool(environment.keys() & {"DISPLAY", "WAYLAND_DISPLAY"})


def show(address: str) -> bool:
    """Open the page in a browser. False when nobody would see it, or none could be started."""
    if not (sys.stdout.isatty() and has_desktop(os.environ, sys.platform)):
        return False
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
