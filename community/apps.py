from django.apps import AppConfig
from django.db.models import CharField
from django.db.models.functions import Lower


class CommunityConfig(AppConfig):
    """People: members, organisations, what they say and decide."""

    name = "community"

    def ready(self) -> None:
        # `name__lower=` meets the unique indexes on Lower("name"); PostgreSQL's `iexact` compares in upper case.
        CharField.register_lookup(Lower)
        from django.db.models.signals import post_migrate, pre_migrate

        from community import subjects
        from community.discussions import hooks
        from community.forum.actions import AddCategory, RenameCategory
        from community.forum.subject import SUBJECT
        from community.governance import actions, notices, suspending
        from community.governance import hooks as governance_hooks
        from community.governance import subject as proposals
        from community.governance.own_actions import GrantRole, RevokeRole, SetMethod, SetRule
        from community.governance.triggers import after_migrate, before_migrate
        from community.members import checks, openapi  # noqa: F401 (they register themselves)
        from community.moderation.actions import OverruleDecision
        from community.moderation.services import HIDDEN, MODERATED, note_hidden
        from community.notifications import topics
        from community.notifications.services import tell_of_thread
        from community.published.actions import PublishPage

        subjects.register(SUBJECT)
        subjects.register(proposals.SUBJECT)
        hooks.register(tell_of_thread)
        hooks.register(note_hidden)
        governance_hooks.register(notices.tell_of_move)
        governance_hooks.register(suspending.resume_if_over)
        topics.register(MODERATED, HIDDEN, *notices.TOPICS)
        actions.register(GrantRole(), RevokeRole(), SetRule(), SetMethod(), PublishPage())
        actions.register(AddCategory(), RenameCategory(), OverruleDecision())
        pre_migrate.connect(before_migrate, sender=self)
        post_migrate.connect(after_migrate, sender=self)
