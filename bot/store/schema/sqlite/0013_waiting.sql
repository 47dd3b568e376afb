-- Changes that a second moderator has to agree to before they are made.

CREATE TABLE waiting (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  action TEXT NOT NULL,
  checked INTEGER,
  files TEXT NOT NULL
) STRICT;
