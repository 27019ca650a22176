"""Addresses of the forum."""

from django.urls import path

from community.forum import api, pages

urlpatterns = [
    path("api/forum", api.RoomsView.as_view()),
    path("api/forum/<slug:slug>", api.RoomView.as_view()),
    path("forum", pages.forum_page, name="forum"),
    path("feeds/forum", pages.forum_feed, name="forum-feed"),
    path("feeds/forum/<slug:slug>", pages.category_feed, name="category-feed"),
    path("forum/new", pages.new_category, name="new-category"),
    path("forum/<slug:slug>", pages.category_page, name="category"),
    path("forum/<slug:slug>/edit", pages.edit_category, name="edit-category"),
    path("forum/<slug:slug>/new", pages.new_thread, name="new-topic"),
    path("forum/<slug:slug>/<int:number>", pages.thread_page, name="topic"),
]
