"""Space in the optimizer: exposed boundary between neighbors, certified, and patches."""
