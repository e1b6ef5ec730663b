"""After a failure: the Taylor picture of an entry, and the smallest input that still fails."""
