"""How long commands show what they do and did: progress, reports, refusals, exit codes. Called by commands."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from threads.database import readiness
from threads.database.locks import BusyError
from threads.importing import import_report
from threads.importing.run import NothingToImportError, PruneError, StoppedError, count_processors
from threads.management.printing import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

    from django.core.management.base import CommandParser, OutputWrapper

    from threads.importing.import_report import ImportReport
    from threads.importing.loader import Outcome

EVERY = 1_000
"""Where there is no terminal, a line is printed for each so many files."""


class Progress:
    """A bar on a terminal; elsewhere a line for each 1,000 files (or threads). Called with those done and all."""

    def __init__(self, stdout: OutputWrapper, unit: str = "files") -> None:
        self.stdout, self.unit = stdout, unit
        self.bar: tqdm[NoReturn] | None = None
        self.said = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Show that so many files are done."""
        if sys.stderr.isatty():
            if self.bar is None:
                self.bar = tqdm(total=total, unit=f" {self.unit}", leave=False)
            self.bar.update(done - self.bar.n)
        elif done // EVERY > self.said // EVERY:
            self.said = done
            self.stdout.write(f"{done} / {total} {self.unit}")
            self.stdout.flush()


@contextmanager
def refuse() -> Iterator[None]:
    """Turn what stops a command into one sentence and an exit code: 2, or 130 where a person stopped it."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, stop) if main else None
    try:
        yield
    except StoppedError as error:
        raise CommandError(printable(readiness.database_problem() or str(error)), returncode=2) from error
    except (NothingToImportError, PruneError, BusyError) as error:
        raise CommandError(printable(str(error)), returncode=2) from error
    except KeyboardInterrupt:
        raise CommandError(
            _("Stopped. What was written so far stays; run it again to go on."), returncode=130
        ) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, handler or signal.SIG_DFL)


def positive(value: str) -> int:
    """Read a number of at least 1 from a command line."""
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def add_workers(parser: CommandParser) -> None:
    """Let a command take `--workers`; by default, one for each processor."""
    said = "processes that read files; one for each processor where not given"
    parser.add_argument("--workers", type=positive, default=count_processors(), metavar="N", help=said)


def print_outcome(stdout: OutputWrapper) -> Callable[[Outcome], None]:
    """Return what prints a thread that would change, by its files."""

    def write(outcome: Outcome) -> None:
        if outcome.state != "same":
            for line in import_report.describe_outcome(outcome):
                stdout.write(printable(line))

    return write


def report_to(stdout: OutputWrapper, report: ImportReport, path: str | None) -> None:
    """Print a report and, where a path is given, write it as JSON; exit 1 if files were refused."""
    for line in import_report.summarize(report):
        stdout.write(printable(line))
    if path:
        try:
            Path(path).write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(printable(_("The report could not be written: %s") % error), returncode=2) from error
    if report.files_refused:
        refused = ngettext("%d file was refused.", "%d files were refused.", report.files_refused)
        raise CommandError(refused % report.files_refused, returncode=1)
