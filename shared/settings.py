"""What an operator turns: environment variables named NITARI_<FIELD>."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


def _links(value: Any) -> Any:
    pairs = [pair.partition("=") for pair in _names(value)] if isinstance(value, str) else None
    return value if pairs is None else [(label.strip(), url.strip()) for label, _, url in pairs]


def _names(value: Any) -> Any:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no web address; a link is written as label=https://...")
    return url


Names = Annotated[list[str], NoDecode, BeforeValidator(_names)]
Links = Annotated[
    list[tuple[str, Annotated[str, AfterValidator(_web_address)]]], NoDecode, BeforeValidator(_links)
]


class Settings(BaseSettings):
    """The settings of all services; each reads the ones it needs."""

    model_config = SettingsConfigDict(env_prefix="NITARI_", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(  # arguments are pydantic-settings' own
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the files in `secrets/` of the data folder."""
        folder = Path(os.environ.get("NITARI_DATA") or "data") / "secrets"
        if folder.is_dir():
            file_secret_settings = SecretsSettingsSource(settings_cls, secrets_dir=folder)
        return init_settings, env_settings, file_secret_settings

    data: Path = Field(Path("data"), description="Folder of everything Nitari keeps")
    photos: Path | None = Field(None, description="Folder of your photos, read in place and never written")
    model: str | None = Field(
        None, description="Model made live on the first start (default: the best there is)"
    )
    redis_url: SecretStr = Field(SecretStr("redis://127.0.0.1:6379/0"), description="The broker")
    search_url: str = Field("http://127.0.0.1:8000", description="Where the worker finds the search service")
    embedding_url: str = Field(
        "http://127.0.0.1:8001", description="Where search finds the embedding service"
    )
    internal_token: SecretStr = Field(
        SecretStr(""), description="Shared by search and worker; /internal/* is closed while it is empty"
    )
    keyword_fields: Names = Field(
        ["name"], description="Fields that words are looked for in, with commas between"
    )
    same_field: str = Field(
        "genre_id", description="Field that `scope: same` compares: what else is of the matches' kind"
    )
    title: str = Field("Nitari", max_length=100, description="What the page is called")
    links: Links = Field([], description="Links in the page's bar: `label=https://...`, with commas between")
    copyright: str = Field("", max_length=200, description="The page's last line")
    page_items: int = Field(60, ge=1, le=500, description="Items that the page shows at a time")
    page_matches: int = Field(20, ge=1, le=500, description="Matches that the page shows at a time")
    watch: str | None = Field(
        None, description="Folder, below a photo root, whose tables and photos are imported when they change"
    )
    watch_s: float = Field(30, gt=0, description="Seconds between looks at that folder")
    bind: str = Field("127.0.0.1", description="Address that the search service is published on (compose)")
    api_key: SecretStr = Field(
        SecretStr(""), description="Asked for in X-API-Key; needed where NITARI_BIND is not this machine"
    )
    root_path: str = Field("", description="Path that a reverse proxy serves Nitari below, such as `/nitari`")
    timezone: str | None = Field(
        None, description="Time zone of the logs in containers, such as `Asia/Tokyo` (default: UTC)"
    )
    lease_s: float = Field(60, gt=0, description="Seconds until a silent worker's page goes to another")
    reaper_s: float = Field(15, gt=0, description="Seconds between looks for work that nobody holds")
    engine: Literal["auto", "openvino", "tensorflow"] = Field(
        "auto", description="What runs the models: `openvino`, `tensorflow`; `auto`: the faster one here"
    )
    batch: int = Field(16, ge=1, le=32, description="Images a model sees at once")
    batch_wait_ms: float = Field(
        25, ge=0, le=1000, description="Longest wait for callers just answered to share the next batch"
    )
    page: int = Field(64, ge=1, le=2000, description="Photos a worker claims at a time")
    decode_s: float = Field(
        4, gt=0, description="CPU seconds that decoding one photo may take; more for a slow machine"
    )
    decode_mb: int = Field(512, ge=64, description="Megabytes of memory that decoding one photo may take")
    threads: int = Field(0, ge=0, description="Threads of the model (0: all cores)")

    @field_validator("root_path")
    @classmethod
    def _one_slash_in_front(cls, path: str) -> str:
        return f"/{path.strip('/')}" if path.strip("/") else ""

    @field_validator("timezone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        try:
            return zone and ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone; one is Asia/Tokyo") from None

    @model_validator(mode="after")
    def _only_this_machine_without_a_key(self) -> Self:
        if not _is_loopback(self.bind) and not self.api_key.get_secret_value():
            raise ValueError(
                f"NITARI_BIND={self.bind} lets other machines in: set NITARI_API_KEY too. To make one:"
                " python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return self


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
