"""Environment variables are read, or stop the process with a message that names the variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from archive_site import environment
from threads.maintenance import readiness

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the project folder with these environment variables."""
    base = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CACHE_URL"}}
    merged = base | {"DEBUG": "1", "LANGUAGE_CODE": "en"} | variables
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=merged, capture_output=True, text=True, check=False)


@pytest.mark.filterwarnings("ignore:Engine not recognized")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THREAD_PAGE_SIZE", "abc"),
        ("THREAD_PAGE_SIZE", "0"),
        ("LIST_PAGE_SIZE", "1001"),
        ("PAGE_CACHE_SECONDS", "-1"),
        ("DATABASE_CONN_MAX_AGE", "1.5"),
        ("HSTS_SECONDS", "٣"),
        ("DEBUG", "maybe"),
        ("HTTPS", "2"),
        ("BEHIND_PROXY", "perhaps"),
        ("HASHED_STATIC", "?"),
        ("PAGE_CACHE", "-"),
        ("TIME_ZONE", "Nowhere"),
        ("TIME_ZONE", "../etc"),
        ("LANGUAGE_CODE", "fr"),
        ("LOG_LEVEL", "loud"),
        ("ALLOWED_HOSTS", "https://archive.example"),
        ("ALLOWED_HOSTS", "archive.example:8000"),
        ("ALLOWED_HOSTS", "archive.example other.example"),
        ("HOST_ALIASES", "old.example"),
        ("HOST_ALIASES", "old.example="),
        ("HOST_ALIASES", "a.example=b.example=c.example"),
        ("HOST_ALIASES", "https://old.example=new.example"),
        ("HOST_ALIASES", "a.example=b.example,b.example=c.example"),
        ("HOST_ALIASES", "a.example=www.a.example"),
        ("CSRF_TRUSTED_ORIGINS", "archive.example"),
        ("CSRF_TRUSTED_ORIGINS", "https://archive.example/"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://a@b/c"),
        ("DATABASE_URL", "postgres://archive:word@127.0.0.1:port/archive"),
        ("DATABASE_URL", "postgres://127.0.0.1:5432"),
        ("DATABASE_REPLICA_URLS", "nonsense"),
        ("DATABASE_REPLICA_URLS", "postgres://archive:word@127.0.0.1/archive,postgres://archive:word@127.0.0.1:port/a"),
        ("DATABASE_REPLICA_URLS", "postgres://archive:word@127.0.0.1/archive"),
        ("DATABASE_REPLICA_URLS", "sqlite:////tmp/word.sqlite3"),
        ("DATABASE_REPLICA_MAX_LAG", "-1"),
        ("CACHE_URL", "nonsense"),
        ("ADMIN_PATH", "/desk/"),
        ("ADMIN_PATH", "Desk"),
        ("CACHE_URL", "rediscache://127.0.0.1:port/1"),
    ],
)
def test_an_invalid_value_raises_an_error_with_a_message_that_names_the_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The address of a replica is wrong beside SQLite, whatever database these tests use.
    monkeypatch.setenv("DATABASE_URL", "sqlite:////tmp/other.sqlite3")
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as error:
        run_path(str(ROOT / "archive_site" / "settings.py"))
    message = str(error.value)
    assert message.startswith(f"{name} must be ")
    assert "word" not in message.replace("password", "")


def test_the_commands_and_the_web_server_print_the_message_without_a_traceback() -> None:
    for command in (("manage.py", "check"), ("-c", "import archive_site.wsgi")):
        process = run(*command, TIME_ZONE="Nowhere")
        assert process.returncode in {1, 3}
        assert process.stderr.strip() == (
            "Invalid settings. TIME_ZONE must be a time zone such as UTC or Asia/Taipei, not 'Nowhere'."
        )


def test_valid_values_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, expected in {"1": True, "on": True, "No": False, "0": False, "": True}.items():
        monkeypatch.setenv("TEA", value)
        assert environment.boolean("TEA", default=True) is expected
    monkeypatch.setenv("TEA", " 70 ")
    assert environment.number("TEA", default=1) == 70
    monkeypatch.setenv("TEA", "a.example, b.example,")
    assert environment.comma_separated("TEA", []) == ["a.example", "b.example"]
    monkeypatch.setenv("TEA", "*,.a.example,xn--5nq.example,[::1],127.0.0.1,localhost")
    assert len(environment.hosts("TEA", [])) == 6
    monkeypatch.setenv("TEA", "https://a.example")
    assert environment.origins("TEA") == ["https://a.example"]
    monkeypatch.setenv("TEA", "WWW.Old.example=new.example, b.example:8080=new.example")
    expected_hosts = {"old.example": "new.example", "b.example:8080": "new.example"}
    assert environment.host_aliases("TEA", {}) == expected_hosts
    monkeypatch.setenv("TEA", "Asia/Taipei")
    assert environment.time_zone("TEA", default="UTC") == "Asia/Taipei"
    monkeypatch.setenv("TEA", "postgres://archive:p%40ss@db:5433/tea")
    assert environment.database("TEA", "").items() >= {"PASSWORD": "p@ss", "PORT": 5433, "NAME": "tea"}.items()
    for address in ("rediscache://127.0.0.1:6379/1", "rediscache://a:1,b:2/1", "locmemcache://", "filecache:///tmp/x"):
        monkeypatch.setenv("TEA", address)
        assert "BACKEND" in environment.cache("TEA", "")
    monkeypatch.delenv("TEA")
    with pytest.raises(ImproperlyConfigured, match="TEA must be one of milk, lemon"):
        environment.choice("TEA", ["milk", "lemon"], default="sugar")


COMMANDS = [
    ("manage.py", "import_archive", "fixtures/sample_archive"),
    ("manage.py", "verify_archive"),
    ("manage.py", "export_archive", "OUT", "--format", "jsonl"),
    ("manage.py", "relink"),
    ("manage.py", "rebuild_search"),
    ("manage.py", "createsuperuser", "--noinput", "--username", "keeper", "--email", "keeper@example.org"),
    ("-c", "import archive_site.wsgi"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[1])
def test_a_database_without_migrations_stops_the_command_with_a_message(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    words = [str(tmp_path / "out.jsonl") if word == "OUT" else word for word in command]
    process = run(*words, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert process.returncode
    assert process.stderr.strip().splitlines()[-1].endswith("run manage.py migrate.")
    assert "Traceback" not in process.stderr


def test_an_unavailable_database_stops_a_command_but_not_the_web_server() -> None:
    process = run("manage.py", "verify_archive", DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert "The database is unavailable" in process.stderr
    assert "Traceback" not in process.stderr
    server = run("-c", "import archive_site.wsgi", DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert server.returncode == 0
    assert "The database is unavailable" in server.stderr
    assert "Check DATABASE_URL" in server.stderr
    assert "Traceback" not in server.stderr


REQUESTS = """
import django
django.setup()
from django.test import Client
client = Client(headers={"host": "localhost"}, raise_request_exception=False)
for path in ("/", "/healthz", "/t/tea/", "/search/?q=tea"):
    answer = client.get(path)
    print(path, answer.status_code, answer.get("Retry-After"), b"Temporarily unavailable" in answer.content)
"""


def test_pages_answer_503_while_the_database_is_unavailable_and_the_log_has_one_line_for_each() -> None:
    variables = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "DEBUG": "0", "SECRET_KEY": "tea"}
    # A fresh clone has no collected static files, which gives a warning.
    variables["PYTHONWARNINGS"] = "ignore"
    process = run("-c", REQUESTS, DJANGO_SETTINGS_MODULE="archive_site.settings", HASHED_STATIC="0", **variables)
    assert [line.split(maxsplit=1)[1] for line in process.stdout.splitlines()] == ["503 30 True"] * 4
    log_lines = process.stderr.strip().splitlines()
    assert len(log_lines) == 4, process.stderr
    assert log_lines[1].startswith("Service Unavailable: /healthz (connection failed")


PRINT_HSTS = """
from archive_site import settings as s
print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)
"""


def test_hsts_for_subdomains_and_preload_lists_is_off_by_default() -> None:
    assert run("-c", PRINT_HSTS).stdout == "0 False False\n"
    assert run("-c", PRINT_HSTS, HTTPS="1").stdout == "31536000 False False\n"
    assert run("-c", PRINT_HSTS, HTTPS="1", HSTS_SECONDS="3600").stdout == "3600 False False\n"
    assert run("-c", PRINT_HSTS, HTTPS="1", HSTS_SUBDOMAINS="1", HSTS_PRELOAD="1").stdout == "31536000 True True\n"


PRINT_COOKIES = """
from archive_site import settings
print(*(getattr(settings, name) for name in dir(settings) if name.endswith("_COOKIE_NAME")))
"""


def test_cookies_are_of_this_host_only_with_https() -> None:
    names = "__Host-csrftoken __Host-django_language __Host-sessionid\n"
    assert run("-c", PRINT_COOKIES, HTTPS="1").stdout == names
    assert run("-c", PRINT_COOKIES).stdout == "\n"


@pytest.mark.django_db
def test_admin_may_have_another_address() -> None:
    code = (
        "import django; django.setup(); from django.test import Client; from django.urls import reverse;"
        "print(reverse('admin:index'), Client().get('/admin/').status_code, Client().get('/desk/').status_code)"
    )
    environment = {
        "ADMIN_PATH": "desk",
        "DJANGO_SETTINGS_MODULE": "archive_site.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    assert run("-c", code, **environment).stdout.split() == ["/desk/", "404", "302"]


def test_connections_are_checked_before_use() -> None:
    assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True


@pytest.mark.django_db
def test_a_missing_migration_gives_a_message() -> None:
    assert readiness.database_problem() == ""
    newest = MigrationRecorder(connection).migration_qs.filter(app="threads").order_by("name").last()
    assert newest is not None
    newest.delete()
    assert readiness.database_problem().endswith("run manage.py migrate.")


def test_gunicorn_has_a_long_timeout_and_no_control_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    settings = run_path(str(ROOT / "gunicorn.conf.py"))
    assert settings["timeout"] == 60
    assert settings["control_socket_disable"] is True
