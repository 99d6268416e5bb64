"""Where the Pulumi program on disk is, and which stacks it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

PROJECT = "mesh"
"""Name of the project on disk, the prefix of its settings (Pulumi.yaml)."""


class ProjectError(Exception):
    """The program or one of its stacks is not where it should be; the message says what to do."""


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi.yaml of ours and its stacks' files."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """Return the project around ``start`` (default: the working directory), looking upwards as pulumi does.

        :raises ProjectError: where no folder on the way up has both Pulumi.yaml and stacks/
        """
        folder = (start or Path.cwd()).resolve()
        for candidate in (folder, *folder.parents):
            if (candidate / "Pulumi.yaml").is_file() and (candidate / "stacks").is_dir():
                return cls(candidate)
        raise ProjectError(
            f"no Pulumi.yaml with a stacks/ folder beside it in {folder} or above; run this in the checkout"
        )

    @property
    def stacks(self) -> list[str]:
        """The names of the stacks that have a file, sorted."""
        return sorted(
            path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in self.root.glob("stacks/Pulumi.*.yaml")
        )

    def stack_file(self, stack: str) -> Path:
        """Return the path of a stack's file.

        :raises ProjectError: for a stack that has none, naming those that have
        """
        if stack in self.stacks:
            return self.root / "stacks" / f"Pulumi.{stack}.yaml"
        raise no_stack(stack, self.stacks)


def no_stack(name: str, known: Sequence[str]) -> ProjectError:
    """Return the error that there is no stack of that name.

    :param known: those that there are
    """
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return ProjectError(f"no stack {name!r}: there is no stacks/Pulumi.{name}.yaml. Stacks: {', '.join(known)}{hint}")
