"""Output of commands: progress, reports, exit codes, and text that is safe for a terminal."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from threads.database.locks import BusyError
from threads.importing import import_report
from threads.importing.run import NothingToImportError, PruneError, StoppedError, count_processors
from threads.maintenance import readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

    from django.core.management.base import CommandParser, OutputWrapper

    from threads.importing.import_report import ImportReport
    from threads.importing.loader import Outcome

PROGRESS_INTERVAL = 1_000
"""Files per line of progress, without a terminal."""
UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
"""Unicode categories that control a terminal, reorder a line, or are invisible."""


def escape_unprintable(line: str) -> str:
    """Return a line with unprintable characters as escapes."""
    if line.isprintable():
        return line
    return "".join(
        char.encode("unicode_escape", "surrogatepass").decode("ascii")
        if unicodedata.category(char) in UNPRINTABLE
        else char
        for char in line
    )


class Progress:
    """A progress bar on a terminal; elsewhere a line for each PROGRESS_INTERVAL files."""

    def __init__(self, stdout: OutputWrapper, unit: str = "files") -> None:
        self.stdout, self.unit = stdout, unit
        self.bar: tqdm[NoReturn] | None = None
        self.printed = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Show the number of files done."""
        if sys.stderr.isatty():
            if self.bar is None:
                self.bar = tqdm(total=total, unit=f" {self.unit}", leave=False)
            self.bar.update(done - self.bar.n)
        elif done // PROGRESS_INTERVAL > self.printed // PROGRESS_INTERVAL:
            self.printed = done
            self.stdout.write(f"{done} / {total} {self.unit}")
            self.stdout.flush()


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn known errors into a message with exit code 2, and signals into exit code 130."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, stop) if main else None
    try:
        yield
    except StoppedError as error:
        raise CommandError(escape_unprintable(readiness.database_problem() or str(error)), returncode=2) from error
    except (NothingToImportError, PruneError, BusyError) as error:
        raise CommandError(escape_unprintable(str(error)), returncode=2) from error
    except KeyboardInterrupt:
        raise CommandError(
            _("Stopped. Completed files are saved. Run the command again to continue."), returncode=130
        ) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, handler or signal.SIG_DFL)


def parse_positive(value: str) -> int:
    """Parse an argument of at least 1."""
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def add_workers_argument(parser: CommandParser) -> None:
    """Add `--workers`."""
    text = "number of worker processes (default: number of processors)"
    parser.add_argument("--workers", type=parse_positive, default=count_processors(), metavar="N", help=text)


def outcome_printer(stdout: OutputWrapper) -> Callable[[Outcome], None]:
    """Return a function that prints the changes of a thread in a dry run."""

    def print_outcome(outcome: Outcome) -> None:
        if outcome.state != "same":
            for line in import_report.describe_outcome(outcome):
                stdout.write(escape_unprintable(line))

    return print_outcome


def print_report(stdout: OutputWrapper, report: ImportReport, path: str | None) -> None:
    """Print a report and write it to `path` as JSON. Raise CommandError (exit code 1) if files were refused."""
    for line in import_report.summarize(report):
        stdout.write(escape_unprintable(line))
    if path:
        try:
            Path(path).write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(escape_unprintable(_("Cannot write the report: %s") % error), returncode=2) from error
    if report.files_refused:
        refused = ngettext("%d file was refused.", "%d files were refused.", report.files_refused)
        raise CommandError(refused % report.files_refused, returncode=1)
