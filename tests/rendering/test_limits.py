"""Text that keeps the library busy or breaks it is given back as it stands, with a warning; nothing else suffers."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest

from tests.html_policy import breaches, text_of
from threads.rendering import render
from threads.rendering.time_limit import OutOfTimeError, run_with_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

QUADRATIC_LIBRARY = "# a\n" * 27_000
"""Headings one below the other, in which Python-Markdown takes quadratic time."""

HAZARDS = {
    "nested bullets": "- " * 496 + "x",
    "nested bullets, more": "- " * 5_000 + "x",
    "nested numbers": "1. " * 3_000 + "x",
    "nested list, line by line": "\n".join(" " * 4 * depth + "* a" for depth in range(200)),
    "brackets": "[" * 16_000,
    "closing brackets": "]" * 16_000,
    "pictures": "![" * 8_000,
    "references": "[a][" * 4_000,
    "links": "[a](" * 4_000,
    "links with angles": "[a](<" * 4_000,
    "links with titles": '[a]("' * 4_000,
    "links within links": "[" * 3_000 + "a" + "](https://tea.example)" * 3_000,
    "pictures within pictures": "![" * 1_000 + "a" + "](https://tea.example)" * 1_000,
    "parentheses": "[a](" + "(" * 16_000,
    "a table": "|".join("a" * 1_000) + "\n" + "|".join("-" * 1_000) + "\n" + "a\n" * 1_000,
    "character data": "x " + "<![CDATA[" * 1_000,
    "comments": "<!--" * 4_000,
    "ordinary lines": "*春天* 播種\n" * 20_000,
    "number signs": "#\n" * 40_000,
    "headings": QUADRATIC_LIBRARY,
    "underlined headings": "a\n=\n" * 9_000,
    "a staircase of quotes": "\n\n".join("> " * (depth + 1) + "x" for depth in range(1_000)),
    "quotes in one line": ">" * 16_000 + "x",
    "rules": "* " * 16_000,
    "almost a rule": "* " * 16_000 + "x",
    "lines of rules": "---\n" * 10_000,
    "stars": "*" * 16_000,
    "opening stars": "*a " * 6_000,
    "opening stars, singly and doubled": "*a **b " * 4_000,
    "stars that never match": "a**b" + "c* " * 8_000,
    "marks of two kinds that never match": "_a " * 8_000 + "b* " * 8_000,
    "emphasis within emphasis": "**a " * 4_000 + "b** " * 4_000,
    "underscores": "_a" * 8_000,
    "backticks": "`" * 16_000,
    "backticks, more and more": "".join("`" * length + "a" for length in range(180)),
    "backslashes": "\\" * 16_001,
    "ampersands": "&" * 16_000,
    "addresses": "https://tea.example/c " * 3_000,
    "an address and parentheses": "https://tea.example/" + ")" * 16_000,
    "an address and full stops": "https://tea.example/" + "." * 16_000,
    "definitions": "[a]: https://tea.example\n" * 3_000,
    "almost definitions": "\n[a" * 6_000,
    "fences": "```\n~~~\n" * 4_000,
    "almost fences": "``` `\n" * 4_000,
    "spaces": "*a*" + " " * 40_000 + "\n" + " " * 40_000 + "b",
    "empty lines": " \n" * 30_000 + "*x*",
    "tabs": "*a*" + "\t" * 20_000 + "b",
}  # fmt: skip


SHOWN_AS_PLAIN_TEXT = {
    "nested bullets", "nested bullets, more", "nested numbers", "nested list, line by line", "quotes in one line",
    "a staircase of quotes", "almost a rule", "headings", "underlined headings",
}  # fmt: skip
"""Those that the library cannot cope with; the others are rendered in linear time."""


@pytest.mark.parametrize("name", HAZARDS)
def test_no_known_hazard_outlasts_its_limit_or_gets_out_unsafe(name: str) -> None:
    start = time.process_time()
    made = render(HAZARDS[name], seconds=1.5)
    assert time.process_time() - start < 10, "the limit did not work"
    assert breaches(made.html) == []
    assert (made.warning is not None) == (name in SHOWN_AS_PLAIN_TEXT)
    if made.warning:
        assert sum(map(str.isalpha, text_of(made.html))) == sum(map(str.isalpha, HAZARDS[name]))


@pytest.mark.parametrize("name", ["nested bullets", "nested numbers", "quotes in one line", "a staircase of quotes"])
def test_what_is_nested_too_deeply_is_shown_as_plain_text(name: str) -> None:
    made = render(HAZARDS[name])
    assert made.warning is not None
    assert made.warning.startswith("is shown as plain text: rendering it failed")
    assert text_of(made.html).split() == HAZARDS[name].split()


def test_lists_are_rendered_to_a_depth_that_people_write() -> None:
    body = "\n".join("  " * depth + "* a" for depth in range(12))
    assert render(body).html.count("<ul>") == 12


def test_what_takes_too_long_is_shown_as_plain_text_with_its_lines() -> None:
    made = render("a <b> & *c*\nd\n\n\ne\n\n" + QUADRATIC_LIBRARY, seconds=0.2)
    assert made.warning == "is shown as plain text: rendering it takes more than 0.2 s"
    assert made.html.startswith("<p>a &lt;b&gt; &amp; *c*<br>\nd</p>\n<p>e</p>\n<p># a<br>\n# a<br>\n")
    assert made.thread_links == frozenset()


def test_a_body_after_one_that_failed_is_not_affected() -> None:
    render("[茶]: https://tea.example\n\n" + QUADRATIC_LIBRARY, seconds=0.05)
    assert render("* [茶]").html == "<ul><li>[茶]</li></ul>"


def test_deep_emphasis_stays_text() -> None:
    assert render("**a " * 40 + "b** " * 40).html == "<p>" + "**a " * 40 + ("b** " * 40).strip() + "</p>"


def test_outside_a_main_thread_there_is_no_limit_and_no_error() -> None:
    made = []
    thread = threading.Thread(target=lambda: made.append(render("* *茶*", seconds=1e-6)))
    thread.start()
    thread.join()
    assert made[0].html == "<ul><li><em>茶</em></li></ul>"


def busy(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_work_within_its_limit_gives_its_result_and_leaves_no_timer() -> None:
    before = signal.getsignal(signal.SIGPROF)
    assert run_with_time_limit(5, lambda: "done") == "done"
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    assert signal.getsignal(signal.SIGPROF) is before


def test_work_beyond_its_limit_is_ended_even_where_it_swallows_errors() -> None:
    def stubborn() -> str:
        try:
            return busy(5)
        except Exception:
            return "swallowed"

    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.02, stubborn)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_work_is_ended_even_where_python_swallows_what_ends_it() -> None:
    class Finalized:
        def __del__(self) -> None:
            busy(0.2)

    def work() -> str:
        Finalized()
        return busy(5)

    start = time.process_time()
    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.02, work)
    assert time.process_time() - start < 2
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_an_error_in_the_work_is_passed_on_and_leaves_no_timer() -> None:
    with pytest.raises(ZeroDivisionError):
        run_with_time_limit(5, lambda: 1 / 0)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_work_is_not_ended_inside_a_module_that_takes_locks() -> None:
    namespace = {"__name__": "threading", "time": time}
    exec("def hold(end):\n    while time.process_time() < end: pass\n    return 'released'", namespace)
    hold = cast("Callable[[float], str]", namespace["hold"])
    released = []

    def work() -> str:
        released.append(hold(time.process_time() + 0.1))
        return busy(5)

    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.02, work)
    assert released == ["released"]


def test_a_limit_of_nothing_still_is_one() -> None:
    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0, lambda: busy(5))


@pytest.fixture
def rings() -> Iterator[list[int]]:
    """The rings of a timer of somebody else's, which each test sets."""
    rung: list[int] = []

    def ring(number: int, _frame: FrameType | None) -> None:
        rung.append(number)

    before = signal.signal(signal.SIGPROF, ring)
    yield rung
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def test_a_timer_that_was_set_before_keeps_its_deadline(rings: list[int]) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.3)
    assert run_with_time_limit(5, lambda: busy(0.1)) == "done"
    assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] < 0.3
    assert rings == []
    busy(0.4)
    assert len(rings) == 1


def test_a_timer_that_is_due_sooner_ends_the_work_and_then_rings(rings: list[int]) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.05)
    with pytest.raises(OutOfTimeError):
        run_with_time_limit(5, lambda: busy(2))
    busy(0.1)
    assert len(rings) == 1


def test_limits_may_stand_within_each_other() -> None:
    def outer() -> str:
        with pytest.raises(OutOfTimeError):
            run_with_time_limit(0.02, lambda: busy(5))
        return busy(5)

    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.2, outer)
