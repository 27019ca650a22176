"""Why an evaluation ends without a record. The names of the classes are the hub's failure classes."""

from typing import ClassVar


class EvaluationFailure(Exception):
    """An expected end of a run: `failure_class` is stable, `reason` one sentence that the owner can act on.

    `log_tail` is the end of what the run printed, where it ran in a sandbox.
    """

    failure_class: ClassVar[str] = "internal"
    log_tail: str = ""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unsupported(EvaluationFailure):
    """A checkpoint that is fine, but of a kind that this engine cannot evaluate."""

    failure_class = "unsupported"


class InvalidCheckpoint(EvaluationFailure):
    """Files that are missing, broken, or contradict each other."""

    failure_class = "invalid_checkpoint"


class Unsafe(EvaluationFailure):
    """A checkpoint that could only be loaded by running its author's code."""

    failure_class = "unsafe"


class OutOfMemory(EvaluationFailure):
    failure_class = "out_of_memory"


class Timeout(EvaluationFailure):
    failure_class = "timeout"


class Internal(EvaluationFailure):
    """Our fault, or the machine's."""


BY_CLASS: dict[str, type[EvaluationFailure]] = {
    kind.failure_class: kind for kind in (Unsupported, InvalidCheckpoint, Unsafe, OutOfMemory, Timeout, Internal)
}
