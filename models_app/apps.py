from django.apps import AppConfig


class ModelsAppConfig(AppConfig):
    """Checkpoints: repositories, storage, evaluation, leaderboard, and the Hugging Face dialect."""

    name = "models_app"

    def ready(self) -> None:
        from models_app.blobs import checks  # noqa: F401 (they register themselves)
        from models_app.evaluation.services import queue_head
        from models_app.uploads import hooks

        hooks.register(queue_head)
