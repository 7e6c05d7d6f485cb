"""Makes what runs published networks faster."""
