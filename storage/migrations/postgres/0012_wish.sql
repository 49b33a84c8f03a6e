-- Whether a person's request repeats one that is under way: asked with every job, whoever has asked for thousands.
CREATE INDEX jobs_by_wish ON jobs (user_id, channel_id, request_key) WHERE state IN ('running', 'submitting', 'waiting');
