"""Meeting providers: Jitsi, Zoom and Daily, and the worker that asks them for meetings."""
