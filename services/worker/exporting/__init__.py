"""The catalogue's vectors in files, as others read them."""
