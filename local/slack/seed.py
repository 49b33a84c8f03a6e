"""The workspace a newcomer finds: four people, the app, and one channel of every difficulty.

A guest of another workspace is known too, and in no channel until one is shared with theirs.
"""

from collections.abc import Iterator

from local.slack.state import Channel, Team, User

TEAM = Team(
    id="T0REEL0LOCA",
    name="Reel Works",
    domain="reel-works",
    app_id="A0REEL0APP1",
    app_name="Reel",
    bot_id="B0REEL0BOT1",
    bot_user="U0REEL0BOT1",
)
SLACKBOT = "USLACKBOT"
PARTNER = "T0PARTNER01"
_FOUNDED = 1_700_000_000


def users() -> Iterator[User]:
    """robin owns the workspace; sam, alex and kim work in it; Reel is the app's bot user."""
    yield User("U0ROBIN0001", "robin", "Robin Reyes", is_owner=True)
    yield User("U0SAM000002", "sam", "Sam Okafor", tz="America/New_York")
    yield User("U0ALEX00003", "alex", "Alex Lindqvist", tz="Europe/Stockholm")
    yield User("U0KIM000004", "kim", "Kim Tanaka", tz="Asia/Tokyo")
    yield User("U0ZOE000005", "zoe", "Zoe Marchetti", tz="Europe/Rome", team=PARTNER)
    yield User(TEAM.bot_user, "reel", TEAM.app_name, is_bot=True)
    yield User(SLACKBOT, "slackbot", "Slackbot", is_bot=True)


def channels() -> Iterator[Channel]:
    """The bot is in #general, #archive and its own DM with robin, and nowhere else."""
    everyone = tuple(user.id for user in users() if not (user.is_bot or user.team))
    robin, sam = everyone[0], everyone[1]
    bot = TEAM.bot_user
    yield Channel("C0GENERAL01", "general", "public", (*everyone, bot), created=_FOUNDED)
    yield Channel("C0RANDOM002", "random", "public", everyone, created=_FOUNDED)
    yield Channel("C0PRIVATE03", "launch-plans", "private", (robin, sam), created=_FOUNDED)
    yield Channel(
        "C0ARCHIVE04", "archive", "public", (*everyone, bot), is_archived=True, created=_FOUNDED
    )
    yield Channel("D0ROBINBOT5", "", "im", (robin, bot), created=_FOUNDED)
    yield Channel("D0ROBINSAM6", "", "im", (robin, sam), created=_FOUNDED)
