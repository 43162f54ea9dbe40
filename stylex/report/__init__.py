"""Many runs side by side: contact sheet, table, trade-off plot and a page for the browser.

Everything here reads run folders and needs neither Hydra nor torch, so it starts at once and works
on folders from any machine.
"""
