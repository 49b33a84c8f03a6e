-- One row for each accepted request. Times are UTC epoch milliseconds.
CREATE TABLE jobs (
    id               TEXT PRIMARY KEY,
    team_id          TEXT NOT NULL,
    channel_id       TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    -- Slack's name for this delivery: the same one twice is the same request.
    delivery_key     TEXT NOT NULL UNIQUE,
    request          TEXT NOT NULL,
    state            TEXT NOT NULL,
    stage            TEXT,
    reason           TEXT,
    -- Grows when somebody takes the job over; every write carries it.
    attempt          INTEGER NOT NULL DEFAULT 0,
    response_url     TEXT,
    thread_ts        TEXT,
    card_ts          TEXT,
    reka_id          TEXT UNIQUE,
    request_id       TEXT,
    error_message    TEXT,
    clips            TEXT NOT NULL DEFAULT '[]',
    created_at       INTEGER NOT NULL,
    submitted_at     INTEGER,
    running_at       INTEGER,
    ended_at         INTEGER,
    links_marked_at  INTEGER,
    links_ts         TEXT,
    -- Set once the card, or its substitute, says how the job came to rest and the links are delivered.
    settled_at       INTEGER
) STRICT;

CREATE INDEX jobs_unsettled ON jobs (created_at) WHERE settled_at IS NULL;
