"""What those who look after a model are told of its evaluations."""

from django.utils.translation import gettext_lazy as _

from community.notifications.services import notify
from community.notifications.topics import Topic
from models_app.evaluation.models import Run, RunState
from models_app.repos.subject import KIND, keepers_of

DONE = Topic("evaluated", _("%(what)s was evaluated"), below="/evaluation")
FAILED = Topic("evaluation-failed", _("The evaluation of %(what)s failed"), below="/evaluation")


def tell_of_end(run: Run) -> None:
    """That `run` is done or failed, in the transaction that writes it; repetitions are the hub's own affair."""
    if run.repeat_of_id is None:
        topic = DONE if run.state == RunState.DONE else FAILED
        notify(topic=topic.name, recipients=keepers_of(run.repo), kind=KIND, key=run.repo_id)
