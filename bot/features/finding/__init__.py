"""To find what has no known name: search, browse, the terms of a message."""
