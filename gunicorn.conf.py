"""Settings of gunicorn, read when it starts in this folder."""

limit_request_line = 0
"""No limit: a long query makes a long URL. The site reads its beginning and shows a note."""

timeout = 60
"""Seconds, as in nginx. A moderator's action on thousands of rows takes longer than the default of 30."""

control_socket_disable = True
"""Otherwise gunicorn creates a socket in the home folder, which two services would share."""
