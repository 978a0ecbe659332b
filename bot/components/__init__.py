"""Building blocks of the views: buttons, menus and forms that survive a restart."""
