"""The report form and how often it may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from tests.factories import make_article, make_comments
from threads.models import Report
from threads.views.report_form import ReportForm
from threads.web.throttling import allowed

if TYPE_CHECKING:
    from django.test import RequestFactory

GOOD = {"reason": "privacy", "message": "my street is named", "contact": "", "website": ""}


def errors(**values: str) -> dict[str, Any]:
    """Return what the form finds wrong."""
    return dict(ReportForm(GOOD | values).errors)


@pytest.mark.django_db
def test_a_report_is_kept_with_what_it_is_about() -> None:
    (comment,) = make_comments(make_article(), [None])
    form = ReportForm(GOOD | {"contact": "post@example.org"})
    assert form.is_valid()
    form.receive(comment)
    report = Report.objects.get()
    assert (report.comment, report.reason, report.message) == (comment, "privacy", "my street is named")
    assert report.contact == "post@example.org"


@pytest.mark.django_db
def test_a_report_with_the_trap_filled_in_is_thrown_away_without_a_word() -> None:
    form = ReportForm(GOOD | {"website": "https://seeds.example"})
    assert form.is_valid()
    assert form.receive(make_article()) is None
    assert not Report.objects.exists()


def test_what_is_too_long_or_no_reason_at_all_is_refused() -> None:
    assert errors() == {}
    assert set(errors(message="x" * 4001)) == {"message"}
    assert set(errors(contact="x" * 256)) == {"contact"}
    assert set(errors(reason="")) == {"reason"}
    assert set(errors(reason="revenge")) == {"reason"}


def test_another_reason_needs_a_word() -> None:
    assert set(errors(reason="other", message="")) == {"message"}
    assert errors(reason="spam", message="") == {}


def test_a_null_character_is_refused() -> None:
    assert set(errors(message="a\0b")) == {"message"}


def tries(rf: RequestFactory, count: int, action: str = "report", **headers: str) -> list[bool]:
    """Try several times and return what was allowed."""
    return [allowed(rf.get("/", **headers), action, times=3, seconds=600) for _ in range(count)]  # type: ignore[arg-type]


@pytest.fixture
def empty_cache() -> None:
    """Forget all counts."""
    cache.clear()


@pytest.mark.usefixtures("empty_cache")
def test_a_reader_may_do_it_so_often_and_no_more(rf: RequestFactory) -> None:
    assert tries(rf, 5) == [True, True, True, False, False]


@pytest.mark.usefixtures("empty_cache")
def test_readers_and_actions_are_counted_apart(rf: RequestFactory) -> None:
    tries(rf, 5)
    assert tries(rf, 1, REMOTE_ADDR="198.51.100.7") == [True]
    assert tries(rf, 1, action="search") == [True]


@pytest.mark.usefixtures("empty_cache")
def test_addresses_of_one_household_are_counted_together(rf: RequestFactory) -> None:
    tries(rf, 3, REMOTE_ADDR="2001:db8::1")
    assert tries(rf, 1, REMOTE_ADDR="2001:db8::ffff:2") == [False]
    assert tries(rf, 1, REMOTE_ADDR="2001:db8:0:1::1") == [True]


@pytest.mark.usefixtures("empty_cache")
def test_behind_a_proxy_the_address_is_the_one_it_reports(rf: RequestFactory) -> None:
    tries(rf, 3, HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert tries(rf, 1, HTTP_X_FORWARDED_FOR="198.51.100.8") == [False]
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        tries(rf, 3, HTTP_X_FORWARDED_FOR="forged, 198.51.100.7")
        assert tries(rf, 1, HTTP_X_FORWARDED_FOR="forged too, 198.51.100.7") == [False]
        assert tries(rf, 1, HTTP_X_FORWARDED_FOR="198.51.100.8") == [True]
        assert tries(rf, 4, HTTP_X_FORWARDED_FOR="nonsense") == [True, True, True, False]


@pytest.mark.usefixtures("empty_cache")
def test_no_address_is_kept_and_none_is_known_again_the_next_day(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    def add(key: str, *_: int) -> bool:
        keys.append(key)
        return True

    monkeypatch.setattr(cache, "add", add)
    day = datetime(2020, 9, 30, tzinfo=UTC)
    for now in (day, day + timedelta(days=1)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        tries(rf, 1)
    assert "127.0.0.1" not in "".join(keys)
    assert len(set(keys)) == 2


def test_a_count_that_expires_in_between_is_no_error(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(key: str) -> int:
        raise ValueError(key)

    monkeypatch.setattr(cache, "add", lambda *_: False)
    monkeypatch.setattr(cache, "incr", gone)
    assert tries(rf, 1) == [True]
