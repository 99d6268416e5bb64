"""Pulumi on a machine where its released CLI, language host and plugins cannot be downloaded.

`runtime.prepare()` answers with what to run and in which environment: the user's own installation where there is
one, else a CLI and providers built from their Go modules plus two stand-ins written in Python (`language_host`,
`tls_provider`). `locks.recover()` picks up after a killed `pulumi up`.
"""
