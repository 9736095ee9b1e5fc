"""Output of commands: progress, reports, exit codes, and text that is safe for a terminal."""

from __future__ import annotations

import argparse
import json
import signal
import threading
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from threads.database.locks import BusyError
from threads.importing import import_report
from threads.importing.pruning import UnfitFolderError
from threads.importing.run import StoppedError, count_processors, ignore_progress
from threads.maintenance import readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from threads.importing.import_report import ImportReport
    from threads.importing.loader import Outcome

PROGRESS_INTERVAL: Final = 1_000
"""Files per line of progress, without a terminal."""


def escape_unprintable(line: str) -> str:
    """Return a line with characters that are neither printable nor a space as escapes."""
    return "".join(
        char
        if char.isprintable() or unicodedata.category(char) == "Zs"
        else char.encode("unicode_escape", "surrogatepass").decode("ascii")
        for char in line
    )


@contextmanager
def show_progress(stdout: OutputWrapper, unit: str = "files") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal; elsewhere print a line for each PROGRESS_INTERVAL files.

    Gives a function of the number of files done and of all files.
    """
    printed = 0
    with tqdm(unit=f" {unit}", leave=False, disable=None) as bar:

        def show(done: int, total: int) -> None:
            nonlocal printed
            if not bar.disable:
                bar.total = total
                bar.update(done - bar.n)
            elif done // PROGRESS_INTERVAL > printed // PROGRESS_INTERVAL:
                printed = done
                stdout.write(f"{done} / {total} {unit}")
                stdout.flush()

        yield show


@contextmanager
def report_errors(stopped: str = "") -> Iterator[None]:
    """Turn known errors into a message with exit code 2, and signals into exit code 130 with the message `stopped`."""
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler) if is_main else None
    try:
        yield
    except StoppedError as error:
        raise CommandError(escape_unprintable(readiness.database_problem() or str(error)), returncode=2) from error
    except (UnfitFolderError, BusyError) as error:
        raise CommandError(escape_unprintable(str(error)), returncode=2) from error
    except KeyboardInterrupt:
        message = stopped or _("Stopped. Completed files are saved. Run the command again to continue.")
        raise CommandError(message, returncode=130) from None
    finally:
        if is_main:
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


def add_run_arguments(parser: CommandParser) -> None:
    """Add `--dry-run`, `--workers` and `--report`."""
    parser.add_argument("--dry-run", action="store_true", help="print changes without writing them")
    add_workers_argument(parser)
    parser.add_argument("--report", metavar="FILE.json", help="write the report to this file as JSON")


def report_run(
    stdout: OutputWrapper,
    options: Mapping[str, Any],
    run: Callable[[Callable[[int, int], None], Callable[[Outcome], None]], ImportReport],
    unit: str = "files",
) -> None:
    """Run `run` and print its report, in a dry run also each change; write the report as JSON if asked.

    Raises CommandError, with exit code 1 if files were refused or posts in them cannot be read.
    """

    def print_outcome(outcome: Outcome) -> None:
        if outcome.state != "same":
            for line in import_report.describe_outcome(outcome):
                stdout.write(escape_unprintable(line))

    with report_errors(), show_progress(stdout, unit) as progress:
        report = run(progress, print_outcome if options["dry_run"] else ignore_progress)
    for line in import_report.summarize(report):
        stdout.write(escape_unprintable(line))
    if path := options["report"]:
        try:
            Path(path).write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(escape_unprintable(_("Cannot write the report: %s") % error), returncode=2) from error
    if report.files_refused:
        refused = ngettext("%d file was refused.", "%d files were refused.", report.files_refused)
        raise CommandError(refused % report.files_refused, returncode=1)
    if report.posts_refused:
        posts = ngettext("%d post cannot be read.", "%d posts cannot be read.", report.posts_refused)
        raise CommandError(posts % report.posts_refused, returncode=1)
