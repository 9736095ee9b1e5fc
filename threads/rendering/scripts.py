"""Chinese text of stored HTML in the other script. Called by `rendering` only.

OpenCC's plain `t2s` and `s2t`: phrases are weighed (頭髮 and 發展 are told apart), but words are not replaced by those
of another region. Who reads 軟件 in Traditional characters reads what was written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import opencc

from threads.rendering.stored import TAG

CONVERSIONS: Final = {"zh-Hans": "t2s", "zh-Hant": "s2t"}
KEPT: Final = re.compile(r"</?(code|cite)\b")
"""Code is not prose, and a name is a name in any script."""


@cache
def _converter(script: str) -> opencc.OpenCC:
    return opencc.OpenCC(CONVERSIONS[script])


def convert(html: str, script: str) -> str:
    """Return stored HTML with its Chinese text in `zh-Hans` or `zh-Hant`; code, names and attributes untouched.

    KeyError for other scripts.
    """
    converter = _converter(script)
    made: list[str] = []
    kept = 0
    for place, chunk in enumerate(TAG.split(html)):
        if place % 2:
            if KEPT.match(chunk):
                kept += -1 if chunk.startswith("</") else 1
            made.append(chunk)
        else:
            made.append(chunk if kept or not chunk else converter.convert(chunk))
    return "".join(made)
