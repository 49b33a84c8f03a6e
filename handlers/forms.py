"""Every way to the modal that makes a reel, what happens in it, and what is submitted."""
