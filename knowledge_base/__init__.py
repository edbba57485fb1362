"""The knowledge base: articles, their index, and the search that answers questions word for word."""
