"""Traffic as components: what Kiali's wizards make by hand."""
