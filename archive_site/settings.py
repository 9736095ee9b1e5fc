"""Settings of the site, read from the environment or a `.env` file beside `manage.py`.

Every value a deployment may want to change is an environment variable, listed in `docs/operators.md`. A value that
cannot be read stops the process with a sentence that names the variable and says what to do.
"""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from archive_site import environment

BASE_DIR = Path(__file__).resolve().parent.parent

environment.read(BASE_DIR / ".env")

DEBUG: bool = environment.yes_or_no("DEBUG", default=False)
TESTING = "pytest" in sys.modules


def read_secret_key() -> str:
    """Return SECRET_KEY; without one, a fixed key in DEBUG mode and under test, else raise ImproperlyConfigured."""
    secret = environment.text("SECRET_KEY")
    if secret:
        return secret
    if DEBUG or TESTING:
        return "only-for-debug-mode-never-for-a-public-site"
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make run` once, which writes a .env file with a random one, "
        "or set SECRET_KEY to a long random string (DEBUG=1 allows going without)."
    )


SECRET_KEY = read_secret_key()
ALLOWED_HOSTS: list[str] = environment.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = environment.origins("CSRF_TRUSTED_ORIGINS")

# What the archive says of itself
SITE_NAME = environment.text("SITE_NAME") or _("Discussion Archive")
SITE_DESCRIPTION: str = environment.text("SITE_DESCRIPTION")
SITE_CONTACT: str = environment.text("SITE_CONTACT")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "taggit",
    "threads",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "threads.web.page_cache.ContentSecurityPolicy",
    "threads.web.page_cache.PageCache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "archive_site.urls"
WSGI_APPLICATION = "archive_site.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "threads.web.context_processors.site",
            ],
        },
    },
]


def read_database() -> dict[str, Any]:
    """Return DATABASE_URL as Django wants it, with the pragmas that make SQLite safe under a crash and quick."""
    database = environment.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'archive.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # A new file keeps account of its free pages, so that an import can give them back.
            "init_command": "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        }
    database["CONN_MAX_AGE"] = environment.number("DATABASE_CONN_MAX_AGE", default=600)
    # A server that was restarted has closed them all; else each of our processes would fail once to learn it.
    database["CONN_HEALTH_CHECKS"] = True
    return database


DATABASES = {"default": read_database()}
# Without an address, a cache in each process's memory.
CACHES = {"default": environment.cache("CACHE_URL", "locmemcache://")}
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 1000}


def read_release() -> str:
    """Return a digest of what pages are made of, so that a page kept by older code or settings is never served."""
    rooms = ("templates", "static", "threads", "locale")
    files = sorted(path for room in rooms for path in (BASE_DIR / room).rglob("*") if path.suffix != ".pyc")
    stamps = "".join(f"{path}{path.stat().st_mtime_ns}" for path in files if path.is_file())
    # Not SITE_NAME itself: nothing can be translated before the settings are read.
    words = f"{environment.text('SITE_NAME')}\0{SITE_DESCRIPTION}\0{SITE_CONTACT}\0{SECRET_KEY}"
    return sha256(f"{stamps}{words}".encode()).hexdigest()


# Pages as they go out are kept in the cache until the archive changes (not while templates are being written).
PAGE_CACHE: bool = environment.yes_or_no("PAGE_CACHE", default=not DEBUG and not TESTING)
PAGE_CACHE_SECONDS: int = environment.number("PAGE_CACHE_SECONDS", default=7 * 24 * 3600)
RELEASE = read_release()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

FIXTURE_DIRS = [BASE_DIR / "fixtures"]

LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LANGUAGE_CODE = environment.choice("LANGUAGE_CODE", [code for code, _name in LANGUAGES], default="en")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "archive_site.formats"
TIME_ZONE = environment.time_zone("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and DEBUG read static files where they lie; a public site serves hashed, compressed copies.
HASHED_STATIC: bool = environment.yes_or_no("HASHED_STATIC", default=not DEBUG and not TESTING)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Security. HTTPS=1 says that readers reach the site through TLS: cookies are then sent over nothing else.
HTTPS: bool = environment.yes_or_no("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS: int = environment.number("HSTS_SECONDS", default=31536000 if HTTPS else 0)
# Other names below this host may be other people's sites without TLS, and lists of browsers forget nobody quickly: both
# only where they are asked for. What `check --deploy` would say of that is therefore not said.
SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = environment.yes_or_no("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD: bool = environment.yes_or_no("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if environment.yes_or_no("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Other sites learn nothing of what was read here. "no-referrer" would go further and make browsers send "Origin: null"
# with every form, which the protection against forged requests must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "threads.views.errors.forbidden"

TAGGIT_CASE_INSENSITIVE = True
TAGGIT_STRIP_UNICODE_WHEN_SLUGIFYING = False

# Comments on one page of a thread, rows on one page of a list
THREAD_PAGE_SIZE: int = environment.number("THREAD_PAGE_SIZE", default=50, least=1, most=1000)
LIST_PAGE_SIZE: int = environment.number("LIST_PAGE_SIZE", default=20, least=1, most=1000)

ADMIN_TITLE = _("Archive administration")

LOG_LEVEL = environment.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], default="WARNING")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "brief": {"()": "django.utils.log.CallbackFilter", "callback": "ext://threads.views.errors.without_traceback"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["brief"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
