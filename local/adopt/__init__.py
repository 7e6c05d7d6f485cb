"""`make adopt FROM=folder`: the first system's folder becomes a catalogue and two models."""
