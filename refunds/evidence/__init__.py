"""Evidence: what buyer, store or platform show – taken in, kept, demanded and handed out."""
