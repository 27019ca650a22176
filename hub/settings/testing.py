"""Settings of the tests: a throw-away data folder, fast password hashes; everything else as in `base`.

HUB_TEST_DATABASE names the database server; without it the tests run on SQLite.
"""

import atexit
import os
import shutil
import tempfile

# Always a new one: pytest-xdist's workers inherit the environment of the process that starts them.
os.environ["HUB_DATA_DIR"] = tempfile.mkdtemp(prefix="leyuan-test-")
atexit.register(shutil.rmtree, os.environ["HUB_DATA_DIR"], ignore_errors=True)
os.environ["HUB_SECRET_KEY"] = "a key for tests only, " + "x" * 30
if os.environ.get("HUB_TEST_DATABASE"):
    os.environ["HUB_DATABASE_URL"] = os.environ["HUB_TEST_DATABASE"]

from hub.settings.base import *  # noqa: E402, F403 (Django's way to derive settings)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # no collectstatic before the tests
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in production: SQLite in memory knows neither WAL nor two connections that wait for each other.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
RATE_LIMITS = {}  # tests of the limits set their own
