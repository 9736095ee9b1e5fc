"""The health check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_responds_ok_and_is_not_cached(client: Client) -> None:
    response = client.get("/healthz")
    assert response.content == b"ok\n"
    assert "no-store" in response["Cache-Control"]


def test_a_site_that_can_serve_readers_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.content == b"ok\n"
    assert "no-store" in response["Cache-Control"]


def test_a_missing_migration_is_named_with_its_remedy(client: Client) -> None:
    MigrationRecorder(connection).record_unapplied(*MigrationLoader(connection).graph.leaf_nodes("threads")[0])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"manage.py migrate" in response.content
