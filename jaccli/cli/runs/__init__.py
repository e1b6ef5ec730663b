"""A run of checks: settings, workers, progress, what is recorded, reports."""
