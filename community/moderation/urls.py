"""Addresses of moderation."""

from django.urls import path

from community.moderation import pages

urlpatterns = [
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
