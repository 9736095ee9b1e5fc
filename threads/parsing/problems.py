"""What can be wrong with a file, and how it is said. Pure. Used by the rooms that read files.

Codes are fixed words for machines (`ImportProblem.code`); messages are sentences for people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something met in a file; `line` counts from 1, None where no line is to blame."""

    line: int | None
    severity: Severity
    code: str
    message: str


class UnreadableError(Exception):
    """The file cannot be a thread at all; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[Problem]]:
        """Let it cross from a worker to the main process."""
        return type(self), (self.problem,)


def shift_lines(problem: Problem, first_line: int) -> Problem:
    """Return a problem of a part of a file with its line of the whole file; the part begins at `first_line`."""
    return replace(problem, line=problem.line + first_line - 1) if problem.line else problem


def warning(line: int | None, code: str, message: str) -> Problem:
    """Return a problem that did not keep the file out."""
    return Problem(line, "warning", code, message)


def refusal(line: int | None, code: str, message: str) -> UnreadableError:
    """Return the exception that keeps a file out."""
    return UnreadableError(Problem(line, "error", code, message))
