class WorkerError(Exception):
    """The worker cannot go on; the message is for its operator."""


class HubAway(WorkerError):
    """The hub does not answer now; it may later."""


class LeaseLost(Exception):
    """The hub gave the run to somebody else, or does not want it any more."""


class RecordRefused(Exception):
    """The hub says that a record does not fit its run; the message says why."""
