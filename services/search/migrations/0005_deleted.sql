-- What was deleted while folders or tables were being read, and the newest page of those: none up to it brings it back
CREATE TABLE deleted_items (id TEXT PRIMARY KEY, page INTEGER NOT NULL);
CREATE TABLE deleted_photos (root TEXT NOT NULL, path TEXT NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (root, path));
