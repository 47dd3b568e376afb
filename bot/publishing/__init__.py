"""Publish, roll back, withdraw: the file and its history in one step. Knows the knowledge and the store, not Discord."""
