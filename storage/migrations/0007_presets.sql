-- What the requests of a channel begin with: a JSON object, by the names of Reka's body.
CREATE TABLE presets (
    team_id     TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    options     TEXT NOT NULL,
    -- A person's id, and epoch milliseconds.
    set_by      TEXT NOT NULL,
    set_at      INTEGER NOT NULL,
    PRIMARY KEY (team_id, channel_id)
) STRICT;
-- The names of the options that a job has as its channel's preset had them.
ALTER TABLE jobs ADD COLUMN preset TEXT NOT NULL DEFAULT '[]';
