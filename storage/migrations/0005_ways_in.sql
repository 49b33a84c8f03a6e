-- A job may have several children: *Cut anew* is unique by its delivery key now, and a changed ask has the modal's.
DROP INDEX jobs_by_parent;
UPDATE jobs SET delivery_key = 'anew:' || parent_id WHERE parent_id IS NOT NULL;
CREATE INDEX jobs_by_person ON jobs (user_id, created_at);
-- How long jobs took of late.
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE state = 'completed' AND submitted_at IS NOT NULL;
