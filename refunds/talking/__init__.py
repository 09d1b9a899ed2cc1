"""What is said about a case: to the buyer, to the other side of a dispute, and among colleagues."""
