"""The site as readers meet it: the real server, the real files, a real browser."""
