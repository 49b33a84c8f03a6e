-- What Slack has delivered that makes no job (those have their own key): delivered again, it is answered once.
CREATE TABLE deliveries (
    -- event:… or share:… with Slack's id for it.
    key      TEXT PRIMARY KEY,
    came_at  INTEGER NOT NULL
) STRICT;
