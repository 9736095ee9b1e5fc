"""Problems with files: a code for programs (`ImportProblem.code`) and a message for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with a file; `line` counts from 1 and is None if the problem is not of one line."""

    line: int | None
    severity: Severity
    code: str
    message: str


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


def warning(line: int | None, code: str, message: str) -> Problem:
    """Return a problem of a file that is imported nevertheless."""
    return Problem(line, "warning", code, message)


def refusal(line: int | None, code: str, message: str) -> UnreadableError:
    """Return the exception that refuses a file."""
    return UnreadableError(Problem(line, "error", code, message))
