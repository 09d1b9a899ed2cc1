"""When the buyer does not accept the refusal: the platform decides, and the merchant may appeal."""
