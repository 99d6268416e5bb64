"""Programs: run, shown, failing, configured, as with the released language host."""

import importlib.metadata
import json
import platform
import sys

import pytest

from .conftest import Project

pytestmark = pytest.mark.tools

KEY = """
import pulumi
import pulumi_tls as tls

key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
pulumi.export("public", key.public_key_pem)
"""


def test_life_of_a_stack(project: Project) -> None:
    project.program(KEY)
    assert project.run("preview").stdout.count("PrivateKey") >= 1
    assert not project.state_file.exists() or not project.resources()
    assert project.changes("up") == {"create": 2}
    public = project.outputs()["public"]
    assert project.changes("up") == {"same": 2}
    assert project.changes("refresh") == {"same": 2}
    assert project.outputs()["public"] == public
    assert project.changes("destroy") == {"delete": 2}
    assert project.resources() == {}


def test_expects_no_changes_after_an_update(project: Project) -> None:
    project.program(KEY)
    assert project.run("preview", "--expect-no-changes", check=False).returncode != 0
    project.run("up", "--yes")
    project.run("preview", "--expect-no-changes")
    project.run("refresh", "--preview-only", "--expect-no-changes")


def test_program_output_reaches_the_user_in_order(project: Project) -> None:
    project.program("""
        import sys
        print("said to standard output")
        print("said to standard error", file=sys.stderr)
        print("said last", end="")
    """)
    shown = project.run("preview").stdout
    for text in ("said to standard output", "said to standard error", "said last"):
        assert text in shown


def test_stand_in_says_that_it_is_one(project: Project) -> None:
    project.program(KEY)
    shown = project.run("preview").stdout
    for name, notice in (("pulumi-language-python", "Python language host"), ("pulumi-resource-tls", "TLS provider")):
        assert (f"stand-in for Pulumi's {notice}" in shown) == (name in project.runtime.standins)


def test_exception_shows_the_program_part_of_its_traceback(project: Project) -> None:
    project.program("""
        def declare():
            return {}["absent"]

        declare()
    """)
    ran = project.run("preview", check=False)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "Program failed with an unhandled exception" in shown
    assert "KeyError: 'absent'" in shown
    assert "__main__.py" in shown and "in declare" in shown
    assert "runpy" not in shown and "asyncio" not in shown and "language_host" not in shown


def test_exception_in_an_apply_is_shown(project: Project) -> None:
    project.program("""
        import pulumi

        pulumi.export("x", pulumi.Output.from_input(1).apply(lambda one: one / 0))
    """)
    ran = project.run("preview", check=False)
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stdout + ran.stderr


def test_run_error_is_shown_without_a_traceback(project: Project) -> None:
    project.program("""
        import pulumi

        raise pulumi.RunError("settings: unknown key `profil`, did you mean `profile`?")
    """)
    ran = project.run("preview", check=False)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "settings: unknown key `profil`, did you mean `profile`?" in shown
    assert "Traceback" not in shown


def test_missing_config_is_named(project: Project) -> None:
    project.program("""
        import pulumi

        pulumi.Config().require("profile")
    """)
    ran = project.run("preview", check=False)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "project:profile" in shown and "Traceback" not in shown


@pytest.mark.parametrize(("statement", "code"), [("sys.exit(3)", 3), ("os._exit(7)", 7)])
def test_exit_code_of_the_program_fails_the_update(project: Project, statement: str, code: int) -> None:
    project.program(f"import os, sys; {statement}")
    ran = project.run("preview", check=False)
    assert ran.returncode == 1
    assert f"exit code {code}" in ran.stdout + ran.stderr


def test_a_failed_program_creates_nothing(project: Project) -> None:
    project.program(KEY + "\nraise ValueError('after the declaration')")
    ran = project.run("up", "--yes", check=False)
    assert ran.returncode == 1
    assert "after the declaration" in ran.stdout + ran.stderr
    assert not [name for name in project.resources() if "PrivateKey" in name]


def test_missing_program_is_named(project: Project) -> None:
    (project.folder / "__main__.py").unlink(missing_ok=True)
    ran = project.run("preview", check=False)
    assert ran.returncode == 1
    assert str(project.folder) in ran.stdout + ran.stderr and "__main__.py" in ran.stdout + ran.stderr


def test_imports_come_from_the_program_only(project: Project) -> None:
    # A module of the language host's own folder would be found if that folder were on the program's path.
    project.program("""
        import importlib.util, sys

        for name in ("children", "liveness", "interpreter"):
            assert importlib.util.find_spec(name) is None, name
        import helper
        assert sys.argv == ["."]
        print(helper.WORD)
    """)
    (project.folder / "helper.py").write_text("WORD = 'from beside the program'", encoding="utf-8")
    assert "from beside the program" in project.run("preview").stdout


def test_main_in_another_folder(project: Project) -> None:
    settings = (project.folder / "Pulumi.yaml").read_text(encoding="utf-8")
    (project.folder / "Pulumi.yaml").write_text(settings.replace("{", '{"main": "src", ', 1), encoding="utf-8")
    (project.folder / "src").mkdir()
    (project.folder / "src" / "__main__.py").write_text("import glob; print(glob.glob('*.py'))", encoding="utf-8")
    assert "['__main__.py']" in project.run("preview").stdout


def test_missing_virtual_environment_is_named(project: Project) -> None:
    settings = (project.folder / "Pulumi.yaml").read_text(encoding="utf-8")
    (project.folder / "Pulumi.yaml").write_text(settings.replace(sys.prefix, "absent"), encoding="utf-8")
    project.program("")
    ran = project.run("preview", check=False)
    assert ran.returncode == 1
    assert "absent" in ran.stdout + ran.stderr and "virtualenv" in ran.stdout + ran.stderr


def test_install_makes_the_virtual_environment(project: Project) -> None:
    settings = (project.folder / "Pulumi.yaml").read_text(encoding="utf-8")
    (project.folder / "Pulumi.yaml").write_text(settings.replace(sys.prefix, "made"), encoding="utf-8")
    (project.folder / "requirements.txt").touch()
    project.program("")
    project.run("install")
    assert (project.folder / "made" / "bin" / "python").exists()


def test_typechecker_refuses_before_the_program_runs(project: Project) -> None:
    settings = (project.folder / "Pulumi.yaml").read_text(encoding="utf-8")
    checked = settings.replace('"options": {', '"options": {"typechecker": "mypy", ')
    (project.folder / "Pulumi.yaml").write_text(checked, encoding="utf-8")
    project.program("print('it ran')\nnumber: int = 'text'")
    ran = project.run("preview", check=False)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "mypy failed" in shown and "Incompatible types in assignment" in shown and "it ran" not in shown


def test_secret_config_is_secret_everywhere(project: Project) -> None:
    project.program("""
        import pulumi

        config = pulumi.Config()
        pulumi.export("password", config.require_secret("password"))
        pulumi.export("plain", config.require("plain"))
        print(f"length {len(config.get('password'))}")
    """)
    project.run("config", "set", "--secret", "password", "correct horse battery")
    project.run("config", "set", "plain", "visible")
    shown = project.run("up", "--yes").stdout
    assert "length 21" in shown
    assert "correct horse battery" not in shown
    assert project.outputs() == {"password": "correct horse battery", "plain": "visible"}
    for path in (project.state_file, project.folder / "Pulumi.dev.yaml"):
        assert "correct horse" not in path.read_text(encoding="utf-8")


def test_about_knows_interpreter_plugins_and_packages(project: Project) -> None:
    project.program("")
    shown = project.run("about", "--json").stdout
    about = json.loads(shown)
    assert about["runtime"]["language"] == "python"
    assert about["runtime"]["version"] == platform.python_version()
    plugins = {plugin["name"]: plugin["version"] for plugin in about["plugins"]}
    assert plugins["tls"] == importlib.metadata.version("pulumi-tls")
    assert plugins["kubernetes"] == importlib.metadata.version("pulumi-kubernetes")
    assert "pytest-timeout" in {dependency["name"] for dependency in about["dependencies"]}
