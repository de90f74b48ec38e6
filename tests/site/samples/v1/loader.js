// stands in for the loader
