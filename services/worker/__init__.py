"""Takes jobs from Redis and does the long work: bulk feature extraction, and publishing of models."""
