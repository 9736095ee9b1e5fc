"""Django's database backends, with connections that serve readers on bad days."""
