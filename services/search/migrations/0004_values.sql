-- What filters compare. values_of(fields) and names_of(fields) are Nitari's own (filters/values.py), so no writer can forget it
CREATE TABLE field_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE field_values (
    field INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- text, number, bool, object; numeral, date: what a text is besides
    value NOT NULL,                     -- no type: a number stays one
    item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    PRIMARY KEY (field, kind, value, item_key)
) WITHOUT ROWID;
CREATE INDEX field_values_of_item ON field_values (item_key);

INSERT OR IGNORE INTO field_names (name) SELECT j.value FROM items, json_each(names_of(fields)) j;
INSERT OR IGNORE INTO field_values
    SELECT n.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), items.key
    FROM items, json_each(values_of(fields)) j JOIN field_names n ON n.name = json_extract(j.value, '$[0]');

CREATE TRIGGER values_of_new AFTER INSERT ON items WHEN new.fields <> '{}' BEGIN
    INSERT OR IGNORE INTO field_names (name) SELECT value FROM json_each(names_of(new.fields));
    INSERT OR IGNORE INTO field_values
        SELECT n.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), new.key
        FROM json_each(values_of(new.fields)) j JOIN field_names n ON n.name = json_extract(j.value, '$[0]');
END;
CREATE TRIGGER values_of_changed AFTER UPDATE OF fields ON items BEGIN
    DELETE FROM field_values WHERE item_key = new.key;
    INSERT OR IGNORE INTO field_names (name) SELECT value FROM json_each(names_of(new.fields));
    INSERT OR IGNORE INTO field_values
        SELECT n.id, json_extract(j.value, '$[1]'), json_extract(j.value, '$[2]'), new.key
        FROM json_each(values_of(new.fields)) j JOIN field_names n ON n.name = json_extract(j.value, '$[0]');
END;
