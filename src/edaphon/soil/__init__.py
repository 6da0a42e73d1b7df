"""The soil stage."""
