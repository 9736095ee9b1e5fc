"""What gunicorn reads when it is started in this folder.

A long query makes a long address. gunicorn would refuse it with a short message of its own; the site reads its
beginning and says so.
"""

limit_request_line = 0

timeout = 60
"""Seconds, as nginx waits: what a moderator does to thousands of rows takes longer than gunicorn's own 30."""

control_socket_disable = True
"""Else gunicorn makes a socket in the home folder, which services cannot reach and a second service would take over."""
