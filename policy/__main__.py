"""The pack that Pulumi's engine runs: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the checkout, where the package is not installed

from analysis_policies import POLICIES
from pulumi_policy import PolicyPack

PolicyPack(name="mesh-components", policies=list(POLICIES))
