"""`python -m bench.ear`: the app as `reel run` starts it, but no job is begun: what is measured ends with the ack."""

from bot.cli import app
from bot.engine import Engine


def main() -> None:
    """Run until killed."""
    # The job is in the database all the same; who would follow it does not come.
    Engine.follow = lambda _self, _job_id: None  # type: ignore[assignment, method-assign]
    app(["run"])


if __name__ == "__main__":
    main()
