"""The public pages, one module a kind of page. A view selects rows and renders a template."""
