"""Conditions on fields: what was asked, what the catalogue knows, and the SQL between them."""
