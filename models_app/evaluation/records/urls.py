from django.urls import path

from models_app.evaluation.records import api

urlpatterns = [
    path("compare", api.ComparisonView.as_view(), name="evaluation-compare"),
    path("history", api.HistoryView.as_view(), name="evaluation-history"),
    path("records/<str:sha256>/scores.csv", api.RecordTableView.as_view(), name="evaluation-table"),
    path("records/<str:sha256>", api.RecordView.as_view(), name="evaluation-record"),
    path("records/<str:sha256>/signature", api.SignatureView.as_view(), name="evaluation-signature"),
]
