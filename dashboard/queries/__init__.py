"""Every question the screens ask the store, a room a page: named SQL in, frozen rows out."""
