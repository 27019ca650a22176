from django.urls import include, path

from models_app.evaluation import api, worker_api
from models_app.evaluation.architecture_api import ArchitectureView

urlpatterns = [
    path("", include("models_app.evaluation.suites.urls")),
    path("", include("models_app.evaluation.records.urls")),
    path("", include("models_app.evaluation.attention.urls")),
    path("runs", api.RunsView.as_view(), name="evaluation-runs"),
    path("runs/<int:run_id>", api.RunView.as_view(), name="evaluation-run"),
    path("runs/<int:run_id>/retry", api.RetryView.as_view(), name="evaluation-retry"),
    path("runs/<int:run_id>/cancel", api.CancelView.as_view(), name="evaluation-cancel"),
    path("runs/<int:run_id>/repeat", api.RepeatView.as_view(), name="evaluation-repeat"),
    path("architectures/<str:namespace>/<str:name>", ArchitectureView.as_view(), name="evaluation-architecture"),
    path("lease", worker_api.LeaseView.as_view(), name="evaluation-lease"),
    path("runs/<int:run_id>/heartbeat", worker_api.HeartbeatView.as_view(), name="evaluation-heartbeat"),
    path("runs/<int:run_id>/finish", worker_api.FinishView.as_view(), name="evaluation-finish"),
    path("runs/<int:run_id>/fail", worker_api.FailView.as_view(), name="evaluation-fail"),
    path("runs/<int:run_id>/give-back", worker_api.GiveBackView.as_view(), name="evaluation-give-back"),
]
