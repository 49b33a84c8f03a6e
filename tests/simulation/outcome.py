"""What a run left behind, for the checkers."""

from dataclasses import dataclass, field

from bot.jobs import ClipFile, Job, JobState
from bot.render import sentences
from tests.simulation.world import World

SILENCE_SECONDS = 240.0
"""How much older than its job's state a card may be once nothing goes wrong: the longest retry and a refresh."""


@dataclass(slots=True)
class Outcome:
    """The world, the database's jobs, and what the processes that ended by themselves had open."""

    world: World
    jobs: list[Job] = field(default_factory=list)
    #: How far the clips of each job have come as files, by the job's id.
    files: dict[str, tuple[ClipFile, ...]] = field(default_factory=dict)
    left_open: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    digest: str = ""
    _stale_since: dict[str, float] = field(default_factory=dict)

    def look_at(self, jobs: list[Job]) -> None:
        """Compare the cards of unfinished jobs with their jobs; for moments when Slack works."""
        now = self.world.clock.seconds
        stale = {job.id: job for job in jobs if job.state.unfinished and self._stale(job)}
        self._stale_since = {job_id: self._stale_since.get(job_id, now) for job_id in stale}
        for job_id, since in self._stale_since.items():
            if now - since > SILENCE_SECONDS:
                self.silent.append(
                    f"{job_id} is {stale[job_id].state}, its card not, since {since:.0f}"
                )

    def _stale(self, job: Job) -> bool:
        slack = self.world.slack
        card = slack.messages.get((job.channel_id, job.card_ts or ""))
        return card is not None and slack.editable(card) and not says(card.title, job)


def says(title: str, job: Job) -> bool:
    """Whether a card's title is of the job as it stands."""
    if job.state is JobState.WAITING:
        return title.startswith(("Accepted", "Waiting"))
    return title == sentences.headline(job)
