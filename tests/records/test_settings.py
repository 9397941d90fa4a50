"""Settings are read once, each with its origin, secrets never shown."""

import base64
import pickle
import sys
from pathlib import Path

import pytest

from records.errors import WrongUsage
from records.keys import new_ring
from records.settings import Origin, Settings, load_settings


def shown(settings: Settings) -> dict[str, tuple[str, Origin]]:
    return {line.name: (line.shown, line.origin) for line in settings.table()}


def test_defaults_are_a_folder_here_the_embedded_server_and_a_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {})
    assert settings.home == tmp_path / "handa-home"
    assert settings.database_url is None
    assert settings.keys_file == tmp_path / "handa-home" / "keys.json"
    assert {origin for _, origin in shown(settings).values()} == {Origin.DEFAULT}
    assert not settings.home.exists(), "asking for settings makes nothing"


def test_the_argument_wins_over_the_environment_and_says_so(tmp_path: Path) -> None:
    env = {"HANDA_HOME": str(tmp_path / "env")}
    assert load_settings(None, env).home == tmp_path / "env"
    assert shown(load_settings(None, env))["HANDA_HOME"][1] is Origin.ENV
    assert load_settings(tmp_path / "arg", env).home == tmp_path / "arg"
    assert shown(load_settings(tmp_path / "arg", env))["HANDA_HOME"][1] is Origin.ARGUMENT


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"HANDA_DATABASE_URL": " ", "HANDA_KEYS": ""})
    assert settings.database_url is None
    assert shown(settings)["HANDA_KEYS"][1] is Origin.DEFAULT


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_writings_of_a_postgresql_url_are_taken_and_its_password_is_masked(tmp_path: Path, scheme: str) -> None:
    settings = load_settings(tmp_path, {"HANDA_DATABASE_URL": f"{scheme}://u:s3cret%21@db.example:5433/handa"})
    assert settings.database_url == "postgresql+psycopg://u:s3cret%21@db.example:5433/handa"
    said = shown(settings)["HANDA_DATABASE_URL"]
    assert said == ("postgresql+psycopg://u:***@db.example:5433/handa", Origin.ENV)
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "sqlite:///x.db", "s3cret", "postgresql://h:port/x"])
def test_another_database_is_refused_without_repeating_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        load_settings(tmp_path, {"HANDA_DATABASE_URL": url})
    assert caught.value.exit_code == 2
    assert "s3cret" not in caught.value.message + caught.value.advice


def test_a_first_use_makes_a_key_file_that_later_uses_read(tmp_path: Path) -> None:
    ring = load_settings(tmp_path / "home", {}).keys()
    path = tmp_path / "home" / "keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_settings(tmp_path / "home", {}).keys() == ring


def test_a_workspace_with_data_whose_key_file_is_lost_never_gets_a_new_one(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", {})
    settings.keys()
    (settings.workspace.server / "cluster.json").write_text("{}")
    settings.workspace.keys_file.unlink()
    with pytest.raises(WrongUsage, match="找不到密钥文件"):
        load_settings(tmp_path / "home", {}).keys()
    assert not settings.workspace.keys_file.exists()


def test_a_key_file_elsewhere_must_exist(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere.json"
    for source in (str(place), f"file:{place}"):
        with pytest.raises(WrongUsage, match="找不到密钥文件"):
            load_settings(tmp_path, {"HANDA_KEYS": source}).keys()
    ring = new_ring()
    place.touch(0o600)
    place.write_bytes(ring.to_json())
    assert load_settings(tmp_path, {"HANDA_KEYS": f"file:{place}"}).keys() == ring
    assert load_settings(tmp_path, {"HANDA_KEYS": str(place)}).keys() == ring


def test_keys_from_a_variable_are_json_or_its_base64(tmp_path: Path) -> None:
    ring = new_ring()
    for text in (ring.to_json().decode(), base64.b64encode(ring.to_json()).decode()):
        settings = load_settings(tmp_path, {"HANDA_KEYS": "env:MY_KEYS", "MY_KEYS": text})
        assert settings.keys() == ring
        assert settings.keys_file is None
        assert text not in repr(settings)
        assert shown(settings)["HANDA_KEYS"] == ("env:MY_KEYS", Origin.ENV)


def test_an_empty_key_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="MY_KEYS"):
        load_settings(tmp_path, {"HANDA_KEYS": "env:MY_KEYS"}).keys()


def test_keys_from_a_command_are_what_it_prints_and_its_arguments_are_not_shown(tmp_path: Path) -> None:
    ring = new_ring()
    (tmp_path / "ring").write_bytes(ring.to_json())
    settings = load_settings(tmp_path, {"HANDA_KEYS": f"command:cat {tmp_path / 'ring'}"})
    assert settings.keys() == ring
    assert shown(settings)["HANDA_KEYS"][0] == "command:cat …"


@pytest.mark.parametrize("command", ["", "false", "/no/such/program", f"{sys.executable} -c print(1)"])
def test_a_key_command_that_fails_or_prints_no_keys_is_wrong_usage(tmp_path: Path, command: str) -> None:
    with pytest.raises(WrongUsage):
        load_settings(tmp_path, {"HANDA_KEYS": f"command:{command}"}).keys()


def test_the_key_command_runs_once_a_process(tmp_path: Path) -> None:
    script = tmp_path / "kms"
    (tmp_path / "ring").write_bytes(new_ring().to_json())
    script.write_text(f"#!/bin/sh\necho called >> {tmp_path}/calls\ncat {tmp_path}/ring\n")
    script.chmod(0o700)
    settings = load_settings(tmp_path, {"HANDA_KEYS": f"command:{script}"})
    assert settings.keys() is settings.keys()
    settings.signer()
    assert (tmp_path / "calls").read_text() == "called\n"


def test_rotation_writes_the_file_and_is_refused_where_keys_are_kept_elsewhere(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", {})
    before = settings.keys()
    after = settings.rotate_keys()
    assert after.active != before.active
    assert settings.keys() == after == load_settings(tmp_path / "home", {}).keys()
    env = {"HANDA_KEYS": "env:K", "K": before.to_json().decode()}
    with pytest.raises(WrongUsage, match="轮换"):
        load_settings(tmp_path, env).rotate_keys()


def test_settings_travel_to_worker_processes_and_find_the_same_keys(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", {})
    ring = settings.keys()
    data = pickle.dumps(settings)
    assert ring.index_secret not in data
    travelled = pickle.loads(data)
    assert travelled == settings
    assert travelled.keys() == ring


def test_a_fresh_workspace_has_its_folders_closed_to_others(tmp_path: Path) -> None:
    workspace = load_settings(tmp_path / "deep" / "home", {}).workspace
    assert workspace.create()
    assert not workspace.create()
    for folder in (workspace.batches, workspace.outbox, workspace.incoming, workspace.reports, workspace.logs):
        assert folder.stat().st_mode & 0o777 == 0o700
    for passage in (workspace.root, workspace.server):
        assert passage.stat().st_mode & 0o066 == 0, "nobody else lists or writes"


def test_an_existing_folder_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    assert not load_settings(tmp_path, {}).workspace.create()
    assert tmp_path.stat().st_mode & 0o777 == 0o750
