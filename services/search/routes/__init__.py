"""The public HTTP interface, a module per noun, and the worker's internal one."""
