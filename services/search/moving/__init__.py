"""Vectors that are taken out, or come from elsewhere."""
