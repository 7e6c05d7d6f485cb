"""Vectors that were made elsewhere: read, matched with photos, checked, and handed to the catalogue."""
