-- What was cut of a video: asked for at every request. The links are read out of the request, so older rows count too.
CREATE INDEX jobs_by_video ON jobs (team_id, json_extract(request, '$.video_urls'), created_at);

-- Deliveries that were answered with an earlier result: none of them ever becomes a job, however often it is delivered.
CREATE TABLE offers (
    -- As a job would have it.
    delivery_key TEXT PRIMARY KEY,
    team_id      TEXT NOT NULL,
    -- What was asked, for the form that goes on with it.
    request      TEXT NOT NULL,
    offered_at   INTEGER NOT NULL
) STRICT;
