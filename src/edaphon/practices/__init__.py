"""The practices stage."""
