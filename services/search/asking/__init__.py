"""What is asked of the catalogue, by likeness, words and fields, and what answers it."""
