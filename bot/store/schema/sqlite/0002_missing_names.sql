-- Names that nobody has an entry for. Until three people told of one there are only hashes of it and of them (keyed by the
-- name, so that they can't be joined with `people`); then the name as text and a count, and no hashes.

CREATE TABLE gap_votes (
  name TEXT NOT NULL,
  person TEXT NOT NULL,
  day TEXT NOT NULL,
  PRIMARY KEY (name, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (name TEXT PRIMARY KEY, text TEXT NOT NULL, people INTEGER NOT NULL) STRICT, WITHOUT ROWID;
