from django.urls import path

from models_app.evaluation import worker_api

urlpatterns = [
    path("lease", worker_api.LeaseView.as_view(), name="evaluation-lease"),
    path("runs/<int:run_id>/heartbeat", worker_api.HeartbeatView.as_view(), name="evaluation-heartbeat"),
    path("runs/<int:run_id>/finish", worker_api.FinishView.as_view(), name="evaluation-finish"),
    path("runs/<int:run_id>/fail", worker_api.FailView.as_view(), name="evaluation-fail"),
]
