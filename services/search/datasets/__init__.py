"""Class folders to learn from: which there are, what is in them, and zips that become some."""
