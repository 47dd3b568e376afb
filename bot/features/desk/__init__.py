"""The moderators' desk: edit, new, upload, what was changed and how it is undone, and what is wrong."""
