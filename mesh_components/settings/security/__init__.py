"""Settings of security: who may talk to whom, and how they prove who they are."""
