from django.urls import path

from models_app.leaderboard import api

urlpatterns = [
    path("", api.LeaderboardView.as_view(), name="api-leaderboard"),
    path(".csv", api.LeaderboardTableView.as_view(), name="api-leaderboard-table"),
]
