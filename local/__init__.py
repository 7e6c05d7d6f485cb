"""Nitari as plain processes on one machine, without Docker: up, down and the demo."""
