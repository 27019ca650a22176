"""Addresses of moderation."""

from django.urls import path

from community.moderation import api, pages

urlpatterns = [
    path("api/moderation/queue", api.QueueView.as_view()),
    path("api/moderation/flags/<int:flag>", api.SettleView.as_view()),
    path("api/moderation/reports", api.ReportView.as_view()),
    path("api/moderation/log", api.LogView.as_view()),
    path("api/moderation/log/<int:action>", api.DecisionView.as_view()),
    path("api/moderation/log/<int:action>/overrule", api.OverruleView.as_view()),
    path("api/discussions/<int:thread>/mark", api.MarkView.as_view()),
    path("api/discussions/comments/<int:event>/flag", api.FlagView.as_view()),
    path("api/discussions/comments/<int:event>/split", api.SplitView.as_view()),
    path("moderation", pages.queue_page, name="moderation"),
    path("moderation/log", pages.log_page, name="moderation-log"),
    path("feeds/moderation", pages.log_feed, name="moderation-feed"),
    path("moderation/log/<int:action>", pages.decision_page, name="decision"),
    path("moderation/log/<int:action>/overrule", pages.overrule, name="overrule"),
    path("moderation/flags/<int:flag>", pages.settle, name="settle"),
    path("moderation/report/<kind>/<int:key>", pages.report, name="report"),
    path("discussions/<int:thread>/mark", pages.mark_thread, name="thread-mark"),
    path("discussions/comments/<int:event>/flag", pages.flag, name="comment-flag"),
    path("discussions/comments/<int:event>/split", pages.split, name="comment-split"),
    path("discussions/comments/<int:event>/why", pages.why, name="comment-why"),
]
