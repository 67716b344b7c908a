"""How we remember: the only home of the ClickHouse driver."""
