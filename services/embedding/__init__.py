"""Serves published, frozen models over HTTP: images or pixels in, vectors out."""
