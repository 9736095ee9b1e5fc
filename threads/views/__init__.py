"""The public pages, one module for each kind. Thin: a queryset, then a template. Called by `urls` only."""
