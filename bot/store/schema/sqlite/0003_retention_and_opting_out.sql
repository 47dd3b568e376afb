-- Rows go after a time, and leave counts by day; who does not want to be counted is a hash of its own.

CREATE TABLE usage_days (
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  entry TEXT NOT NULL,
  outcome TEXT NOT NULL,
  place TEXT NOT NULL,
  language TEXT NOT NULL,
  answers INTEGER NOT NULL,
  PRIMARY KEY (day, command, entry, outcome, place, language)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER usage_counted AFTER DELETE ON usage BEGIN
  INSERT INTO usage_days
  VALUES (date(old.at, 'unixepoch'), old.command, coalesce(old.entry, ''), old.outcome, old.place, old.language, 1)
  ON CONFLICT DO UPDATE SET answers = answers + 1;
END;

CREATE TABLE opted_out (person TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
