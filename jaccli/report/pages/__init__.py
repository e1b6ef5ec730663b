"""Results → one HTML file that needs nothing else: no network, no other file, and nothing of the user's text acts in it."""
