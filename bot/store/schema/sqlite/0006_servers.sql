-- A server's settings, under a keyed hash of its number: which servers use the bot is not written down.

CREATE TABLE servers (
  server TEXT PRIMARY KEY,
  visible INTEGER NOT NULL,
  sharing INTEGER NOT NULL,
  language TEXT NOT NULL
) STRICT, WITHOUT ROWID;
