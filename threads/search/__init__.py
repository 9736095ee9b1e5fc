"""Search: the index of what may be seen, the language in which it is asked, and what a page shows of the answer.

`index` keeps the index true and is called by the loader, `placement` and `moderation`; `results` answers, and is
called by the views and feeds. One backend each for SQLite and PostgreSQL gives the same answers.
"""
