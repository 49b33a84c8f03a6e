-- The links of a request, by which the jobs of a video are found: in a column, since each database reads JSON in its own way.
ALTER TABLE jobs ADD COLUMN videos TEXT NOT NULL DEFAULT '[]';
UPDATE jobs SET videos = json_extract(request, '$.video_urls');
DROP INDEX jobs_by_video;
CREATE INDEX jobs_by_video ON jobs (team_id, videos, created_at);

-- How much of a workspace's budget of edits is promised, where several processes share it.
CREATE TABLE edits (
    team_id         TEXT PRIMARY KEY,
    -- Each edit moves it on by its share of a minute; how far it is ahead of now is what has been used at once.
    promised_until  INTEGER NOT NULL,
    -- Slack answered 429: no edit before.
    paused_until    INTEGER NOT NULL DEFAULT 0
) STRICT;
