"""Addresses of discussions that hold for every subject; the pages of a subject's threads lie below its own address."""

from django.urls import path

from community.discussions import api, changes, feeds, pages

_THREAD = "discussions/<int:thread>"
_COMMENT = "discussions/comments/<int:event>"

urlpatterns = [
    path("api/discussions", api.RecentView.as_view()),
    path(f"api/{_THREAD}", api.ThreadView.as_view()),
    path(f"api/{_THREAD}/events", api.EventsView.as_view()),
    path(f"api/{_THREAD}/comments", api.CommentsView.as_view()),
    path(f"api/{_COMMENT}", api.CommentView.as_view()),
    path(f"api/{_COMMENT}/reactions/<kind>", api.ReactionView.as_view()),
    path("discussions", pages.recent_page, name="discussions"),
    path("feeds/discussions", feeds.discussions_feed, name="discussions-feed"),
    path("feeds/discussions/<int:thread>", feeds.thread_feed, name="thread-feed"),
    path(_THREAD, changes.show_thread, name="thread"),
    path(f"{_THREAD}/reply", changes.reply, name="thread-reply"),
    path(f"{_THREAD}/title", changes.rename, name="thread-title"),
    path(f"{_THREAD}/status", changes.set_status, name="thread-status"),
    path(_COMMENT, changes.show_comment, name="comment"),
    path(f"{_COMMENT}/edit", changes.edit, name="comment-edit"),
    path(f"{_COMMENT}/hide", changes.hide, name="comment-hide"),
    path(f"{_COMMENT}/history", changes.history, name="comment-history"),
    path(f"{_COMMENT}/react", changes.react, name="comment-react"),
]
