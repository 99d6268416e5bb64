"""The one exception that a user of the local cluster sees."""


class ClusterError(Exception):
    """Something the user has to know or change. The message is complete: what is wrong, where, and what to do."""
