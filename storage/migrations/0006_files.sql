-- The clips of completed jobs as files in Slack.
CREATE TABLE files (
    job_id        TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    -- Of the clip, from 1.
    number        INTEGER NOT NULL,
    -- Slack's; known before the upload is completed, so that no restart uploads twice.
    file_id       TEXT,
    -- Set before the file is shared into the thread: from then on it may be there.
    marked_at     INTEGER,
    shared_at     INTEGER,
    -- Why the clip is not in the thread, by Slack's error code or one of ours.
    skipped       TEXT,
    PRIMARY KEY (job_id, number)
) STRICT;
