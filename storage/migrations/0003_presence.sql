-- When the app was last alive: a card that was left alone says for how long.
CREATE TABLE presence (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    alive_at INTEGER NOT NULL
) STRICT;
