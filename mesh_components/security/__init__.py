"""Security as components: peer and request authentication, authorization."""
