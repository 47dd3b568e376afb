-- What members send to the moderators, with a keyed hash of the sender; senders who were blocked; missing names that were
-- dismissed. Numbers are never used twice: a press on an old message must not reach another one.

CREATE TABLE messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('report', 'suggestion')),
  entry TEXT NOT NULL,
  text TEXT NOT NULL,
  source TEXT NOT NULL,
  day TEXT NOT NULL,
  sender TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'declined'))
) STRICT;

CREATE INDEX messages_open ON messages (kind, state, number);

CREATE INDEX messages_sender ON messages (sender, day);

CREATE TABLE blocked (number INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL UNIQUE, day TEXT NOT NULL) STRICT;

ALTER TABLE gaps ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX gaps_missed ON gaps (dismissed, people DESC, name);
