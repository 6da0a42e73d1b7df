"""The solve stage."""
