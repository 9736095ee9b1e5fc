"""Log-in is limited by address, by account, and in total."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client

from threads.admin import login

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
PASSWORD = "green tea at noon"


@pytest.fixture(autouse=True)
def moderator() -> User:
    """Make the account that logs in."""
    return User.objects.create_superuser("mira", password=PASSWORD)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of account names whose passwords are checked."""
    names: list[str] = []

    def check(request: object = None, username: str = "", password: str = "") -> object:
        names.append(username)
        return authenticate(request, username=username, password=password) if password == PASSWORD else None  # type: ignore[arg-type]

    monkeypatch.setattr("django.contrib.auth.forms.authenticate", check)
    return names


@pytest.fixture
def try_password(client: Client) -> Callable[..., int]:
    """Return a function that submits the form and returns the status."""

    def submit(password: str = "wrong", *, name: str = "mira", address: str = "192.0.2.1") -> int:
        return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address).status_code

    return submit


def test_a_moderator_logs_in(client: Client, try_password: Callable[..., int]) -> None:
    assert client.get(LOGIN).status_code == 200
    assert try_password(PASSWORD) == 302
    assert client.get("/admin/").status_code == 200


def test_an_address_is_limited_before_passwords_are_checked(
    try_password: Callable[..., int], checks: list[str]
) -> None:
    statuses = [try_password(name=f"name{number}") for number in range(60)]
    assert statuses == [200] * login.ADDRESS_LIMIT + [429] * (60 - login.ADDRESS_LIMIT)
    assert len(checks) == login.ADDRESS_LIMIT
    assert try_password(PASSWORD) == 429
    assert try_password(PASSWORD, address="192.0.2.2") == 302


def test_an_account_is_limited_in_every_spelling(
    try_password: Callable[..., int], checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "TOTAL_LIMIT", 1000)
    names = ("mira", "MIRA", "ｍｉｒａ")
    statuses = [try_password(name=names[number % 3], address=f"192.0.2.{number}") for number in range(60)]
    assert statuses == [200] * login.ACCOUNT_LIMIT + [429] * (60 - login.ACCOUNT_LIMIT)
    assert len(checks) == login.ACCOUNT_LIMIT
    assert try_password(PASSWORD, address="192.0.2.99") == 429


def test_checked_passwords_are_limited_in_total(try_password: Callable[..., int], checks: list[str]) -> None:
    for number in range(60):
        try_password(name=f"name{number}", address=f"192.0.2.{number}")
    assert len(checks) == login.TOTAL_LIMIT


def test_a_log_in_clears_the_counts(
    try_password: Callable[..., int], checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "TOTAL_LIMIT", 1000)
    for _ in range(2):
        assert [try_password() for _ in range(login.ADDRESS_LIMIT - 1)] == [200] * (login.ADDRESS_LIMIT - 1)
        assert try_password(PASSWORD) == 302


def test_a_session_does_not_lift_the_limit(client: Client, try_password: Callable[..., int], checks: list[str]) -> None:
    client.force_login(User.objects.create_user("reader"))
    assert [try_password() for _ in range(12)][-2:] == [429, 429]


def test_the_form_needs_a_csrf_token(checks: list[str]) -> None:
    values = {"username": "mira", "password": PASSWORD}
    assert Client(enforce_csrf_checks=True).post(LOGIN, values).status_code == 403
    assert checks == []
