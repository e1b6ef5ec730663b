"""Where the tasks of a run are done: processes here, an executor, a cluster."""
