"""What targets on this machine share: descriptions, preprocessing, processes, saved answers."""
