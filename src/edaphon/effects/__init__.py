"""The effects stage."""
