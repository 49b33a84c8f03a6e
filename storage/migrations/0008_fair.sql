-- Whose turn a slot was, and where: who comes next, whose share is used up, and the audit trail ask for it,
-- also when the job itself is forgotten.
ALTER TABLE slots ADD COLUMN team_id TEXT NOT NULL DEFAULT '';
ALTER TABLE slots ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE slots ADD COLUMN channel_id TEXT NOT NULL DEFAULT '';
UPDATE slots SET (team_id, user_id, channel_id) =
    (SELECT team_id, user_id, channel_id FROM jobs WHERE jobs.id = slots.job_id)
    WHERE EXISTS (SELECT 1 FROM jobs WHERE jobs.id = slots.job_id);
-- In line is also who asked a moment ago and has no card yet.
DROP INDEX jobs_in_line;
CREATE INDEX jobs_in_line ON jobs (created_at, id) WHERE state = 'waiting';
-- The trail is read by number, newest first.
CREATE INDEX slots_trail ON slots (fingerprint);
CREATE INDEX slots_on_their_way ON slots (fingerprint) WHERE ending = 'open';
CREATE INDEX slots_by_time ON slots (fingerprint, taken_at);

-- What the card of a waiting job said last of its start, and why that moved.
ALTER TABLE jobs ADD COLUMN told_start INTEGER;
ALTER TABLE jobs ADD COLUMN told_place INTEGER;
ALTER TABLE jobs ADD COLUMN moved TEXT;
-- The limit that Reka's rate-limit header named, beside what it left.
ALTER TABLE keys ADD COLUMN limit_header INTEGER;

-- What those who run Reel have set for a key, as a JSON object.
CREATE TABLE rules (
    fingerprint TEXT PRIMARY KEY,
    rules       TEXT NOT NULL
) STRICT;

-- The job that this one cuts anew, once; NULL again when this one came to nothing before it went to Reka. Its delivery
-- key stays that of the press, so that a press which is delivered again is never another request.
ALTER TABLE jobs ADD COLUMN anew_of TEXT;
UPDATE jobs SET anew_of = parent_id WHERE delivery_key = 'anew:' || parent_id;
CREATE UNIQUE INDEX jobs_cut_anew ON jobs (anew_of) WHERE anew_of IS NOT NULL;
