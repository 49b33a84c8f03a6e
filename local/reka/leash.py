"""`python -m local.reka.leash COMMAND …`: run a command that dies with whoever started it.

The service starts every child through this one, in a process group of its own, and holds the other
end of its standard input. When the service is gone, even by kill -9, that input ends, and the
whole group is killed: the command, and the ffmpeg it may have started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _kill_group_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def main(command: list[str]) -> int:
    """Run `command`; its exit code, or 128 + the signal that ended it. Leaves nothing behind."""
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    # A crashed command may have left helpers; only this process is to outlive the signal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
