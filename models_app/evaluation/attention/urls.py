from django.urls import path

from models_app.evaluation.attention import api, worker_api

urlpatterns = [
    path("attention", api.AskView.as_view(), name="attention-ask-api"),
    path("attention/lease", worker_api.LeaseView.as_view(), name="attention-lease"),
    path("attention/<uuid:request_id>", api.AttentionView.as_view(), name="attention-api"),
    path("attention/<uuid:request_id>/<str:part>.npy", api.ArrayView.as_view(), name="attention-array"),
    path(
        "attention/<uuid:request_id>/<str:part>/<int:layer>/<int:head>", api.HeadView.as_view(), name="attention-head"
    ),
    path("attention/<uuid:request_id>/heartbeat", worker_api.HeartbeatView.as_view(), name="attention-heartbeat"),
    path("attention/<uuid:request_id>/finish", worker_api.FinishView.as_view(), name="attention-finish"),
    path("attention/<uuid:request_id>/fail", worker_api.FailView.as_view(), name="attention-fail"),
    path("attention/<uuid:request_id>/give-back", worker_api.GiveBackView.as_view(), name="attention-give-back"),
]
