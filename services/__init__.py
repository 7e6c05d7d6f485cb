"""Nitari's three services; they never import each other."""
