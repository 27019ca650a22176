"""Settings of the tests: a throw-away data folder, fast password hashes; everything else as in `base`."""

import os
import tempfile

os.environ.setdefault("HUB_DATA_DIR", tempfile.mkdtemp(prefix="leyuan-test-"))
os.environ.setdefault("HUB_SECRET_KEY", "a key for tests only, " + "x" * 30)

from hub.settings.base import *  # noqa: F403 (Django's way to derive settings)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
