"""The public API: owns the catalogue (SQLite) and answers queries from vectors in memory."""
