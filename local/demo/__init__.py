"""`make demo`: the real app, a workspace and a clip service on this machine, and one thread to watch."""
