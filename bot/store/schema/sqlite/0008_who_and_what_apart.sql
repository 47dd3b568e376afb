-- Nobody can join who and what. A row has a random number in place of Discord's, and lies by its time and that; days of
-- fewer than ten people keep none. Both tables are written anew, because pages tell in which order rows came.

CREATE TABLE usage_anew (
  at INTEGER NOT NULL,
  number INTEGER NOT NULL,
  command TEXT NOT NULL,
  entry TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('served', 'offered', 'asked which', 'nothing', 'failed')),
  latency_ms REAL NOT NULL,
  place TEXT NOT NULL CHECK (place IN ('server', 'direct message', 'user install')),
  language TEXT NOT NULL,
  PRIMARY KEY (at, number)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_anew SELECT at, random(), command, entry, outcome, latency_ms, place, language FROM usage ORDER BY 1, 2;

DROP TABLE usage;

ALTER TABLE usage_anew RENAME TO usage;

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

CREATE TABLE people_anew (day TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (day, person)) STRICT, WITHOUT ROWID;

INSERT INTO people_anew SELECT day, person FROM people
WHERE day IN (SELECT day FROM people GROUP BY day HAVING COUNT(*) >= 10) ORDER BY 1, 2;

DROP TABLE people;

ALTER TABLE people_anew RENAME TO people;
