-- The country whose emergency number and helplines a server shows; empty for none.

ALTER TABLE servers ADD COLUMN country TEXT NOT NULL DEFAULT '';
