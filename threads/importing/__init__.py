"""From files to rows.

In the order of an import, and with each room those that it calls:

    pipeline      a run: folder to report       folders, scanning, locking, reporting
    reading       threads to batches            workers, which run what is pure; loader, which writes
    assembling    files to one record           documents: heads, headings, front_matter, fields, fences, identity
                                                drafts: quotes, matching; linking: excerpts; redaction
    loader        records to rows               naming, sources, memories, stored; moving: files whose thread changed
                                                planning: what would change, with settling; writing, counting, rows

`records` and `problems` are what they hand to each other. `renewal` and `replanning` bring stored threads to today's
rules, `verifying` compares the archive with its files.
"""
