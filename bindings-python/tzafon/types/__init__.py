"""Types of parameters, answers and events, for annotations of your own."""
