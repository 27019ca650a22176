"""Addresses of follows. Below ``community/``, so that no repo can be called like one of them."""

from django.urls import path

from community.follows import pages

urlpatterns = [
    path("community/<name>/follow", pages.change, name="follow"),
    path("community/<name>/followers", pages.followers_page, name="followers"),
    path("community/<name>/following", pages.following_page, name="following"),
]
