// stands in for the viewer
