from django.apps import AppConfig


class ModelsAppConfig(AppConfig):
    """Checkpoints: repositories, storage, evaluation, leaderboard, and the Hugging Face dialect."""

    name = "models_app"
