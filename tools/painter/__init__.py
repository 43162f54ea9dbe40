"""Five original procedural paintings, made to serve as sample style pictures."""
