-- A random number that goes into every copy: by it a backup and what the database became since are known to belong together.

INSERT INTO state VALUES ('database', lower(hex(randomblob(16))));
