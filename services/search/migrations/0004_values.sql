-- What filters compare. values_of(fields) is Nitari's own function (filters/values.py), so no writer can forget it
CREATE TABLE field_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE field_values (
    field INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- text, number, bool, object; numeral, date: what a text is besides
    value NOT NULL,                     -- no type: a number stays one
    item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    PRIMARY KEY (field, kind, value, item_key)
) WITHOUT ROWID;
CREATE INDEX field_values_of_item ON field_values (item_key);

-- One row: grows with every change of any item's fields, so that what was read of them can be kept
CREATE TABLE fields_version (version INTEGER NOT NULL);
INSERT INTO fields_version VALUES (1);

-- Written to, as one would call a function
CREATE VIEW values_come AS SELECT 0 AS item_key, '' AS fields;
CREATE TRIGGER values_came INSTEAD OF INSERT ON values_come BEGIN
    INSERT OR IGNORE INTO field_names (name)
        SELECT DISTINCT json_extract(value, '$[0]') FROM json_each(values_of(new.fields));
    INSERT OR IGNORE INTO field_values
        SELECT n.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), new.item_key
        FROM json_each(values_of(new.fields)) j JOIN field_names n ON n.name = json_extract(j.value, '$[0]')
        WHERE json_extract(j.value, '$[1]') IS NOT NULL;
    UPDATE fields_version SET version = version + 1;
END;

INSERT INTO values_come SELECT key, fields FROM items;

CREATE TRIGGER values_of_new AFTER INSERT ON items WHEN new.fields <> '{}' BEGIN
    INSERT INTO values_come VALUES (new.key, new.fields);
END;
CREATE TRIGGER values_of_changed AFTER UPDATE OF fields ON items WHEN new.fields <> old.fields BEGIN
    DELETE FROM field_values WHERE item_key = new.key;
    INSERT INTO values_come VALUES (new.key, new.fields);
END;
CREATE TRIGGER values_of_none AFTER DELETE ON items WHEN old.fields <> '{}' BEGIN
    UPDATE fields_version SET version = version + 1;
END;
