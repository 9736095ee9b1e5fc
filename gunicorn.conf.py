"""What gunicorn reads when it is started in this folder.

A long query makes a long address. gunicorn would refuse it with a short message of its own; the site reads its
beginning and says so.
"""

limit_request_line = 0
