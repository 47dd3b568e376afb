"""From members to moderators: mistakes, suggestions, missing names; and what is due."""
