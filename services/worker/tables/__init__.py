"""A CSV or Excel file becomes items: reader (cells), columns (what they mean), names (photos), importing."""
