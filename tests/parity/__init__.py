"""What a mesh declares, compared with what istioctl of the same version would install."""
