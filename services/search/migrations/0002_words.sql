-- What the keyword search reads: words_of(id, fields) is Nitari's own function (words.py), so no writer can forget it
CREATE TABLE words (
    item_key INTEGER PRIMARY KEY REFERENCES items (key) ON DELETE CASCADE,
    text TEXT NOT NULL
);
INSERT INTO words SELECT key, words_of(id, fields) FROM items;

CREATE TRIGGER words_of_new AFTER INSERT ON items BEGIN
    INSERT INTO words VALUES (new.key, words_of(new.id, new.fields));
END;
CREATE TRIGGER words_of_changed AFTER UPDATE OF fields ON items BEGIN
    UPDATE words SET text = words_of(new.id, new.fields) WHERE item_key = new.key;
END;

-- The page of the newest import whose table had the item, and of the newest that named the photo; 0: none
ALTER TABLE items ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
ALTER TABLE images ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
-- 1: there is nothing to the item but what imports brought; which table, where one stands for itself
ALTER TABLE items ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN source TEXT;
