"""Settings of the site, read from the environment or a `.env` file beside `manage.py`.

Every value a deployment may want to change is an environment variable, listed in `docs/operators.md`. A value that
cannot be read stops the process with a sentence that names the variable and says what to do.
"""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG: bool = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules


def read_secret_key() -> str:
    """Return SECRET_KEY; without one, a fixed key in DEBUG mode and under test, else raise ImproperlyConfigured."""
    secret: str = env.str("SECRET_KEY", default="")
    if secret:
        return secret
    if DEBUG or TESTING:
        return "only-for-debug-mode-never-for-a-public-site"
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make run` once, which writes a .env file with a random one, "
        "or set SECRET_KEY to a long random string (DEBUG=1 allows going without)."
    )


SECRET_KEY = read_secret_key()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# What the archive says of itself
SITE_NAME = env.str("SITE_NAME", default="") or _("Discussion Archive")
SITE_DESCRIPTION: str = env.str("SITE_DESCRIPTION", default="")
SITE_CONTACT: str = env.str("SITE_CONTACT", default="")

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
    "threads.page_cache.ContentSecurityPolicy",
    "threads.page_cache.PageCache",
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
                "threads.context_processors.site",
            ],
        },
    },
]


def read_database() -> dict[str, Any]:
    """Return DATABASE_URL as Django wants it, with the pragmas that make SQLite safe under a crash and quick."""
    address = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'archive.sqlite3'}"
    if address.partition(":")[0] not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with sqlite:// or postgres://, "
            "for example sqlite:////srv/archive/archive.sqlite3 or postgres://user:password@host:5432/name."
        )
    database: dict[str, Any] = env.db_url_config(address)
    if database["ENGINE"].endswith("sqlite3"):
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;"
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        }
    database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=600)
    return database


def read_cache() -> dict[str, Any]:
    """Return CACHE_URL as Django wants it; without one, a cache in each process's memory."""
    address = env.str("CACHE_URL", default="") or "locmemcache://"
    try:
        cache: dict[str, Any] = env.cache_url_config(address)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(
            f"CACHE_URL cannot be read; an example: redis://127.0.0.1:6379/1 ({error})"
        ) from error
    return cache


DATABASES = {"default": read_database()}
CACHES = {"default": read_cache()}
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 1000}


def read_release() -> str:
    """Return a digest of what pages are made of, so that a page kept by older code or settings is never served."""
    rooms = ("templates", "static", "threads", "locale")
    files = sorted(path for room in rooms for path in (BASE_DIR / room).rglob("*") if path.suffix != ".pyc")
    stamps = "".join(f"{path}{path.stat().st_mtime_ns}" for path in files if path.is_file())
    # Not SITE_NAME itself: nothing can be translated before the settings are read.
    words = f"{env.str('SITE_NAME', default='')}\0{SITE_DESCRIPTION}\0{SITE_CONTACT}\0{SECRET_KEY}"
    return sha256(f"{stamps}{words}".encode()).hexdigest()


# Pages as they go out are kept in the cache until the archive changes (not while templates are being written).
PAGE_CACHE: bool = env.bool("PAGE_CACHE", default=not DEBUG and not TESTING)
PAGE_CACHE_SECONDS: int = env.int("PAGE_CACHE_SECONDS", default=7 * 24 * 3600)
RELEASE = read_release()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

FIXTURE_DIRS = [BASE_DIR / "fixtures"]

LANGUAGE_CODE: str = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "archive_site.formats"
TIME_ZONE: str = env.str("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and DEBUG read static files where they lie; a public site serves hashed, compressed copies.
HASHED_STATIC: bool = env.bool("HASHED_STATIC", default=not DEBUG and not TESTING)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Security. HTTPS=1 says that readers reach the site through TLS: cookies are then sent over nothing else.
HTTPS: bool = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS: int = env.int("HSTS_SECONDS", default=31536000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Other sites learn nothing of what was read here. "no-referrer" would go further and make browsers send "Origin: null"
# with every form, which the protection against forged requests must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

TAGGIT_CASE_INSENSITIVE = True
TAGGIT_STRIP_UNICODE_WHEN_SLUGIFYING = False

# Comments on one page of a thread, rows on one page of a list
THREAD_PAGE_SIZE: int = env.int("THREAD_PAGE_SIZE", default=50)
LIST_PAGE_SIZE: int = env.int("LIST_PAGE_SIZE", default=20)
if not (1 <= THREAD_PAGE_SIZE <= 1000 and 1 <= LIST_PAGE_SIZE <= 1000):
    raise ImproperlyConfigured("THREAD_PAGE_SIZE and LIST_PAGE_SIZE must be numbers from 1 to 1000.")

ADMIN_TITLE = _("Archive administration")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
