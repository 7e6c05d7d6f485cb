"""Says whether a model finds better: metrics of retrieval, their uncertainty, and a report to read."""
