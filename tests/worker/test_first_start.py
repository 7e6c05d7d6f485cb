import pytest

from services.worker import first_start
from shared.photos import PhotoRoots
from shared.settings import Settings


@pytest.fixture
def data(tmp_path, monkeypatch, settings):
    monkeypatch.setenv("NITARI_DATA", str(settings.data))  # it has a model
    monkeypatch.setenv("NITARI_ENGINE", "tensorflow")  # of which no engine can be made
    monkeypatch.delenv("NITARI_REDIS_URL", raising=False)
    return settings.data


def test_a_new_data_folder_gets_secrets_that_the_settings_read(data):
    assert first_start.main() == 0
    settings = Settings()
    password = (data / "secrets" / "redis_password").read_text()
    assert settings.redis_url.get_secret_value() == f"redis://:{password}@redis:6379/0"
    assert len(settings.internal_token.get_secret_value()) >= 32
    assert (data / "secrets").stat().st_mode & 0o777 == 0o700
    assert f"requirepass {password}\n" in (data / "secrets" / "redis.conf").read_text()


def test_secrets_stay_at_the_next_start_and_the_environment_comes_first(data, monkeypatch):
    first_start.main()
    before = Settings().internal_token
    first_start.main()
    assert Settings().internal_token == before
    monkeypatch.setenv("NITARI_INTERNAL_TOKEN", "mine")
    assert Settings().internal_token.get_secret_value() == "mine"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NITARI_BIND", "0.0.0.0", "token_urlsafe"),
        ("NITARI_TIMEZONE", "Asia/Tokio", "Asia/Tokyo"),
        ("NITARI_BATCH", "99", "NITARI_BATCH: "),
    ],
)
def test_a_setting_that_cannot_be_is_said_first(data, monkeypatch, caplog, name, value, says):
    monkeypatch.setenv(name, value)
    assert first_start.main() == 1
    assert says in caplog.text and "Value error" not in caplog.text
    assert not (data / "secrets").exists()


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch):
    monkeypatch.setenv("NITARI_MODEL", "")
    assert Settings().model is None


def test_one_folder_under_two_names_is_one_root(tmp_path):
    (tmp_path / "photos").mkdir()
    roots = PhotoRoots(Settings(data=tmp_path, photos=tmp_path / "photos"))
    assert [folder.root for folder in roots.folders()] == ["photos"]
