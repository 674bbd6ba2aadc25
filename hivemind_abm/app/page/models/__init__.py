"""The models of the gallery: which there are, their thumbnails, and how one is chosen."""
