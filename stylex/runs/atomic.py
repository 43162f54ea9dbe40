"""Kept for its importers; the module is stylex.atomic."""

from stylex.atomic import check_writable, replacing, to_bytes, unfinished, write_atomically

__all__ = ["check_writable", "replacing", "to_bytes", "unfinished", "write_atomically"]
