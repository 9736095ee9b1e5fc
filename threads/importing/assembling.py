"""The files of one thread to one record: united, keyed, linked, placed, rendered. Pure; runs in workers.

Called by the pipeline; imports the pure rooms.
"""

from __future__ import annotations
