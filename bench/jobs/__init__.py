"""One module per runtime: each runs the keyed-state job in a process of its own and prints its figures."""
