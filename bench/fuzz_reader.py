"""Parse files from a coverage-guided fuzzer, and stop at the first that breaks an invariant.

    pip install atheris          (not in the requirements of the project)
    python bench/fuzz_reader.py [FOLDER] [-max_total_time=600] [-max_len=4096] [any other option of libFuzzer]

FOLDER stores files that reached new code, so that the next run continues from them. It starts with the hostile files of
the tests and the sample archive. Add a file that breaks an invariant to tests/data/hostile.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["threads.formats", "threads.parsing", "frontmatter"]):
    from threads.formats import markdown_files
    from threads.parsing import quotes
    from threads.parsing.problem_severities import UnreadableError

SECONDS_A_FILE = 2.0
UNFIT = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff]")
SEEDS = ("tests/data/hostile", "fixtures/sample_archive")


def check(content: bytes) -> None:
    """Raise AssertionError if the parser breaks an invariant for a file."""
    started = time.process_time()
    try:
        thread = markdown_files.read_document(content, "made/up.md")
    except UnreadableError:
        return
    text = "".join(segment.text for segment in markdown_files.read_segments(content, "made/up.md"))
    assert text.encode("utf-8", "surrogateescape") == content, "segments do not give the file back"
    assert markdown_files.identify_thread(content, "made/up.md") == thread.key, "two identities"
    assert thread.title, "no title"
    for body in (thread.body, *(comment.body for comment in thread.comments)):
        marks = quotes.find_quotes(body)
        own = quotes.own_text(body, marks)
        assert "\n" not in own, "own words with a line break"
        assert not UNFIT.search(body + own + (quotes.find_addressee(body) or "")), "text unfit to be stored"
        assert all(not UNFIT.search(mark.excerpt) for mark in marks), "excerpt unfit to be stored"
    fields = (thread.title, thread.author, thread.key, thread.source_url, *thread.tags, repr(thread.front_matter))
    people = (name for comment in thread.comments for name in (comment.author, comment.addressee))
    assert not any(UNFIT.search(value) for value in (*fields, *people) if value), "field unfit to be stored"
    assert time.process_time() - started < SECONDS_A_FILE, "too slow"


def main() -> None:
    """Fill the folder with seed files and start the fuzzer, which does not return."""
    options = sys.argv[1:]
    if not options or options[0].startswith("-"):
        options.insert(0, tempfile.mkdtemp(prefix="fuzz-reader-"))
    folder = Path(options[0])
    folder.mkdir(parents=True, exist_ok=True)
    for seeds in SEEDS:
        for path in (ROOT / seeds).glob("*.md"):
            (folder / path.name).write_bytes(path.read_bytes()[:8192])
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
