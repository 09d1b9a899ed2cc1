"""What may not be returned without a reason: the grounds of the law, and the categories under them."""
