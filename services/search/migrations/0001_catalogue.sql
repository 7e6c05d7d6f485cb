-- AUTOINCREMENT: an id is never used again, by another item or image
CREATE TABLE items (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    fields TEXT NOT NULL DEFAULT '{}'
);

CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    root TEXT NOT NULL,                 -- photos, data or uploads
    path TEXT NOT NULL,                 -- relative to the root
    sha256 TEXT,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1, -- grows when the bytes change
    gone INTEGER NOT NULL DEFAULT 0,    -- the file has vanished
    seen INTEGER NOT NULL DEFAULT 0     -- the page of the newest listing that found the file
);
CREATE UNIQUE INDEX images_in_place ON images (root, path) WHERE root <> 'uploads';
CREATE INDEX images_of_item ON images (item_key);

-- A row holds a vector or an error. Only an image without a row of its version lacks one.
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,           -- of the bytes it was made from; 0: to be made again
    length REAL,                        -- before it was scaled to 1
    crc INTEGER,
    error TEXT,
    row BLOB                            -- float16; last, so that the rest is read without it
);
CREATE UNIQUE INDEX vectors_of_image ON vectors (image_id, model, version);
CREATE INDEX vectors_of_model ON vectors (model, image_id);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT,
    request TEXT NOT NULL,
    folders TEXT NOT NULL,              -- JSON: what is listed; [] none
    everything INTEGER NOT NULL,        -- 1: embeds the whole catalogue, 0: what lies in folders
    note TEXT,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    cursor INTEGER NOT NULL DEFAULT 0,  -- images up to this id have been handed out
    error TEXT,
    result TEXT,
    created REAL NOT NULL,
    started REAL,
    embedding_since REAL,
    finished REAL
);
CREATE INDEX jobs_by_state ON jobs (state);

CREATE TABLE job_errors (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (job_id, path)
);

-- A unit of work under a lease
CREATE TABLE pages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,                 -- list or embed
    attempts INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    worker TEXT,
    lease_until REAL
);
CREATE INDEX pages_of_job ON pages (job_id);

-- Which page an image is being embedded on: keeps two jobs off the same image
CREATE TABLE claims (
    image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    PRIMARY KEY (image_id, model)
);
CREATE INDEX claims_of_page ON claims (page_id);

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
