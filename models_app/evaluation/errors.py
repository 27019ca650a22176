"""What evaluation refuses."""

from django.utils.translation import gettext as _

from hub.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unprocessable


class RunNotFound(NotFound):
    """No such run, or a private repo's."""

    code = "run_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such evaluation run, or you may not see it."))


class RecordNotFound(NotFound):
    code = "record_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such evaluation record, or you may not see it."))


class ArchitectureUnknown(NotFound):
    """Not in the table of designs, or there is no config.json."""

    code = "architecture_unknown"

    def __init__(self) -> None:
        super().__init__(_("The architecture of this model is not known here."))


class LeaseLost(Conflict):
    """The lease was handed on, ended, or never this worker's: what the worker did is not wanted any more."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__("This lease is over or another worker's: drop this run and ask for the next one.")


class RunNotRetryable(Conflict):
    code = "run_not_retryable"


class RunNotCancellable(Conflict):
    code = "run_not_cancellable"


class TooManyRuns(DomainError):
    """A namespace has asked for as many evaluations as it may for now."""

    status = 429
    code = "too_many_runs"


class WorkerNotFound(NotFound):
    code = "worker_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(_("There is no evaluation worker called “%(name)s”.") % {"name": name})


class AmbiguousWorker(Conflict):
    code = "ambiguous_worker"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("Several accounts have a worker called “%(name)s”: write ACCOUNT/%(name)s.") % {"name": name}
        )


class NotAnOperator(Forbidden):
    code = "not_an_operator"

    def __init__(self) -> None:
        super().__init__(_("Only the operators of this hub steer its queue."))


class RunNotRepeatable(Conflict):
    code = "run_not_repeatable"


class WrongNumberOfModels(Invalid):
    code = "wrong_number_of_models"

    def __init__(self, fewest: int, most: int) -> None:
        super().__init__(
            _("Name %(fewest)d to %(most)d different models, such as models=alice/small,bob/large.")
            % {"fewest": fewest, "most": most}
        )


class NothingInCommon(Unprocessable):
    code = "nothing_in_common"

    def __init__(self) -> None:
        super().__init__(_("These models have no finished evaluation under the same version of a suite yet."))


class NothingToEvaluate(Unprocessable):
    code = "nothing_to_evaluate"

    def __init__(self) -> None:
        super().__init__(
            _(
                "There is nothing to evaluate: the newest commit needs a config.json and weights beside it, "
                "and the hub an active suite.",
            )
        )


class InvalidRecord(Invalid):
    """A record that does not fit its run or its suite. Nothing of it was kept."""

    code = "invalid_record"


class RecordExists(Conflict):
    code = "record_exists"

    def __init__(self) -> None:
        super().__init__("This run is finished with another record, which stays as it is.")


class NotAWorker(Forbidden):
    """The caller may not work on evaluations."""

    code = "not_a_worker"

    def __init__(self) -> None:
        super().__init__(
            "Only evaluation workers may do this: use a token of an account that has the permission "
            "models_app.evaluate or models_app.donate_work (a fine-grained token also needs evaluation.work).",
        )


class SuiteChanged(Conflict):
    """The files of a stored suite version changed: a new content needs a new version number."""

    code = "suite_changed"


class SuiteNotFound(NotFound):
    code = "suite_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such version of a suite."))


class InvalidSuite(Invalid):
    """A proposed version of a suite that cannot be kept. Nothing of it was."""

    code = "invalid_suite"


class SuitesForbidden(Forbidden):
    """The caller may not propose, preview or activate versions of suites."""

    code = "suites_forbidden"

    def __init__(self) -> None:
        super().__init__(
            _("Maintainers, members with the permission, and votes change suites (with a token that may write).")
        )
