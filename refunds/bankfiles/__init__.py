"""Files for and from banks: what a bank is asked to pay, what it answers, and what it booked."""
