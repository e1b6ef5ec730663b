"""Numbers, names and tables as characters: what the writers of every command share."""
