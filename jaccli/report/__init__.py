"""Results → words and tables, one writer per format; nothing here computes a derivative or a verdict."""
