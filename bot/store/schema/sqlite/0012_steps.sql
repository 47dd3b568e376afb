-- What was changed in one step, to be undone in one; and the second moderator who agreed, where one had to.

ALTER TABLE history ADD COLUMN step TEXT NOT NULL DEFAULT '';

ALTER TABLE history ADD COLUMN second TEXT NOT NULL DEFAULT '';

CREATE INDEX history_step ON history (step);
