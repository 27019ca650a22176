"""Settings of a hub. What an operator may change is read from ``HUB_…`` variables (docs/operations.md).

Without any variable this is the embedded default: SQLite, a private Valkey on a socket and local files,
all under ``var/``. With ``HUB_DATABASE_URL``, ``HUB_REDIS_URL`` and ``HUB_OBJECT_STORE`` it is the real thing;
nothing else differs.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from hub.core.files import made_once
from hub.core.signing import new_signing_key
from hub.settings import env
from hub.settings.logs import logging_settings
from hub.settings.sockets import valkey_socket

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("HUB_DATA_DIR", str(BASE_DIR / "var"))).resolve()


def _kept(given: str, name: str, make: Callable[[], str]) -> str:
    """The secret that was `given`, or one made once and kept in file `name` beside the data."""
    return given or made_once(DATA_DIR / name, make, scratch=DATA_DIR, private=True)


SECRET_KEY = _kept(env.text("HUB_SECRET_KEY", ""), "secret_key", lambda: secrets.token_urlsafe(48))
# The Ed25519 key (PEM) that signs evaluation records.
SIGNING_KEY = _kept(env.text("HUB_SIGNING_KEY", ""), "signing_key.pem", new_signing_key)
DEBUG = env.flag("HUB_DEBUG", default=False)

# Every absolute address that leaves the hub (clone, upload, Link, e-mail) starts with this one.
PUBLIC_URL = env.text("HUB_PUBLIC_URL", "http://127.0.0.1:8000").strip().rstrip("/")
HUB_NAME = env.text("HUB_NAME", "Leyuan")
_public = urlsplit(PUBLIC_URL)
_https = _public.scheme == "https"
ALLOWED_HOSTS = env.words("HUB_ALLOWED_HOSTS") or [_public.hostname or "", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "hub",
    "community",
    "models_app",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_prometheus",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "hub.core.middleware.RequestIdMiddleware",
    "hub.core.middleware.HeadMiddleware",
    "hub.core.middleware.RawPathMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "community.members.middleware.ActorMiddleware",
    "community.limits.middleware.RateLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hub.core.middleware.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
APPEND_SLASH = False  # Hub addresses carry no trailing slash, and a redirect would lose a POST.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hub.core.context.hub",
            ],
        },
    },
]

DATABASES = {"default": env.database("HUB_DATABASE_URL", f"sqlite:///{DATA_DIR / 'hub.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("HUB_REDIS_URL", f"unix://{valkey_socket(DATA_DIR)}")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Bytes of members: bare git repositories, and the objects (LFS files, xorbs) in local files or S3.
GIT_DIR = DATA_DIR / "git"
OBJECT_STORE = env.text("HUB_OBJECT_STORE", f"file://{DATA_DIR / 'objects'}")
# Where nginx may serve local objects itself (X-Accel-Redirect); empty: the web process sends them.
ACCEL_PREFIX = env.text("HUB_ACCEL_PREFIX", "")

# LFS objects larger than this are sent in parts of this size, so that a lost connection costs one part.
LFS_PART_BYTES = env.integer("HUB_LFS_PART_BYTES", 128 * 1024 * 1024)

# Servers that webhooks and imports may reach wherever they lie: host, or host:port.
OUTBOUND_HOSTS = {host.lower() for host in env.words("HUB_OUTBOUND_HOSTS")}
# The clamd that looks for viruses in new files, unix:///path or tcp://host:port; empty: none.
CLAMD_ADDRESS = env.text("HUB_CLAMD_ADDRESS", "")

# What all repos of one member, or one organisation, may hold together; 0: no limit. `manage.py quota` makes exceptions.
MEMBER_QUOTA_BYTES = env.integer("HUB_MEMBER_QUOTA_BYTES", 0)
ORGANIZATION_QUOTA_BYTES = env.integer("HUB_ORGANIZATION_QUOTA_BYTES", 0)

# Hubs from which members may import repositories; without one only `manage.py import_model` does.
IMPORT_ENDPOINTS = [endpoint.rstrip("/") for endpoint in env.words("HUB_IMPORT_ENDPOINTS")]

# Bodies of commits, xorbs and shards are read as streams by their views, never into memory by Django.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # paths-info sends one field per path
FILE_UPLOAD_TEMP_DIR = None

AUTH_USER_MODEL = "community.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env.text("HUB_EMAIL_VERIFICATION", "optional")
ACCOUNT_ADAPTER = "community.members.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "community.members.forms.LoginForm", "signup": "community.members.forms.SignupForm"}
ACCOUNT_PRESERVE_USERNAME_CASING = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = HUB_NAME
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION != "mandatory"  # a hub without a mail server has 2FA too
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https  # browsers allow it on localhost only

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
BEHIND_PROXY = env.flag("HUB_BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # whose X-Forwarded-For names the caller to the rate limits
# Requests of one caller in five minutes; 0: no limit. The first bucket whose pattern an address begins with counts it.
RATE_LIMIT_SECONDS = 300
RATE_LIMITS = {
    "files": env.integer("HUB_RATE_LIMIT_FILES", 100_000),
    "api": env.integer("HUB_RATE_LIMIT_API", 20_000),
    "pages": env.integer("HUB_RATE_LIMIT_PAGES", 10_000),
}
RATE_LIMIT_BUCKETS = [
    ("none", r"/(healthz|metrics|static/)"),
    ("api", r"/(api|v1|oauth)/"),
    ("files", r"/cas/|(/datasets|/spaces)?/[^/]+/[^/]+/(resolve|raw|info|git-upload-pack|git-receive-pack)(/|$)"),
    ("pages", r"/"),
]
# Where Basic authentication also takes a member's password: git's addresses, since git asks its user for one.
PASSWORD_ADDRESSES = r"(/datasets|/spaces)?/[^/]+/[^/]+/(info/(refs$|lfs/)|git-(upload|receive)-pack$)"  # noqa: S105
SECURE_HSTS_SECONDS = env.integer("HUB_HSTS_SECONDS", 30 * 24 * 3600 if _https else 0)
# W008: the proxy in front redirects http. W005, W021: other names under the hub's domain are not ours to bind.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    },
}

EMAIL_BACKEND = env.text("HUB_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("HUB_EMAIL_HOST", "localhost")
DEFAULT_FROM_EMAIL = env.text("HUB_EMAIL_FROM", f"{HUB_NAME} <hub@{_public.hostname}>")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["community.members.auth.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hub.core.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Leyuan API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "EventKindEnum": "community.discussions.models.EventKind",
        "ProposalKindEnum": "community.governance.rules.KINDS",
    },
}

# The truth of a run is its database row; a message is only the doorbell that makes a worker look.
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}" if REDIS_URL.startswith("unix://") else REDIS_URL
)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # workers log as everyone does, see LOGGING
EVALUATION_RUN_SECONDS = env.integer("HUB_EVALUATION_RUN_SECONDS", 3600)  # wall-clock limit of one run
EVALUATION_LEASE_SECONDS = env.integer("HUB_EVALUATION_LEASE_SECONDS", 60)  # renewed by heartbeats
EVALUATION_REPEAT_PERCENT = env.integer("HUB_EVALUATION_REPEAT_PERCENT", 0)  # of finished runs, by a second worker
ATTENTION_SECONDS = env.integer("HUB_ATTENTION_SECONDS", 600)  # wall-clock limit of one text
ATTENTION_A_DAY = env.integer("HUB_ATTENTION_A_DAY", 100)  # texts that one member may ask for
EVALUATION_REAP_SECONDS = 15  # between two looks for lost leases and unheard doorbells
CELERY_BEAT_SCHEDULE = {
    "evaluation.reap": {"task": "evaluation.reap", "schedule": EVALUATION_REAP_SECONDS},
    "attention.prune": {"task": "attention.prune", "schedule": 3600},
    "scanning.look_again": {"task": "scanning.look_again", "schedule": 60},
    "uploads.reconcile_heads": {"task": "models_app.uploads.tasks.reconcile_heads", "schedule": 300},
    "imports.ring_due": {"task": "imports.ring_due", "schedule": 30},
    "governance.advance_due": {"task": "governance.advance_due", "schedule": 30},
    "governance.remind": {"task": "governance.remind", "schedule": 600},
    "notifications.send_due": {"task": "notifications.send_due", "schedule": 60},
    "webhooks.ring_due": {"task": "webhooks.ring_due", "schedule": 15},
    "storage.collect_garbage": {"task": "models_app.storage.tasks.collect_garbage", "schedule": 24 * 3600},
    "storage.tidy_repositories": {"task": "models_app.storage.tasks.tidy_repositories", "schedule": 6 * 3600},
    "uploads.discard_abandoned": {"task": "models_app.uploads.tasks.discard_abandoned", "schedule": 3600},
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": EVALUATION_RUN_SECONDS + 600,
    "unacked_restore_throttle": 1,
}

LOGGING = logging_settings(level=env.text("HUB_LOG_LEVEL", "INFO"), style=env.text("HUB_LOG_FORMAT", "plain"))
