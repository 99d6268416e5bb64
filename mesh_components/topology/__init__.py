"""The mesh as a picture: who is reached from where, by which route, under which mutual TLS mode. Pure."""
