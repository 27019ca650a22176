from django.urls import path

from models_app.evaluation import api, comparison_api, suite_api, worker_api
from models_app.evaluation.architecture_api import ArchitectureView

urlpatterns = [
    path("compare", comparison_api.ComparisonView.as_view(), name="evaluation-compare"),
    path("runs", api.RunsView.as_view(), name="evaluation-runs"),
    path("runs/<int:run_id>", api.RunView.as_view(), name="evaluation-run"),
    path("runs/<int:run_id>/retry", api.RetryView.as_view(), name="evaluation-retry"),
    path("runs/<int:run_id>/cancel", api.CancelView.as_view(), name="evaluation-cancel"),
    path("runs/<int:run_id>/repeat", api.RepeatView.as_view(), name="evaluation-repeat"),
    path("history", api.HistoryView.as_view(), name="evaluation-history"),
    path("records/<str:sha256>/scores.csv", api.RecordTableView.as_view(), name="evaluation-table"),
    path("records/<str:sha256>", api.RecordView.as_view(), name="evaluation-record"),
    path("records/<str:sha256>/signature", api.SignatureView.as_view(), name="evaluation-signature"),
    path("suites", suite_api.SuitesView.as_view(), name="evaluation-suites"),
    path("suites/propose", suite_api.ProposeView.as_view(), name="evaluation-propose"),
    path("suites/<str:sha256>", suite_api.ContentView.as_view(), name="evaluation-suite-content"),
    path("suites/files/<str:sha256>", suite_api.FileView.as_view(), name="evaluation-suite-file"),
    path("suites/<str:suite>/<int:version>", suite_api.VersionView.as_view(), name="evaluation-suite"),
    path("suites/<str:suite>/<int:version>/derive", suite_api.DeriveView.as_view(), name="evaluation-derive"),
    path("suites/<str:suite>/<int:version>/preview", suite_api.PreviewView.as_view(), name="evaluation-preview"),
    path("suites/<str:suite>/<int:version>/activate", suite_api.ActivateView.as_view(), name="evaluation-activate"),
    path("architectures/<str:namespace>/<str:name>", ArchitectureView.as_view(), name="evaluation-architecture"),
    path("lease", worker_api.LeaseView.as_view(), name="evaluation-lease"),
    path("runs/<int:run_id>/heartbeat", worker_api.HeartbeatView.as_view(), name="evaluation-heartbeat"),
    path("runs/<int:run_id>/finish", worker_api.FinishView.as_view(), name="evaluation-finish"),
    path("runs/<int:run_id>/fail", worker_api.FailView.as_view(), name="evaluation-fail"),
    path("runs/<int:run_id>/give-back", worker_api.GiveBackView.as_view(), name="evaluation-give-back"),
]
