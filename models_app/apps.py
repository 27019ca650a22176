from django.apps import AppConfig


class ModelsAppConfig(AppConfig):
    """Checkpoints: repositories, storage, evaluation, leaderboard, and the Hugging Face dialect."""

    name = "models_app"

    def ready(self) -> None:
        from community import subjects
        from models_app.evaluation.services import queue_head
        from models_app.repos.subject import SUBJECT
        from models_app.uploads import hooks

        subjects.register(SUBJECT)
        hooks.register(queue_head)
