"""Entries as cards: found by name, turned page by page, shared, kept, compared; and what is offered where none is meant."""
