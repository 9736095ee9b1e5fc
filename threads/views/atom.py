"""Atom as RFC 4287 wants it, where Django's leaves out what the archive does not know. Called by feeds and views."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

NO_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When what has no day changed last. It must be some moment, and the same one every time it is asked for."""


class ArchiveAtom(Atom1Feed):
    """Atom in which each feed has an identity of its own, each entry an author and a moment of its last change.

    Relative links in the texts lead to this site.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Two feeds may belong to one page, and one thread is an entry of other feeds: its address is what tells a feed.
        self.feed["id"] = self.feed["feed_url"]

    def root_attributes(self) -> dict[str, str]:
        """Name the address that relative links start from."""
        return {**super().root_attributes(), "xml:base": self.feed["link"]}

    def add_item(self, *args: Any, **kwargs: Any) -> None:
        """Add an entry; where author or day are not known, say so rather than leave out what must be there."""
        kwargs["author_name"] = kwargs.get("author_name") or _("unknown author")
        kwargs["updateddate"] = kwargs.get("updateddate") or NO_MOMENT
        super().add_item(*args, **kwargs)

    def latest_post_date(self) -> datetime:
        """Say when the feed changed last: with its latest entry; an empty one never did, whenever it is asked for."""
        return max((item["updateddate"] for item in self.items), default=NO_MOMENT)
