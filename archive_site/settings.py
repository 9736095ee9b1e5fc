"""Settings of the site, read from the environment or the `.env` file beside `manage.py`.

`docs/operators.md` lists all environment variables. An invalid value stops the process with a message that names the
variable and the remedy.
"""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from jinja2 import StrictUndefined
from pythonjsonlogger.core import RESERVED_ATTRS

from archive_site import environment

BASE_DIR = Path(__file__).resolve().parent.parent

environment.load_env_file(BASE_DIR / ".env")

DEBUG: bool = environment.boolean("DEBUG", default=False)
TESTING = "pytest" in sys.modules


def read_secret_key() -> str:
    """Return SECRET_KEY, or a fixed key in DEBUG mode and in tests. Raises ImproperlyConfigured if it is missing."""
    secret = environment.text("SECRET_KEY")
    if secret:
        return secret
    if DEBUG or TESTING:
        return "only-for-debug-mode-never-for-a-public-site"
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make run` once to write a .env file with a random key, "
        "or set SECRET_KEY to a long random string. With DEBUG=1 it is optional."
    )


SECRET_KEY = read_secret_key()
ALLOWED_HOSTS: list[str] = environment.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = environment.origins("CSRF_TRUSTED_ORIGINS")

# Name, description and contact on the pages
SITE_NAME = environment.text("SITE_NAME") or _("Discussion Archive")
SITE_DESCRIPTION: str = environment.text("SITE_DESCRIPTION")
SITE_CONTACT: str = environment.text("SITE_CONTACT")

# Second hosts of one discussion site. Keys of threads and links between threads use the host on the right.
KNOWN_HOST_ALIASES = {
    "mohu.pincong.rocks": "mohu.rocks",
    "2049bbs.github.io": "2049bbs.xyz",
    "bbs.lirencollege.xyz": "2049bbs.xyz",
    "pincongbackup.github.io": "pin-cong.com",
}
HOST_ALIASES: dict[str, str] = environment.host_aliases("HOST_ALIASES", KNOWN_HOST_ALIASES)

# Names that sites show for people without a name or account. Nobody is their author.
KNOWN_PLACEHOLDER_NAMES = [
    *("匿名用户", "匿名用戶", "匿名", "知乎用户", "知乎用戶"),
    *("已注销", "已註銷", "[已注销]", "[已註銷]", "已注销用户", "已註銷用戶", "用户已注销", "用戶已註銷"),
    *("账号已注销", "帐号已注销", "帳號已註銷", "[已删除]", "[已刪除]"),
    *("[deleted]", "[removed]", "Deleted User", "Anonymous", "Anonymous User"),
]
PLACEHOLDER_NAMES: list[str] = environment.comma_separated("PLACEHOLDER_NAMES", KNOWN_PLACEHOLDER_NAMES)

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
    "django_otp",
    "django_otp.plugins.otp_totp",
    "threads",
]

MIDDLEWARE = [
    "threads.web.metrics.Metrics",
    "threads.web.security_headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "threads.web.crawlers.BlockedAgents",
    "threads.web.canonical_urls.CanonicalUrls",
    "threads.web.page_cache.PageCache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "threads.web.crawlers.RequestLimits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "threads.web.database_choice.DatabaseChoice",
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
                "threads.web.context_processors.add_site_context",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja2"],
        "OPTIONS": {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined},
    },
]


def complete_database(database: dict[str, Any]) -> dict[str, Any]:
    """Add options to a database. For SQLite, pragmas make it safe after a crash and fast."""
    options: dict[str, Any] = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        database["ENGINE"] = "archive_site.database.sqlite3"
        database["TEST"] = {"NAME": ":memory:"}  # pytest-django knows the default of Django's backend only
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # auto_vacuum works for new files only. It lets an import return free pages.
            "init_command": "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        }
    else:
        database["ENGINE"] = "archive_site.database.postgresql"
        # Seconds to connect; then milliseconds and seconds after which a connection without a server is closed.
        limits = {"connect_timeout": 3, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5}
        database["OPTIONS"] = limits | {"keepalives_count": 3} | options
    database["CONN_MAX_AGE"] = environment.number("DATABASE_CONN_MAX_AGE", default=600)
    # A restarted server has closed all connections. Without this, each process would fail once.
    database["CONN_HEALTH_CHECKS"] = True
    return database


def read_replicas() -> dict[str, dict[str, Any]]:
    """Return the replicas by alias. Their connections cannot write, and are given up sooner than the primary's."""
    replicas: dict[str, dict[str, Any]] = {}
    for number, config in enumerate(environment.databases("DATABASE_REPLICA_URLS"), start=1):
        database = replicas[f"replica_{number}"] = complete_database(config)
        if not database["ENGINE"] == DATABASES["default"]["ENGINE"] == "archive_site.database.postgresql":
            raise ImproperlyConfigured(
                "DATABASE_REPLICA_URLS must be replicas of PostgreSQL, and DATABASE_URL their primary. SQLite has none."
            )
        database["OPTIONS"] |= {"connect_timeout": 2, "tcp_user_timeout": 3_000}
        database["OPTIONS"].setdefault("options", "-c default_transaction_read_only=on")
        # A connection is checked when the replica is asked for its version. A connection that hangs is not replaced at
        # once, because the new one would hang too.
        database |= {"CONN_HEALTH_CHECKS": False, "HEALTH_CHECK_SECONDS": 1.0, "TEST": {"MIRROR": "default"}}
    return replicas


SQLITE_URL = f"sqlite:///{BASE_DIR / 'archive.sqlite3'}"
DATABASES = {"default": complete_database(environment.database("DATABASE_URL", SQLITE_URL))}
DATABASES |= read_replicas()
REPLICAS: list[str] = [alias for alias in DATABASES if alias != "default"]
DATABASE_ROUTERS = ["threads.database.reading.ReadRouter"] if REPLICAS else []
# Seconds for which a replica may be behind the primary until it is no longer asked
REPLICA_MAX_LAG: int = environment.number("DATABASE_REPLICA_MAX_LAG", default=10, most=86_400)


def read_page_cache() -> dict[str, Any]:
    """Return the cache of pages. The default is the memory of each process, with a limit in bytes."""
    cache = environment.cache("CACHE_URL", "locmemcache://")
    if cache["BACKEND"].endswith("LocMemCache"):
        megabytes = environment.number("PAGE_CACHE_MEGABYTES", default=64, least=1, most=1_000_000)
        cache["BACKEND"] = "archive_site.memory_cache.BoundedLocMemCache"
        cache["OPTIONS"] = {"MAX_ENTRIES": 5000, "MAX_BYTES": megabytes * 2**20}
    return cache


# Counters of limits are apart from pages, so that pages cannot evict them; those of forms are apart from those of
# requests, which an attacker could make in any number. Each process counts for itself.
COUNTER_CACHE = {"BACKEND": "archive_site.memory_cache.ExpiringLocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
CACHES = {
    "default": read_page_cache(),
    "limits": COUNTER_CACHE | {"LOCATION": "limits"},
    "requests": COUNTER_CACHE | {"LOCATION": "requests"},
}


def read_release() -> str:
    """Return a hash of code, templates and settings, so that pages cached by older code are not used."""
    folders = ("templates", "static", "threads", "locale")
    files = sorted(path for folder in folders for path in (BASE_DIR / folder).rglob("*") if path.suffix != ".pyc")
    stamps = "".join(f"{path}{path.stat().st_mtime_ns}" for path in files if path.is_file())
    # Not SITE_NAME itself: a lazy translation cannot be evaluated in the settings.
    values = f"{environment.text('SITE_NAME')}\0{SITE_DESCRIPTION}\0{SITE_CONTACT}\0{SECRET_KEY}"
    return sha256(f"{stamps}{values}".encode()).hexdigest()


# Rendered pages are cached until the archive changes, except in DEBUG mode.
PAGE_CACHE: bool = environment.boolean("PAGE_CACHE", default=not DEBUG and not TESTING)
# A former address is a hash of the text. If it still redirects, guesses of a redacted text can be tested with it.
KEEP_REDACTED_ADDRESSES: bool = environment.boolean("KEEP_REDACTED_ADDRESSES", default=False)
PAGE_CACHE_SECONDS: int = environment.number("PAGE_CACHE_SECONDS", default=7 * 24 * 3600)
# Seconds for which a proxy may send a page without asking. What is hidden is gone from it after twice as long.
PROXY_CACHE_SECONDS: int = environment.number("PROXY_CACHE_SECONDS", default=0, most=3600)
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
# Tests and DEBUG use the source files; a public site serves hashed, compressed copies.
HASHED_STATIC: bool = environment.boolean("HASHED_STATIC", default=not DEBUG and not TESTING)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Security. HTTPS=1 means that readers use TLS: cookies are sent over TLS only.
HTTPS: bool = environment.boolean("HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Browsers accept such a cookie from this host only, not from its subdomains or without TLS.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-django_language"
# By default, Django writes messages into a cookie whose name cannot be set.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS: int = environment.number("HSTS_SECONDS", default=31536000 if HTTPS else 0)
# Subdomains may be other sites without TLS, and preload lists are slow to remove a host. Both are off by default, and
# the checks of `check --deploy` for them are silenced.
SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = environment.boolean("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD: bool = environment.boolean("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if environment.boolean("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Other sites get no referrer. With "no-referrer", browsers would send "Origin: null" with every form, and the CSRF
# check would reject it.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "threads.views.errors.permission_denied"

TAGGIT_CASE_INSENSITIVE = True
TAGGIT_STRIP_UNICODE_WHEN_SLUGIFYING = False

# Comments on one page of a thread, rows on one page of a list
THREAD_PAGE_SIZE: int = environment.number("THREAD_PAGE_SIZE", default=50, least=1, most=1000)
LIST_PAGE_SIZE: int = environment.number("LIST_PAGE_SIZE", default=20, least=1, most=1000)

# Admin: another path than /admin/ keeps it from simple scans. Accounts with a second factor always need it.
ADMIN_PATH: str = environment.path_part("ADMIN_PATH", default="admin")
SECOND_FACTOR: bool = environment.boolean("SECOND_FACTOR", default=False)
OTP_TOTP_ISSUER: str = environment.text("SITE_NAME", "Discussion Archive")

# Requests a minute from one network to one process, without cached pages; 0 is no limit. Readers may share a network.
ARE_REQUESTS_LIMITED = not DEBUG and not TESTING
SEARCHES_PER_MINUTE: int = environment.number("SEARCHES_PER_MINUTE", default=120 if ARE_REQUESTS_LIMITED else 0)
UNCACHED_PER_MINUTE: int = environment.number("UNCACHED_PER_MINUTE", default=600 if ARE_REQUESTS_LIMITED else 0)
# Crawlers with one of these words in their User-Agent get 403.
BLOCKED_AGENTS: list[str] = environment.words("BLOCKED_AGENTS", least=4)
# Seconds of one search (0 is no limit), and searches at once in one process
SEARCH_SECONDS: float = environment.number("SEARCH_SECONDS", default=0 if TESTING else 5, most=60)
# A query of a replica that hangs fails after these seconds. The page is then read from another database.
for _alias in REPLICAS:
    DATABASES[_alias]["QUERY_SECONDS"] = SEARCH_SECONDS + 5 if SEARCH_SECONDS else 60
SEARCHES_AT_ONCE: int = environment.number("SEARCHES_AT_ONCE", default=4, least=1, most=1000)

ADMIN_TITLE = _("Archive administration")

# Monitoring: the password of /metrics, and the time from which a query is logged. Empty and 0: off.
METRICS_TOKEN: str = environment.text("METRICS_TOKEN")
SLOW_QUERY_MS: int = environment.number("SLOW_QUERY_MS", default=0, most=3_600_000)
LOG_LEVEL = environment.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], default="WARNING")
LOG_FORMAT = environment.choice("LOG_FORMAT", ["text", "json"], default="text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(message)s"},
        # A request holds the query and the address of its reader.
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "reserved_attrs": [*RESERVED_ATTRS, "request"],
            "json_ensure_ascii": False,
        },
    },
    "filters": {
        "brief": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://threads.views.errors.shorten_record",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["brief"], "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
