import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.base")

application = get_wsgi_application()
# Django would do this at the first request of each worker; here the workers inherit it.
import_module(settings.ROOT_URLCONF)
