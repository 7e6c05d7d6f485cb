"""Learns a model from class folders: photos, what is held out, training, evaluation and publishing."""
