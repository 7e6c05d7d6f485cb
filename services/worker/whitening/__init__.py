"""Whitening: a projection learnt from the catalogue's own vectors, without labels."""
