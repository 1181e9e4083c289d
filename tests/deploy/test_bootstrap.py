"""Setting up a machine: what is chosen, what is refused, what is locked."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy import bootstrap, packages
from deploy.bootstrap import (
    LOCK,
    ensure_rabbitmq,
    find_program,
    installer_settings,
    locked,
)
from deploy.packages import ROOT, CannotSetUp, install_packages


def an_installed(program: Path) -> Path:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_an_older_python_can_read_what_is_missing() -> None:
    for module in ("bootstrap.py", "packages.py"):
        ast.parse((ROOT / "deploy" / module).read_text(), feature_version=(3, 8))


def test_a_second_setup_has_nothing_to_say() -> None:
    command = [sys.executable, "-m", "deploy.bootstrap", "--for-tests"]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    second = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    assert second.stdout + second.stderr == ""


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert re.findall(r"://|--index|--find-links|@ ", LOCK.read_text()) == []


def test_the_lock_pins_every_package_with_its_hashes() -> None:
    pins = re.findall(r"^[\w.-]+==\S+", LOCK.read_text(), re.MULTILINE)
    assert len(pins) > 50
    assert all("--hash=sha256:" in locked(pin.split("==")[0]) for pin in pins)


def test_the_lock_satisfies_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"].get("optional-dependencies", {}).values():
        wanted += [named for named in extra if not named.startswith("kitu[")]
    for requirement in map(Requirement, wanted):
        version = locked(requirement.name).split()[0].split("==")[1]
        assert version in requirement.specifier, requirement


def test_a_package_that_is_not_locked_is_refused() -> None:
    with pytest.raises(CannotSetUp, match=r"requirements\.lock does not pin leftpad"):
        locked("leftpad")


def test_the_index_that_pip_is_set_up_for_is_used_by_uv_too(tmp_path: Path) -> None:
    pip = (
        f":env:.find-links='{tmp_path} /none https://wheels.example'\n"
        f"global.cert='{tmp_path}/ca.crt'\n"
        "global.index-url='https://index.example/simple'\n"
        "global.extra-index-url='\\nhttps://a.example\\nfile:///none'\n"
        "freeze.timeout='10'\n"
    )
    (tmp_path / "ca.crt").touch()
    assert installer_settings(pip, {}) == {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INDEX_URL": "https://index.example/simple",
        "UV_EXTRA_INDEX_URL": "https://a.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{tmp_path},https://wheels.example",
        "SSL_CERT_FILE": f"{tmp_path}/ca.crt",
    }


def test_what_the_environment_tells_uv_wins_over_pip() -> None:
    environment = {"UV_INDEX_URL": "https://mirror.example", "SSL_CERT_FILE": "/own.crt"}
    settings = installer_settings(
        "global.index-url='https://x.example'\nglobal.cert='/x'\n", environment
    )
    assert not {"UV_INDEX_URL", "SSL_CERT_FILE", "UV_INDEX_STRATEGY"} & set(settings)


def test_the_newest_installed_version_of_a_program_is_found(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        an_installed(tmp_path / version / "bin/postgres")
    found = find_program("postgres", (f"{tmp_path}/*/bin",))
    assert found == tmp_path / "17/bin/postgres"


def test_a_program_is_found_on_the_path_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = an_installed(tmp_path / "bin/postgres")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    assert find_program("postgres", (f"{tmp_path}/none/*/bin",)) == on_path


def test_nothing_is_installed_where_a_broker_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KITU_AMQP_URL", "amqp://town:secret@broker.example/")
    ensure_rabbitmq()
    assert capsys.readouterr().out == "setup: broker: the one KITU_AMQP_URL names\n"


def test_what_cannot_be_installed_is_refused_with_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotSetUp) as refusal:
        install_packages(["rabbitmq-server"], "RabbitMQ is missing", "or set KITU_AMQP_URL")
    assert str(refusal.value).splitlines() == [
        "RabbitMQ is missing, and this user cannot install it. Either install it yourself:",
        "  sudo apt-get install rabbitmq-server    (or your system's equivalent)",
        "or set KITU_AMQP_URL",
    ]


def test_without_root_packages_are_unpacked_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With stand-ins that answer as apt-get and dpkg-deb do."""
    fake_apt = """#!/bin/sh
case " $* " in
*" --simulate install "*) echo "Inst erlang-base (25 Debian [amd64])"; echo "Inst wanted (1)";;
*" download "*) for name; do :; done; touch wanted_1.deb erlang-base_25.deb;;
*" update "*) ;;
*) exit 1;;
esac
"""
    fake_dpkg = '#!/bin/sh\nmkdir -p "$3/usr/bin" && echo "$2" > "$3/usr/bin/${2##*/}"\n'
    for name, text in (("apt-get", fake_apt), ("dpkg-deb", fake_dpkg)):
        an_installed(tmp_path / "bin" / name).write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=os.pathsep)
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "UNPACKED", tmp_path / ".local/debian")
    monkeypatch.setattr(packages, "PRIVATE_APT", tmp_path / ".local/apt")
    packages.unpack_packages(["wanted"], "wanted is missing")
    found = {path.name for path in (tmp_path / ".local/debian/usr/bin").iterdir()}
    assert found == {"wanted_1.deb", "erlang-base_25.deb"}
    assert packages.with_unpacked({"PATH": "/bin"}) == {
        "PATH": f"/bin:{tmp_path}/.local/debian/usr/bin"
    }
    libraries = tmp_path / ".local/debian/usr/lib/x86_64-linux-gnu"
    an_installed(libraries / "libav.so.7")
    an_installed(libraries / "pulseaudio/libpulse.so.16")
    an_installed(tmp_path / ".local/debian/usr/share/fonts/truetype/sans.ttf")
    assert packages.with_unpacked({"LD_LIBRARY_PATH": "/opt/lib"}) == {
        "PATH": f"{tmp_path}/.local/debian/usr/bin",
        "LD_LIBRARY_PATH": f"/opt/lib:{libraries}:{libraries}/pulseaudio",
        "XDG_DATA_HOME": f"{tmp_path}/.local/debian/usr/share",
    }
    assert not list((tmp_path / ".local/apt").glob("tmp*"))
    said = capsys.readouterr().out
    assert said.startswith("setup: wanted is missing: unpacking wanted in .local/debian")


def test_an_unpacked_erlang_learns_where_it_lies_even_if_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "a town's/debian"
    start = an_installed(here / "usr/lib/erlang/bin/erl")
    start.write_text('ROOTDIR=/usr/lib/erlang\necho "$ROOTDIR"\n')
    monkeypatch.setattr(bootstrap, "UNPACKED", here)
    for _ in range(2):
        bootstrap.relocate_erlang()
        told = subprocess.run(["/bin/sh", str(start)], check=True, capture_output=True, text=True)
        assert told.stdout.strip() == f"{here}/usr/lib/erlang"
