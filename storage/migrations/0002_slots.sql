-- What a job is told apart by in Reka's list, what people asked of it, and the job it cuts anew.
ALTER TABLE jobs ADD COLUMN request_key TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN parent_id TEXT;
ALTER TABLE jobs ADD COLUMN cancel_requested_at INTEGER;
ALTER TABLE jobs ADD COLUMN look_requested_at INTEGER;

-- A job is cut anew at most once.
CREATE UNIQUE INDEX jobs_by_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE state IN ('waiting', 'submitting', 'running');

-- One row for each POST. A slot is occupied until `occupied_until`.
CREATE TABLE slots (
    id              INTEGER PRIMARY KEY,
    -- Of the API key: the quota is the key's, whatever the workspace.
    fingerprint     TEXT NOT NULL,
    job_id          TEXT NOT NULL,
    taken_at        INTEGER NOT NULL,
    occupied_until  INTEGER NOT NULL,
    -- open, accepted, refused, released, ambiguous
    ending          TEXT NOT NULL,
    answered_at     INTEGER,
    status          INTEGER,
    limit_header    INTEGER,
    remaining_header INTEGER
) STRICT;

CREATE INDEX slots_by_key ON slots (fingerprint, occupied_until);
CREATE INDEX slots_by_job ON slots (job_id);

-- What we know of a key beyond its slots: until when nothing is sent with it, and why.
CREATE TABLE keys (
    fingerprint     TEXT PRIMARY KEY,
    paused_until    INTEGER,
    reason          TEXT,
    -- Tries in a row that surely did not reach Reka; they space out the next ones.
    tries           INTEGER NOT NULL DEFAULT 0,
    -- When the operator was told that the key is refused; NULL again once it is accepted.
    told_at         INTEGER,
    -- What Reka's rate-limit header said last, and when.
    remaining       INTEGER,
    heard_at        INTEGER
) STRICT;
