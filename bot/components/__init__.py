"""Building blocks that every view uses: buttons, menus and forms that survive a restart."""
