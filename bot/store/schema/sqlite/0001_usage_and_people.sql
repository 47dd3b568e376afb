-- What was asked, without who; who was there, without what. `people` has no rowid and is kept in the order of its key, so
-- nothing tells in which order people came.

CREATE TABLE usage (
  interaction_id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  command TEXT NOT NULL,
  entry TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('served', 'offered', 'asked which', 'nothing', 'failed')),
  latency_ms REAL NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('server', 'direct message', 'user install')),
  language TEXT NOT NULL
) STRICT;

CREATE INDEX usage_at ON usage (at);

CREATE TABLE people (day TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (day, person)) STRICT, WITHOUT ROWID;

CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
