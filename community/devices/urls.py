"""Addresses of device login."""

from django.urls import path

from community.devices import api, pages

urlpatterns = [
    path("oauth/device", api.Device.as_view(), name="device-begin"),
    path("oauth/token", api.Token.as_view(), name="device-token"),
    path("login/device", pages.code_page, name="device-code"),
    path("login/device/decide", pages.decide, name="device-decide"),
]
