-- Whose turn a slot was, and where: who comes next, whose share is used up, and the audit trail ask for it,
-- also when the job itself is forgotten.
ALTER TABLE slots ADD COLUMN team_id TEXT NOT NULL DEFAULT '';
ALTER TABLE slots ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE slots ADD COLUMN channel_id TEXT NOT NULL DEFAULT '';
UPDATE slots SET (team_id, user_id, channel_id) =
    (SELECT team_id, user_id, channel_id FROM jobs WHERE jobs.id = slots.job_id)
    WHERE EXISTS (SELECT 1 FROM jobs WHERE jobs.id = slots.job_id);
CREATE INDEX slots_by_time ON slots (fingerprint, taken_at);
