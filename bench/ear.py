"""`python -m bench.ear`: the app as `reel run` starts it, but no job is begun: what is measured ends with the ack."""

import bot.app
from bot.cli import app


def main() -> None:
    """Run until killed."""
    # The job is in the database all the same; who would follow it does not come. By the app's own name for its engine:
    # where the app has another one, this fails instead of measuring the start of jobs after all.
    bot.app.LocalEngine.follow = lambda _self, _job_id: None  # type: ignore[assignment, attr-defined, method-assign]
    app(["run"])


if __name__ == "__main__":
    main()
