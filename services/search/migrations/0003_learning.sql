-- How far a fine-tune is (JSON: shared.schemas.TrainingProgress)
ALTER TABLE jobs ADD COLUMN training TEXT;
-- The furthest that was ever reported of a page (JSON: phase, epoch, step): only what lies beyond it is progress
ALTER TABLE pages ADD COLUMN furthest TEXT;

-- A dataset's photos are asked for by their content
CREATE INDEX images_by_content ON images (sha256);

-- What somebody said of the answers to a query, which is an item or one photo
CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_key INTEGER UNIQUE REFERENCES items (key) ON DELETE CASCADE,
    image_id INTEGER UNIQUE REFERENCES images (id) ON DELETE CASCADE,
    created REAL NOT NULL,
    CHECK ((item_key IS NULL) <> (image_id IS NULL))
);
CREATE TABLE judgements (
    evaluation_id INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
    item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    is_right INTEGER NOT NULL,
    PRIMARY KEY (evaluation_id, item_key)
);
CREATE INDEX judgements_of_item ON judgements (item_key);
