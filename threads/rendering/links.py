"""Links and pictures as HTML, and the threads that one body links to. Called by `inline`, which finds them."""

from __future__ import annotations

import re
from typing import Final

from threads.rendering.addresses import Address, read, read_picture
from threads.rendering.sanitizer import EXTERNAL_REL, escape

LONGEST_LABEL: Final = 80
ADDRESS: Final = re.compile(r"\S*://\S*\Z")


class Links:
    """The links of one body. `threads` collects the keys of the threads it links to, archived or not."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def link(self, raw: str, title: str, inside: str) -> str:
        """Return `inside` as a link to `raw`, or as it is where `raw` may not be linked to.

        A link without words gets its address as words; one that the site's redirect calls a picture becomes a picture.
        """
        address = read(raw)
        if address is None:
            return inside
        if address.picture and not inside.strip():
            return self._picture(address, "")
        if "://" in title:
            title = ""
        shown = inside if inside.strip() else escape(label(address))
        described = f' title="{escape(title)}"' if title else ""
        return f"<a {self._target(address)}{described}>{shown}</a>"

    def picture(self, raw: str, alt: str) -> str:
        """Return the placeholder of a picture: its host and `alt`, in a link to the original. Nothing is requested."""
        address = read_picture(raw)
        if address is None or not address.host:
            return escape(alt or raw[:LONGEST_LABEL])
        return self._picture(address, alt)

    def same(self, link: str, picture: str) -> bool:
        """Say whether a link leads to the original of a picture."""
        left, right = read(link), read_picture(picture)
        return left is not None and right is not None and left.href == right.href

    def _picture(self, address: Address, alt: str) -> str:
        href = escape(address.href)
        words = f' <span class="alt">{escape(alt)}</span>' if alt and not ADDRESS.match(alt) else ""
        return (
            f'<a class="picture" href="{href}" rel="{EXTERNAL_REL}" data-picture="{href}">'
            f'<span class="host">{escape(address.host)}</span>{words}</a>'
        )

    def _target(self, address: Address) -> str:
        if address.thread:
            self.threads.add(address.thread)
            return f'href="{escape(address.href)}" rel="{EXTERNAL_REL}" data-thread="{escape(address.thread)}"'
        return f'href="{escape(address.href)}" rel="{EXTERNAL_REL}"'


def label(address: Address) -> str:
    """Return the words of a link that has none: its address, cut to a readable length."""
    words = address.href.split(":", 1)[1].lstrip("/").rstrip("/")
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1] + "…"
