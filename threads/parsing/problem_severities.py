"""Problems with files: a code for programs (`ImportProblem.code`), which decides the severity, and a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

Severity = Literal["warning", "error"]

WARNINGS: Final = frozenset({
    # Front matter and fields
    "date-after-lastmod", "date-clamped", "date-cut", "date-unreadable", "field-not-text", "front-matter-by-line",
    "front-matter-comment", "front-matter-mended", "front-matter-missing", "front-matter-not-fields",
    "front-matter-repeated", "front-matter-too-long", "front-matter-unterminated", "tag-cut", "tags-not-a-list",
    "title-cut", "title-missing",
    # Text and headings
    "closing-link-unknown", "control-characters", "encoding-converted", "encoding-damaged", "heading-in-code",
    "heading-unread", "name-cut", "plain-text", "repeats", "text-missing", "united",
    # Backups of several files
    "author-unknown", "detail-unreadable", "encoding-lost", "first-page", "mail-date", "mail-repeated",
    "parent-missing", "people-unused", "post-repeated", "record-unreadable", "threads-merged",
    # Files that are left out on purpose
    "draft", "format-skipped", "no-thread",
    # Runs
    "comment-cut", "comments-lost", "more-problems", "not-pruned", "opening-cut",
})  # fmt: skip
"""Codes of problems that do not refuse a file. All other problems are errors."""

UNREADABLE_POSTS: Final = frozenset({"record-unreadable"})
"""Codes of problems that leave a part of a thread out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with a file; `line` counts from 1 and is None if the problem is not of one line."""

    line: int | None
    code: str
    """Decides the severity. A document with an error is refused."""
    message: str

    @property
    def severity(self) -> Severity:
        """The severity of the code."""
        return "warning" if self.code in WARNINGS else "error"


class UnreadableError(Exception):
    """The file is refused; `problem` has the cause and the line."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[Problem]]:
        """Pickle the problem, for a worker process."""
        return type(self), (self.problem,)


def shift_lines(problem: Problem, first_line: int) -> Problem:
    """Return a problem of a part of a file with its line of the whole file; the part begins at `first_line`."""
    return replace(problem, line=problem.line + first_line - 1) if problem.line else problem


def refusal(line: int | None, code: str, message: str) -> UnreadableError:
    """Return the exception that refuses a file."""
    return UnreadableError(Problem(line, code, message))
