-- Who stands in line, and who is at Reka's door without an id: asked for at every turn, so never by reading every job.
CREATE INDEX jobs_in_line ON jobs (created_at, id) WHERE state = 'waiting' AND card_ts IS NOT NULL;
CREATE INDEX jobs_at_the_door ON jobs (request_key) WHERE state = 'submitting';
