"""Pictures: every file is opened, recognised, decoded, shrunk and written here.

`load` and `save` work on tensors and import torch; `decode`, `thumbnails`, `formats`, `colours` and
`orientation` work on Pillow's pictures and do without it.
"""
