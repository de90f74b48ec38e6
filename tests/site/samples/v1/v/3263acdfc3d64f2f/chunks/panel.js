// loads later
