"""Metrics for Prometheus."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from tests.factories import make_article
from threads.models import ImportRun, Report
from threads.urls import urlpatterns
from threads.web.metrics import PAGES, find_page

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer a-long-token"}


@pytest.fixture
def scraper(settings: Settings) -> Client:
    settings.METRICS_TOKEN = "a-long-token"
    return Client()


def read_metrics(client: Client) -> dict[str, float]:
    text = client.get("/metrics", headers=TOKEN).content.decode()
    return {name: float(value) for name, value in re.findall(r"^(archive_\S+) (\S+)$", text, re.MULTILINE)}


def test_without_a_token_there_is_no_such_page(client: Client) -> None:
    assert not django_settings.METRICS_TOKEN
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_a_wrong_token_is_told_nothing(scraper: Client) -> None:
    assert scraper.get("/metrics").status_code == 404
    assert scraper.get("/metrics", headers={"Authorization": "Bearer a-long-toke"}).status_code == 404


def test_requests_are_counted_by_kind_of_page_and_status(scraper: Client) -> None:
    article = make_article()
    name = 'archive_requests_total{page="%s",status="%d"}'
    before = read_metrics(scraper)
    scraper.get(f"/t/{article.key}/")
    scraper.get("/t/nobody.example/article/1/")
    scraper.get("/an/address/that/a/client/chose")
    after = read_metrics(scraper)
    for counted in (name % ("t", 200), name % ("t", 404), name % ("other", 404)):
        assert after[counted] - before.get(counted, 0) == 1
    timed = 'archive_request_seconds_count{page="t"}'
    assert after[timed] - before.get(timed, 0) == 2


def test_no_label_repeats_what_a_reader_asked_for(scraper: Client) -> None:
    article = make_article()
    scraper.get(f"/t/{article.key}/")
    scraper.get("/search/?q=umbrella")
    text = scraper.get("/metrics", headers=TOKEN).content.decode()
    assert article.key not in text
    assert "umbrella" not in text


def test_hits_and_misses_of_the_page_cache_are_counted(scraper: Client, settings: Settings) -> None:
    settings.PAGE_CACHE = True
    make_article()
    before = read_metrics(scraper)
    scraper.get("/about/")
    scraper.get("/about/")
    after = read_metrics(scraper)
    for outcome in ("hit", "miss"):
        name = f'archive_page_cache_total{{outcome="{outcome}"}}'
        assert after[name] - before.get(name, 0) >= 1


def test_the_last_import_and_the_open_reports_are_told(scraper: Client) -> None:
    run = ImportRun.objects.create(files_refused=3)
    assert "archive_last_import_timestamp_seconds" not in read_metrics(scraper)
    run.finished_at = run.started_at
    run.save()
    Report.objects.create(article=make_article())
    metrics = read_metrics(scraper)
    assert metrics["archive_last_import_timestamp_seconds"] == pytest.approx(run.started_at.timestamp())
    assert metrics["archive_last_import_refused_files"] == 3
    assert metrics["archive_open_reports"] == 1
    assert metrics["archive_database_up"] == 1


def test_every_first_part_of_a_public_path_is_a_kind() -> None:
    firsts = {str(pattern.pattern).split("/", 1)[0] for pattern in urlpatterns} - {""}
    assert firsts <= PAGES
    assert find_page("/") == "home"
    assert find_page("//") == "home"


def test_dashboard_and_alerts_use_metrics_that_exist(scraper: Client) -> None:
    ImportRun.objects.create(finished_at=timezone.now())
    scraper.get("/")
    exist = {re.split(r"[{ ]", name)[0] for name in read_metrics(scraper)}
    exist.add("archive_replica_up")  # tests/web/test_database_choice.py reads it
    for name in ("grafana-dashboard.json", "prometheus-alerts.yml"):
        used = set(re.findall(r"archive_\w+", (django_settings.BASE_DIR / "deploy" / name).read_text()))
        assert used
        assert used <= exist
