"""What more than one Nitari service must agree on."""
