"""What a check may take, and how far it is: counted work, seconds, memory."""
