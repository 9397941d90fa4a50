"""Settings of map services: off without keys, never shown, never sent in the clear."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from records.errors import WrongUsage
from records.settings import Origin, load_settings


def test_without_keys_there_is_no_service(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}).maps.services == {}


def test_a_key_switches_its_service_on_and_nothing_shows_it(tmp_path: Path) -> None:
    env = {"HANDA_AMAP_KEY": "k3y-amap", "HANDA_AMAP_SECRET": "s3cret", "HANDA_MAPS_PER_SECOND": "0.5", "HANDA_MAPS_PER_DAY": "20"}
    settings = load_settings(tmp_path, env)
    assert list(settings.maps.services) == ["amap"]
    access = settings.maps.services["amap"]
    assert (access.key, access.secret, access.url) == ("k3y-amap", "s3cret", "https://restapi.amap.com")
    assert (settings.maps.per_second, settings.maps.per_day) == (0.5, 20)
    lines = {line.name: line for line in settings.table()}
    assert lines["HANDA_AMAP_KEY"].shown == lines["HANDA_AMAP_SECRET"].shown == "（已设置）"
    assert lines["HANDA_AMAP_KEY"].origin is Origin.ENV
    assert lines["HANDA_BAIDU_KEY"].shown == "（未设置）"
    for text in (repr(settings), repr(settings.maps), str([line.shown for line in settings.table()])):
        assert "k3y" not in text
        assert "s3cret" not in text
    assert pickle.loads(pickle.dumps(settings)).maps == settings.maps
    assert hash(settings.maps) is not None


@pytest.mark.parametrize(
    "env",
    [
        {"HANDA_BAIDU_SECRET": "s3cret"},
        {"HANDA_BAIDU_KEY": "k3y", "HANDA_BAIDU_URL": "http://maps.example"},
        {"HANDA_BAIDU_KEY": "k3y", "HANDA_BAIDU_URL": "https://u:p@maps.example"},
        {"HANDA_BAIDU_KEY": "k3y", "HANDA_BAIDU_URL": "ftp://127.0.0.1"},
        {"HANDA_BAIDU_KEY": "k3y", "HANDA_BAIDU_URL": "maps"},
        {"HANDA_MAPS_PER_SECOND": "0"},
        {"HANDA_MAPS_PER_SECOND": "nan"},
        {"HANDA_MAPS_PER_DAY": "many"},
        {"HANDA_MAPS_KEEP_DAYS": "-1"},
    ],
)
def test_what_can_not_be_used_is_refused_without_repeating_secrets(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(WrongUsage) as caught:
        load_settings(tmp_path, env)
    said = caught.value.message + caught.value.advice
    assert "k3y" not in said
    assert "s3cret" not in said
    assert any(name in said for name in env)


@pytest.mark.parametrize("url", ["https://maps.example/proxy/", "http://127.0.0.1:8080", "http://[::1]:9"])
def test_another_address_must_be_encrypted_or_on_this_machine(tmp_path: Path, url: str) -> None:
    settings = load_settings(tmp_path, {"HANDA_TENCENT_KEY": "k", "HANDA_TENCENT_URL": url})
    assert settings.maps.services["tencent"].url == url.rstrip("/")
