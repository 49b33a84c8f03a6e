"""For all tests."""

import signal

import structlog

# Tests press Ctrl-C in processes of their own; what a shell runs in the background hands on that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

# As the app has it: with the variables of each frame a traceback takes longer than Slack waits for an ack.
*_BEFORE, _ = structlog.get_config()["processors"]
_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*_BEFORE, _PLAIN])
