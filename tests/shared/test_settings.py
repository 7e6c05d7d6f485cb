import pytest
from pydantic import ValidationError

from shared.settings import Settings


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "Europe/Berlin"])
def test_a_time_zone_is_taken_by_its_name(zone):
    assert Settings(timezone=zone).timezone == zone


@pytest.mark.parametrize("zone", ["Asia/Tokio", "../etc/passwd", "/etc/localtime", "JST+9?"])
def test_a_time_zone_that_is_none_is_said(zone):
    with pytest.raises(ValidationError, match="no time zone; one is Asia/Tokyo"):
        Settings(timezone=zone)
