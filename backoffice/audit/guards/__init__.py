"""What the database itself refuses: rows written past history, and history written past its row."""
