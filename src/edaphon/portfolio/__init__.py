"""The portfolio stage."""
