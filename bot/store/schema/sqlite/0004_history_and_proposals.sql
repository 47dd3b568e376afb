-- Every version of every knowledge file, whole; and what a moderator has proposed but not yet published. `who` is a
-- moderator's number at Discord, empty for an editor's change: who changes a medical text stands by it.

CREATE TABLE history (
  file TEXT NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  why TEXT NOT NULL,
  before TEXT,
  after TEXT,
  changed INTEGER NOT NULL,
  done INTEGER NOT NULL,
  PRIMARY KEY (file, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX history_at ON history (at);

CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  at INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;
