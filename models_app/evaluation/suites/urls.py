from django.urls import path

from models_app.evaluation.suites import api

urlpatterns = [
    path("suites", api.SuitesView.as_view(), name="evaluation-suites"),
    path("suites/propose", api.ProposeView.as_view(), name="evaluation-propose"),
    path("suites/templates", api.TemplatesView.as_view(), name="evaluation-templates"),
    path("suites/templates/<str:template>/pin", api.PinView.as_view(), name="evaluation-pin"),
    path("suites/<str:sha256>", api.ContentView.as_view(), name="evaluation-suite-content"),
    path("suites/files/<str:sha256>", api.FileView.as_view(), name="evaluation-suite-file"),
    path("suites/<str:suite>/<int:version>", api.VersionView.as_view(), name="evaluation-suite"),
    path("suites/<str:suite>/<int:version>/derive", api.DeriveView.as_view(), name="evaluation-derive"),
    path("suites/<str:suite>/<int:version>/preview", api.PreviewView.as_view(), name="evaluation-preview"),
    path("suites/<str:suite>/<int:version>/activate", api.ActivateView.as_view(), name="evaluation-activate"),
]
