-- Counts by day, kept by a trigger in the transaction of each answer's row, so that figures read a few thousand rows
-- however many answers there were, and that rows which expire change nothing. Entries and times are counted apart from the
-- rest, so that a single answer can't be put together again. Times are kept to two significant digits.

CREATE TABLE answers_by_day (
  day TEXT NOT NULL,
  command TEXT NOT NULL,
  outcome TEXT NOT NULL,
  place TEXT NOT NULL,
  language TEXT NOT NULL,
  answers INTEGER NOT NULL,
  PRIMARY KEY (day, command, outcome, place, language)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries_by_day (
  day TEXT NOT NULL,
  entry TEXT NOT NULL,
  answers INTEGER NOT NULL,
  PRIMARY KEY (day, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE times_by_day (
  day TEXT NOT NULL,
  ms REAL NOT NULL,
  answers INTEGER NOT NULL,
  PRIMARY KEY (day, ms)
) STRICT, WITHOUT ROWID;

INSERT INTO answers_by_day
SELECT day, command, outcome, place, language, SUM(answers) FROM (
  SELECT date(at, 'unixepoch') AS day, command, outcome, place, language, 1 AS answers FROM usage
  UNION ALL SELECT day, command, outcome, place, language, answers FROM usage_days
) GROUP BY 1, 2, 3, 4, 5;

INSERT INTO entries_by_day
SELECT day, entry, SUM(answers) FROM (
  SELECT date(at, 'unixepoch') AS day, entry, 1 AS answers FROM usage
  WHERE entry IS NOT NULL AND outcome = 'served'
  UNION ALL SELECT day, entry, answers FROM usage_days WHERE entry <> '' AND outcome = 'served'
) GROUP BY 1, 2;

INSERT INTO times_by_day
SELECT date(at, 'unixepoch'), CAST(printf('%.1e', latency_ms) AS REAL), COUNT(*) FROM usage GROUP BY 1, 2;

DROP TRIGGER usage_counted;

DROP TABLE usage_days;

CREATE TRIGGER usage_counted AFTER INSERT ON usage BEGIN
  INSERT INTO answers_by_day
  VALUES (date(new.at, 'unixepoch'), new.command, new.outcome, new.place, new.language, 1)
  ON CONFLICT DO UPDATE SET answers = answers + 1;
  INSERT INTO entries_by_day SELECT date(new.at, 'unixepoch'), new.entry, 1
  WHERE new.entry IS NOT NULL AND new.outcome = 'served'
  ON CONFLICT DO UPDATE SET answers = answers + 1;
  INSERT INTO times_by_day VALUES (date(new.at, 'unixepoch'), CAST(printf('%.1e', new.latency_ms) AS REAL), 1)
  ON CONFLICT DO UPDATE SET answers = answers + 1;
END;
