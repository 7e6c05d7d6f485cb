"""What learning a model needs of the search service, from the order to the report."""
