"""What the page draws: one module for each view, whose `page()` draws it, and what they share."""
