"""Picture files in and out: one decoder, one encoder, thumbnails."""
