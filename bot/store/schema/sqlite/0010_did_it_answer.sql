-- Whether an entry answered what was asked: counts by day, apart from all else, and nothing of who said so or when on that day.

CREATE TABLE said_by_day (
  day TEXT NOT NULL,
  entry TEXT NOT NULL,
  said TEXT NOT NULL CHECK (said IN ('yes', 'partly', 'no')),
  answers INTEGER NOT NULL,
  PRIMARY KEY (day, entry, said)
) STRICT, WITHOUT ROWID;
