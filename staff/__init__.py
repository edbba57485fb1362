"""The staff pages: web tools for operators, dispatchers, editors, analysts and administrators of the hotline."""
