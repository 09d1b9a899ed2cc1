"""From the rows of an order file to orders: read, checked, grouped, matched and written."""
