"""One message of a mailing list: its headers, and its text as Markdown with long quotes folded."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import formataddr, parseaddr, parsedate_to_datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from threads.formats.html_bodies import as_field, from_plain_text, to_markdown
from threads.parsing.headings import person_name
from threads.parsing.values import body_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from email.message import Message as MimePart

POSTMARK: Final = re.compile(rb"From [^\r\n]*[0-9]{1,2}:[0-9]{2}[^\r\n]*[0-9]{4}[^\r\n]*\r?\n")
"""The line that begins a message of an mbox file."""
LONGEST_QUOTE: Final = 6
"""Lines of a quote that are kept whole."""
FOLDED_QUOTE: Final = 3
"""Lines that are kept of a longer one, if its words are in an earlier message of the thread."""
OLDEST: Final = datetime(1, 1, 2, tzinfo=UTC)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2100

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_HEADER: Final = re.compile(rb"^([!-9;-~]{1,60}):[ \t]*(.*(?:\r?\n[ \t].*)*)\r?\n?", re.MULTILINE)
_ID: Final = re.compile(r"<([^<>\s]{1,998})>")
_HOST: Final = re.compile(r"[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,6}", re.IGNORECASE)
_REPLY: Final = re.compile(
    r"\s*(?:(?:re|aw|fw|fwd|sv|回复|回覆|答复|答覆|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]|\[([^\]]{1,60})\])\s*",
    re.IGNORECASE,
)
_ESCAPED_FROM: Final = re.compile(r"^>(>*From )", re.MULTILINE)
_QUOTED: Final = re.compile(r" ?> ?")
_NAMING: Final = ("from", "sender", "reply-to", "return-path", "x-sender", "x-original-from", "received")
"""Headers that may hold the name or address of the author."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers of a message say of its place in a thread."""

    message_id: str
    """A digest of the message if it has none."""
    ancestors: tuple[str, ...]
    """IDs of the messages that it answers, the oldest first."""
    list_host: str
    """Of `List-Id`; "" if there is none."""
    time: datetime
    """Of `Date`, or OLDEST."""

    @property
    def host(self) -> str:
        """The host in the message ID, "" if it has none."""
        host = _HOST.fullmatch(self.message_id.rpartition("@")[2])
        return host[0].lower() if host else ""

    @property
    def root(self) -> str:
        """The oldest ID that the message names."""
        return self.ancestors[0] if self.ancestors else self.message_id

    def parent_in(self, ids: Collection[str]) -> str | None:
        """Return the nearest of its ancestors that is among `ids`."""
        return next((name for name in reversed(self.ancestors) if name in ids), None)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as a comment."""

    subject: str
    """Without `Re:` and names of lists."""
    tags: tuple[str, ...]
    """The names in brackets before the subject."""
    author: str | None
    text: str
    """Markdown."""
    words: str
    """The letters of the text, to find quotes of it."""


def read_head(content: bytes) -> Head:
    """Read the headers that connect messages. Never raises."""
    headers = _Headers(content)
    own = _ID.findall(headers.read("message-id"))
    message_id = own[0] if own else hashlib.sha256(content).hexdigest()
    chain = [*_ID.findall(headers.read("references")), *_ID.findall(headers.read("in-reply-to"))[:1]]
    # Of an ID that is named twice, the last place counts: the last ID is the one answered.
    ancestors = tuple(name for index, name in enumerate(chain) if name not in {message_id, *chain[index + 1 :]})
    host = _HOST.search(headers.read("list-id").rpartition("<")[2])
    return Head(message_id, ancestors, host[0].lower() if host else "", _read_time(headers.read("date")))


class _Headers:
    """The headers of a message, of each name the first."""

    def __init__(self, content: bytes) -> None:
        mark = POSTMARK.match(content)
        start = mark.end() if mark else 0
        end = _HEAD_END.search(content, max(0, start - 1))
        self.mark = content[:start]
        """The line that begins a message of an mbox file."""
        self.lines = content[start : end.end() if end else len(content)]
        self.rest = content[end.end() if end else len(content) :]
        self._values: dict[str, bytes] = {}
        for name, value in _HEADER.findall(self.lines):
            self._values.setdefault(name.decode("ascii").lower(), value)

    def read(self, name: str) -> str:
        """Return a header as it stands, on one line; bytes beyond ASCII are UTF-8 or GB18030."""
        return " ".join(_decode(self._values.get(name, b"")).split())

    def read_words(self, name: str) -> str:
        """Return a header with encoded words decoded."""
        value = self.read(name)
        if "=?" not in value:
            return value
        try:
            pieces = decode_header(value)
        except (HeaderParseError, ValueError):
            return value
        words = (piece if isinstance(piece, str) else _decode(piece, charset) for piece, charset in pieces)
        return " ".join("".join(words).split())


def _read_time(text: str) -> datetime:
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return OLDEST
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) if FIRST_YEAR <= time.year <= LAST_YEAR else OLDEST


def _decode(content: bytes, charset: str | None = None) -> str:
    for name in (charset, "utf-8", "gb18030"):
        try:
            if name:
                return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def read_message(content: bytes, earlier: Sequence[str] = ()) -> Message:
    """Read a message. `earlier` are the words of the messages before it, whose quotes are folded. Never raises."""
    headers = _Headers(content)
    name, address = parseaddr(headers.read_words("from"))
    subject, tags = _read_subject(headers.read_words("subject"))
    parts = list(_read_parts(headers))
    plain = [part.text for part in parts if part.kind == "text/plain" and not part.file_name]
    texts = [_read_lines(_ESCAPED_FROM.sub(r"\1", text) if headers.mark else text, earlier) for text in plain]
    if not plain:
        texts = [to_markdown(part.text) for part in parts if part.kind == "text/html" and not part.file_name]
    attached = [part for part in parts if part.file_name or not part.kind.startswith("text/")]
    texts.append("  \n".join(map(_describe, attached)))
    text = "\n\n".join(filter(None, texts))
    return Message(subject, tags, person_name(name or address.partition("@")[0]), body_text(text), squeeze(text))


class _Part(NamedTuple):
    kind: str
    file_name: str
    size: int
    text: str


def _read_parts(headers: _Headers) -> Iterator[_Part]:
    for part in message_from_bytes(headers.lines + headers.rest, policy=policy.compat32).walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        kind, name = part.get_content_type(), part.get_filename() or ""
        if part.get_content_disposition() == "attachment":
            name = name or "?"
        is_text = kind.startswith("text/") and not name
        yield _Part(kind, name, len(content), _decode(content, _charset(part)) if is_text else "")


def _charset(part: MimePart) -> str | None:
    charset = part.get_content_charset()
    # Most mails of mainland China that say GB2312 are GB18030.
    return "gb18030" if charset in {"gb2312", "gbk"} else charset


def _describe(part: _Part) -> str:
    """Return a line that names an attachment; its bytes are in the original only."""
    return from_plain_text(f"\N{PAPERCLIP} {part.file_name} ({part.kind}, {part.size:,} B)".replace("  ", " "))


def _read_subject(subject: str) -> tuple[str, tuple[str, ...]]:
    """Return a subject without what answers and lists put before it, and the names in brackets."""
    tags = []
    while match := _REPLY.match(subject):
        if match[1]:
            tags.append(match[1].strip())
        subject = subject[match.end() :]
    return subject, tuple(dict.fromkeys(tags))


def _read_lines(text: str, earlier: Sequence[str]) -> str:
    """Return plain text as Markdown; lines that begin with `>` are quotes, and long ones are folded."""
    blocks = []
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    for is_quote, group in groupby(lines, lambda line: _QUOTED.match(line) is not None):
        if not is_quote:
            blocks.append(from_plain_text("\n".join(group)))
            continue
        inner = [_QUOTED.sub("", line, count=1) for line in group]
        if len(inner) > LONGEST_QUOTE and _is_in(earlier, inner):
            inner = [*inner[:FOLDED_QUOTE], "…"]
        quoted = _read_lines("\n".join(inner), ())
        blocks.append("\n".join(f"> {line}" if line else ">" for line in quoted.split("\n")))
    return "\n\n".join(filter(None, blocks))


def _is_in(earlier: Sequence[str], lines: Sequence[str]) -> bool:
    words = squeeze("\n".join(_QUOTED.sub("", line) for line in lines))
    return any(words in text for text in earlier)


def squeeze(text: str) -> str:
    """Return the letters and digits of a text."""
    return "".join(filter(str.isalnum, text))


def rewrite_message(content: bytes, *, body: str | None, author: str | None, subject: str | None) -> bytes:
    """Return a message with a new text (Markdown), name or subject; None leaves it. A new text removes attachments."""
    headers = _Headers(content)
    lines = headers.lines.removesuffix(b"\n").removesuffix(b"\r")
    replaced: dict[str, str | None] = {}
    if body is not None:
        replaced |= {"content-type": 'text/plain; charset="utf-8"', "content-transfer-encoding": "8bit"}
    if author is not None:
        replaced |= dict.fromkeys(_NAMING, None)
        replaced["from"] = formataddr((author, "hidden@mail.invalid")) if author else None
    if subject is not None:
        replaced["subject"] = subject
    if not replaced:
        return content
    kept = _HEADER.sub(lambda match: b"" if match[1].decode("ascii").lower() in replaced else match[0], lines)
    new = [f"{name.title()}: {value}\n".encode() for name, value in replaced.items() if value is not None]
    rest = headers.rest
    if body is not None:
        text = as_field(body).encode("utf-8", "surrogatepass")
        rest = (re.sub(rb"^(>*From )", rb">\1", text, flags=re.MULTILINE) if headers.mark else text) + b"\n\n"
    return headers.mark + kept + b"".join(new) + b"\n" + rest
