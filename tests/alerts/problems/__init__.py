"""What the alerts warn of: context managers that cause a problem and mend it at the end."""
