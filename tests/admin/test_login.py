"""Log-in is limited by address, by account, and in total."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from threads.admin import login

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

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


# The second factor


@pytest.fixture
def device(moderator: User) -> TOTPDevice:
    call_command("second_factor", moderator.username, stdout=StringIO())
    device: TOTPDevice = TOTPDevice.objects.get(user=moderator)
    return device


def current_code(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06d}"


def log_in_with(client: Client, code: str) -> Any:
    return client.post(LOGIN, {"username": "mira", "password": PASSWORD, "code": code})


def test_an_account_with_a_second_factor_needs_its_code(client: Client, device: TOTPDevice) -> None:
    response = log_in_with(client, "")
    assert response.status_code == 200
    assert "Enter the current code of your authenticator app. Each code works once." in response.content.decode()
    assert client.get("/admin/").status_code == 302
    code = current_code(device)
    assert log_in_with(client, f"{code[:3]} {code[3:]}").status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_code_works_once(client: Client, device: TOTPDevice) -> None:
    code = current_code(device)
    assert log_in_with(client, code).status_code == 302
    assert log_in_with(Client(), code).status_code == 200


def test_a_wrong_password_is_not_told_from_a_wrong_code(client: Client, device: TOTPDevice) -> None:
    wrong = client.post(LOGIN, {"username": "mira", "password": "wrong", "code": current_code(device)})
    assert "Each code works once" not in wrong.content.decode().partition("<form")[0]


def test_a_site_may_require_a_second_factor(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR = True
    response = log_in_with(client, "123456")
    assert response.status_code == 200
    assert "requires a second factor" in response.content.decode()


def test_the_operator_removes_a_second_factor(client: Client, device: TOTPDevice) -> None:
    call_command("second_factor", "mira", "--remove", stdout=StringIO())
    assert log_in_with(client, "").status_code == 302


def test_an_unknown_account_is_named() -> None:
    with pytest.raises(CommandError, match="There is no account nobody"):
        call_command("second_factor", "nobody")


def test_the_command_shows_a_picture_and_an_address(moderator: User) -> None:
    output = StringIO()
    call_command("second_factor", "mira", stdout=output)
    assert "otpauth://totp/" in output.getvalue()
    picture = [line for line in output.getvalue().splitlines() if "█" in line]
    assert 20 < len(picture) < 60
    assert len({len(line) for line in picture}) == 1


def test_admin_does_not_show_the_secret_of_a_second_factor(client: Client, device: TOTPDevice) -> None:
    log_in_with(client, current_code(device))
    assert client.get(f"/admin/otp_totp/totpdevice/{device.pk}/change/").status_code == 404
