"""No page has an older version than one that was shown or confirmed before, whatever fails and lags."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from django.db import DatabaseError, OperationalError
from hypothesis import given
from hypothesis import strategies as st

from threads.database import replicas, shared_version
from threads.database.reading import PRIMARY
from threads.database.replicas import ReplicaSet

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIASES = ["replica_1", "replica_2"]


class World:
    """Databases with a version each, some of which do not respond, and a Redis that may be empty."""

    def __init__(self) -> None:
        self.versions = dict.fromkeys([PRIMARY, *ALIASES], 1)
        self.lost: set[str] = set()
        self.shared = ""
        self.is_redis_up = True
        self.confirmed = 1
        self.pages: list[int] = []
        self.processes = [ReplicaSet(ALIASES), ReplicaSet(ALIASES)]

    def read(self, alias: str) -> str:
        if alias in self.lost:
            raise OperationalError(f"{alias} is lost")
        return f"{self.versions[alias]}-2020-2021"

    def keep(self, version: str, *, is_urgent: bool = False) -> str:
        if not self.is_redis_up:
            return ""
        self.shared = max(self.shared, version, key=shared_version.number_of)
        return self.shared

    def find(self) -> str:
        return self.shared if self.is_redis_up else ""

    def change(self) -> None:
        """A moderator hides something, and is told so."""
        if PRIMARY not in self.lost:
            self.versions[PRIMARY] += 1
            self.keep(self.read(PRIMARY))
            self.confirmed = self.versions[PRIMARY]

    def toggle(self, alias: str) -> None:
        self.lost ^= {alias}
        for process in self.processes:
            for database in [process.primary, *process.replicas]:
                if database.is_lost and database.alias not in self.lost:
                    process.retry(database)

    def replay(self, alias: str) -> None:
        self.versions[alias] = min(self.versions[alias] + 1, self.versions[PRIMARY])

    def show_page(self, number: int) -> None:
        process = self.processes[number]
        try:
            alias = process.choose(process.current_version())
            self.read(alias)
        except DatabaseError:
            return
        self.pages.append(self.versions[alias])
        assert self.versions[alias] >= self.confirmed
        assert self.versions[alias] == max(self.pages)


@pytest.fixture
def world() -> Iterator[World]:
    yield from simulate()


def simulate() -> Iterator[World]:
    world = World()
    with (
        mock.patch.object(ReplicaSet, "read_version", lambda _self, alias: world.read(alias)),
        mock.patch.object(ReplicaSet, "recover", return_value=None),
        mock.patch.object(replicas, "is_connection_lost", lambda alias: alias in world.lost),
        mock.patch.object(replicas, "connections", mock.MagicMock(**{"__getitem__.return_value.connection": None})),
        mock.patch.object(shared_version, "keep_newest", world.keep),
        mock.patch.object(shared_version, "find_newest", world.find),
    ):
        yield world


EVENTS = st.one_of(
    st.tuples(st.just("change")),
    st.tuples(st.just("show_page"), st.sampled_from([0, 1])),
    st.tuples(st.just("replay"), st.sampled_from(ALIASES)),
    st.tuples(st.just("toggle"), st.sampled_from([PRIMARY, *ALIASES])),
)


@given(st.lists(EVENTS, max_size=40))
def test_no_page_is_older_than_a_confirmed_change_or_an_earlier_page(events: list[tuple[str, ...]]) -> None:
    for world in simulate():
        for name, *arguments in events:
            getattr(world, name)(*arguments)


def test_replicas_are_read_in_turn(world: World) -> None:
    process = world.processes[0]
    chosen = [process.choose(process.current_version()) for _ in range(6)]
    assert sorted(chosen) == ALIASES[:1] * 3 + ALIASES[1:] * 3


def test_the_other_replica_serves_if_one_fails_in_the_middle_of_a_page(world: World) -> None:
    process = world.processes[0]
    process.current_version()
    world.lost = {"replica_1"}
    assert process.choose_after_failure("replica_1", OperationalError("closed")) == "replica_2"
    assert process.replicas[0].problem == "closed"


def test_a_query_that_a_replica_cancelled_is_read_from_the_primary(world: World) -> None:
    process = world.processes[0]
    assert process.choose_after_failure("replica_1", OperationalError("conflict with recovery")) == PRIMARY
    assert not process.replicas[0].problem
    assert not process.choose_after_failure(PRIMARY, OperationalError("a wrong query"))
    world.lost = {PRIMARY}
    world.keep("1-2020-2021")
    process.current_version()
    assert process.choose_after_failure("replica_1", OperationalError("conflict with recovery")) in ALIASES


def test_a_redis_that_lost_the_version_gets_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    process = world.processes[0]
    process.current_version()
    world.shared = ""
    now[0] += replicas.SHARE_AGAIN
    process.current_version()
    assert world.shared == world.read(PRIMARY)
