"""Text that takes too long or breaks Python-Markdown is shown as plain text, with a warning."""

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
"""Consecutive headings, which take Python-Markdown quadratic time."""

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
    "tables": "|a|\n|-|\nx\n" * 8_000,
    "rows of dashes": "|-|\n" * 16_000,
    "forum tags": "[b]a[url=x]" * 8_000,
    "forum addresses": "[url]a" * 8_000,
    "indexes": "a[i]" * 8_000,
    "cards": "[\na\n" * 8_000,
    "almost cards": "[\n" * 16_000 + "](b)",
    "pictures as data": "![](data:(" * 4_000,
    "invisible characters": "**" + "\u200b" * 16_000 + "**",
    "invisible characters, more": "**\u200b" * 8_000,
    "bold at line ends": "**a\n" * 8_000,
    "pairs of bold": "a****" * 8_000,
    "Chinese addresses": "https://tea.example/a/" + "茶-" * 8_000,
    "years": "https://tea.example/wiki/" + "1年" * 8_000,
    "hosts with blanks": "http://" + "a. " * 8_000,
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
"""Hazards that Python-Markdown cannot render. The others are rendered in linear time."""

TIMED_OUT = {"headings", "underlined headings"}
"""Those of them that would take minutes. The others fail at once."""


@pytest.mark.parametrize("name", HAZARDS)
def test_known_hazards_keep_the_limit_and_the_policy(name: str) -> None:
    start = time.process_time()
    rendered = render(HAZARDS[name], seconds=0.7 if name in TIMED_OUT else 1.5)
    assert time.process_time() - start < 10, "the limit did not work"
    assert breaches(rendered.html) == []
    assert (rendered.warning is not None) == (name in SHOWN_AS_PLAIN_TEXT)
    if rendered.warning:
        assert sum(map(str.isalpha, text_of(rendered.html))) == sum(map(str.isalpha, HAZARDS[name]))


@pytest.mark.parametrize("name", ["nested bullets", "nested numbers", "quotes in one line", "a staircase of quotes"])
def test_text_nested_too_deeply_is_shown_as_plain_text(name: str) -> None:
    rendered = render(HAZARDS[name])
    assert rendered.warning is not None
    assert rendered.warning.startswith("is shown as plain text: rendering failed")
    assert text_of(rendered.html).split() == HAZARDS[name].split()


def test_twelve_nested_lists_are_rendered() -> None:
    body = "\n".join("  " * depth + "* a" for depth in range(12))
    assert render(body).html.count("<ul>") == 12


def test_text_that_takes_too_long_is_shown_as_plain_text_with_its_lines() -> None:
    rendered = render("a <b> & *c*\nd\n\n\ne\n\n" + QUADRATIC_LIBRARY, seconds=0.2)
    assert rendered.warning == "is shown as plain text: rendering takes more than 0.2 s"
    assert rendered.html.startswith("<p>a &lt;b&gt; &amp; *c*<br>\nd</p>\n<p>e</p>\n<p># a<br>\n# a<br>\n")
    assert rendered.thread_links == frozenset()


def test_an_interrupted_body_does_not_affect_the_next() -> None:
    render("* *茶*\n" + QUADRATIC_LIBRARY, seconds=0.05)
    assert render("* [茶]\n\n  字").html == "<ul><li><p>[茶]</p><p>字</p></li></ul>"


def test_deep_emphasis_stays_text() -> None:
    assert render("**a " * 40 + "b** " * 40).html == "<p>" + "**a " * 40 + ("b** " * 40).strip() + "</p>"


def test_outside_the_main_thread_there_is_no_limit() -> None:
    results = []
    thread = threading.Thread(target=lambda: results.append(render("* *茶*", seconds=1e-6)))
    thread.start()
    thread.join()
    assert results[0].html == "<ul><li><em>茶</em></li></ul>"


def busy(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_a_function_within_its_limit_returns_its_result_and_leaves_no_timer() -> None:
    before = signal.getsignal(signal.SIGPROF)
    assert run_with_time_limit(5, lambda: "done") == "done"
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    assert signal.getsignal(signal.SIGPROF) is before


def test_a_function_that_catches_exceptions_is_interrupted() -> None:
    def catch_everything() -> str:
        try:
            return busy(5)
        except Exception:
            return "caught"

    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.02, catch_everything)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_function_is_interrupted_again_if_a_finalizer_ignored_the_first_time() -> None:
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


def test_an_exception_of_the_function_propagates_and_leaves_no_timer() -> None:
    with pytest.raises(ZeroDivisionError):
        run_with_time_limit(5, lambda: 1 / 0)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_a_function_is_not_interrupted_inside_a_module_that_takes_locks() -> None:
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


def test_a_limit_of_zero_interrupts() -> None:
    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0, lambda: busy(5))


@pytest.fixture
def signals() -> Iterator[list[int]]:
    """The signals that another handler of the timer received. Each test sets the timer."""
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = signal.signal(signal.SIGPROF, receive)
    yield received
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def test_a_timer_that_was_set_before_keeps_its_deadline(signals: list[int]) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.2)
    assert run_with_time_limit(5, lambda: busy(0.05)) == "done"
    assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] < 0.2
    assert signals == []
    busy(0.25)
    assert len(signals) == 1


def test_a_timer_that_is_due_sooner_interrupts_the_function_and_then_fires(signals: list[int]) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.05)
    with pytest.raises(OutOfTimeError):
        run_with_time_limit(5, lambda: busy(2))
    busy(0.1)
    assert len(signals) == 1


def test_limits_can_be_nested() -> None:
    def outer() -> str:
        with pytest.raises(OutOfTimeError):
            run_with_time_limit(0.02, lambda: busy(5))
        return busy(5)

    with pytest.raises(OutOfTimeError):
        run_with_time_limit(0.2, outer)
