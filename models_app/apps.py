from django.apps import AppConfig


class ModelsAppConfig(AppConfig):
    """Checkpoints: repositories, storage, evaluation, leaderboard, and the Hugging Face dialect."""

    name = "models_app"

    def ready(self) -> None:
        from community import subjects
        from community.discussions import hooks as discussion_hooks
        from community.governance import actions, electorate
        from community.notifications import topics
        from community.webhooks import events
        from models_app.blobs import checks  # noqa: F401 (they register themselves)
        from models_app.evaluation import notices
        from models_app.evaluation.queries import evaluated_since
        from models_app.evaluation.services import queue_head
        from models_app.evaluation.suites.actions import AddTask, AdoptSuite, FeatureTask, RetireTask
        from models_app.gitstore import checks as git_checks  # noqa: F401 (as above)
        from models_app.hfapi import webhook_discussions, webhook_events
        from models_app.licences.actions import AcceptLicence, RetireLicence
        from models_app.repos import hooks as repo_hooks
        from models_app.repos.access import ACCESS_ASKED
        from models_app.repos.actions import FeatureModel, HideModel, RestoreModel, UnfeatureModel
        from models_app.repos.queries import publishers_since
        from models_app.repos.subject import SUBJECT
        from models_app.scanning import checks as scanning_checks  # noqa: F401 (as above)
        from models_app.scanning import services as scanning
        from models_app.uploads import hooks, quotas, references

        subjects.register(SUBJECT)
        actions.register(HideModel(), RestoreModel(), FeatureModel(), UnfeatureModel())
        actions.register(AcceptLicence(), RetireLicence())
        actions.register(AdoptSuite(), AddTask(), FeatureTask(), RetireTask())
        hooks.register(queue_head)
        hooks.register(scanning.queue_head)
        repo_hooks.register(quotas.check_transfer)
        repo_hooks.register(references.note_references)
        repo_hooks.register(scanning.queue_refs)
        repo_hooks.register(webhook_events.tell_of_repo)
        discussion_hooks.register(webhook_discussions.tell_of_thread)
        topics.register(ACCESS_ASKED, notices.DONE, notices.FAILED)
        electorate.register(publishers_since)
        electorate.register(evaluated_since)
        events.decide_with(webhook_events.may_see)
