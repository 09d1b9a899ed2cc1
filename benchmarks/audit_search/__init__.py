"""Who changed an approved amount in one store in March? Our search, the stock way, and SQL by hand."""
