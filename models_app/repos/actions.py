"""What votes do to models."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.governance.actions import Action, Change, Field, Plan, Values
from community.governance.errors import ActionRefused
from community.governance.models import Proposal
from community.moderation.queries import latest_hiding
from community.moderation.services import hide_subject
from models_app.repos.addresses import repo_path
from models_app.repos.errors import RepoNotFound
from models_app.repos.models import Repo, RepoKind
from models_app.repos.queries import get_unless_private
from models_app.repos.subject import KIND

_FIELDS = (Field("repo", gettext_lazy("Model"), help=gettext_lazy("Its owner and name: alice/tiny")),)


class HideModel(Action):
    verb = "model.hide"
    title = gettext_lazy("Hide a model")
    fields = _FIELDS
    hidden: ClassVar[bool] = True  # what it is to be

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(model)s is hidden from all but those who look after it.") % {"model": params.get("repo")}

    def plan(self, values: Values) -> Plan:
        repo = _model(values)
        words = {True: _("hidden"), False: _("for everybody to see")}
        changes = [_change(values, repo, words[repo.hidden], words[self.hidden])] if repo.hidden != self.hidden else []
        decision = latest_hiding(KIND, repo.pk)

        def do(proposal: Proposal) -> None:
            reason, link = proposal.title, proposal.address
            hide_subject(kind=KIND, key=repo.pk, reason=reason, hidden=self.hidden, link=link)

        return Plan(changes, [repo.pk, decision.pk if decision is not None else None], do)


class RestoreModel(HideModel):
    verb = "model.restore"
    title = gettext_lazy("Show a hidden model again")
    hidden = False

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(model)s is shown to everybody again.") % {"model": params.get("repo")}


class FeatureModel(Action):
    verb = "model.feature"
    title = gettext_lazy("Feature a model")
    fields = _FIELDS
    featured: ClassVar[bool] = True  # what it is to be

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(model)s stands on the home page, and is marked in lists.") % {"model": params.get("repo")}

    def plan(self, values: Values) -> Plan:
        repo = _model(values)
        featured = repo.featured_by_id is not None
        words = {True: _("featured"), False: ""}
        changes = [_change(values, repo, words[featured], words[self.featured])] if featured != self.featured else []
        if changes and self.featured and repo.hidden:
            raise ActionRefused(_("%(model)s is hidden: it has to be shown again first.") % {"model": values["repo"]})

        def do(proposal: Proposal) -> None:
            Repo.objects.filter(pk=repo.pk).update(featured_by=proposal if self.featured else None)

        return Plan(changes, [repo.pk, repo.featured_by_id], do)


class UnfeatureModel(FeatureModel):
    verb = "model.unfeature"
    title = gettext_lazy("Feature a model no longer")
    featured = False

    def describe(self, params: Mapping[str, Any]) -> str:
        return _("%(model)s is featured no longer.") % {"model": params.get("repo")}


def _model(values: Values) -> Repo:
    """A private model is as missing as one that is not there."""
    try:
        return get_unless_private(RepoKind.MODEL, values["repo"])
    except RepoNotFound as error:
        raise ActionRefused(error.message) from error


def _change(values: Values, repo: Repo, before: str, after: str) -> Change:
    """Under the name that the proposal gives: what a hidden model is called by now is not for everybody."""
    return Change(values["repo"], before, after, "" if repo.hidden else repo_path(repo))
