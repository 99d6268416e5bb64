"""How CRDs are made: all of them at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from .declare import RULES, Rule

KIND = "CustomResourceDefinition"
PAUSE = 0.15
"""Seconds without another CRD after which those that are there are made: more than it takes to check a large one."""


def made_together(name: str, count: int) -> Rule:
    """Return Pulumi options for a number of CRDs that have each of them wait until the provider has checked all.

    After each CRD that it made, the provider forgets the API server's schema, and the API server puts it together anew
    when it is asked again (`getResources` in pulumi-kubernetes' ``provider.go``). Were one made before the next is
    checked, that would happen for each, and take most of the time that both need for them. Where the engine does no
    more than a few things at a time (``--parallel``), those few are made together.

    :param name: of the component that declares them
    :param count: how many there are to come, at most
    """
    # A preview makes none, and Pulumi's mocks have nothing to call a hook with.
    if not count or pulumi.runtime.is_dry_run() or isinstance(get_monitor(), MockMonitor):
        return RULES[KIND]
    arrived = 0
    all_there = asyncio.Event()

    async def wait(_: pulumi.ResourceHookArgs) -> None:
        nonlocal arrived
        arrived += 1
        if arrived >= count:
            all_there.set()
        before = 0
        while not all_there.is_set() and before != arrived:
            before = arrived
            try:
                await asyncio.wait_for(all_there.wait(), PAUSE)
            except TimeoutError:
                continue

    hook = pulumi.ResourceHook(f"{name}:{KIND}", wait)
    together = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook]))
    rule = RULES[KIND]
    return replace(rule, options=pulumi.ResourceOptions.merge(rule.options, together))
