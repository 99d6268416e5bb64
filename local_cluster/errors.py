"""What a user of the local cluster sees when something is wrong."""


class ClusterError(Exception):
    """Something the user has to know or change. The message is complete: what is wrong, where, and what to do."""


class UserMistake(ClusterError):
    """What was asked for cannot be, on this machine or with this input; the command leaves with another exit code."""
