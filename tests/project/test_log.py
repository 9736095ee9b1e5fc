"""The log: lines of text, or objects of JSON for programs that collect logs."""

from __future__ import annotations

import json
import logging
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from threads.views.errors import shorten_record


@pytest.fixture
def to_json() -> logging.Formatter:
    log_settings: Any = settings.LOGGING
    formatter: logging.Formatter = DictConfigurator({}).configure_formatter({**log_settings["formatters"]["json"]})
    return formatter


def test_a_line_of_json_has_time_level_logger_message_and_status(to_json: logging.Formatter) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Not possible: %s", ("/茶/",), None)
    record.status_code = 500
    line = to_json.format(record)
    assert "茶" in line
    fields = json.loads(line)
    assert fields.pop("time")
    assert fields == {
        "level": "ERROR", "logger": "django.request", "message": "Not possible: /茶/", "status_code": 500,
    }  # fmt: skip


@pytest.mark.django_db
def test_the_log_has_neither_the_query_nor_the_address_of_a_reader(
    caplog: pytest.LogCaptureFixture, to_json: logging.Formatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the search is broken")

    monkeypatch.setattr("threads.views.search.run_search", fail)
    client = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.7")
    assert client.get("/search/?q=umbrella").status_code == 500
    lines = "\n".join(map(to_json.format, caplog.records))
    assert "the search is broken" in lines
    assert "umbrella" not in lines
    assert "198.51.100.7" not in lines


@pytest.mark.django_db
def test_a_page_that_does_not_exist_is_no_line_of_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/nothing/").status_code == 404
    assert not any(map(shorten_record, caplog.records))
