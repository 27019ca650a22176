"""What the leaderboard refuses."""

from hub.core.errors import NotFound


class NoActiveSuite(NotFound):
    code = "no_active_suite"

    def __init__(self) -> None:
        super().__init__("No suite is active on this hub yet, so there is nothing to rank models by.")
