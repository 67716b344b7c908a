"""A broker and a store without docker."""
