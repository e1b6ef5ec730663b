"""What was found, as frozen data that the checker, the computers and the writers share; numbers and names as text."""
