"""Everything past one machine, on one machine: two fronts, three workers, PostgreSQL, Temporal, on loopback."""
