"""What the alerts warn of: context managers that cause a problem and fix it at the end."""
