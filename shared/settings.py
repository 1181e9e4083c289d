"""What every service reads from its environment.

A setting `x` of the service `demand` is taken from `KITU_DEMAND_X`, else `KITU_X`, else a file
`kitu_x` in the folder `KITU_SECRETS_DIR` (for passwords in URLs), else its default.
"""

import os
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

HTTP_PORTS = {"membership": 8801, "demand": 8802, "procurement": 8803, "notifications": 8804}
HEARTBEAT_SECONDS = 15


def database_of(service: str, url: str) -> str:
    """A service's database: with its name filled in and an async driver.

    >>> database_of("demand", "sqlite:///x/{service}.db")
    'sqlite+aiosqlite:///x/demand.db'
    """
    scheme, rest = url.replace("{service}", service).split("://", 1)
    drivers = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    return f"{drivers.get(scheme, scheme)}://{rest}"


class Settings(BaseSettings):
    """The settings that all four services have; a service with more subclasses it."""

    model_config = SettingsConfigDict(env_prefix="KITU_", frozen=True, extra="ignore")

    service: ClassVar[str] = ""

    amqp_url: SecretStr = Field(description="Broker, with this service's user and password.")
    database_url: SecretStr = Field(
        default=SecretStr("sqlite+aiosqlite:///.local/{service}.db"),
        description="`{service}` stands for the service's name; PostgreSQL gets a schema of it.",
    )
    operators: str = Field(
        default="operator", description="Broker users that may speak for everyone, by commas."
    )
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, description="Health and state; 0 takes any.")
    prefetch: int = Field(default=64, ge=1, le=1000, description="Messages handled at once.")
    inbox_days: int = Field(
        default=400, ge=100, description="A message that comes again within them has no effect."
    )
    stop_seconds: float = Field(default=15, gt=0, description="To finish what is in hand.")
    rules_file: Path | None = Field(
        default=None, description="Dated rules in place of the service's own rules.toml."
    )
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """The database's URL with an async driver and the service's name filled in."""
        return database_of(self.service, self.database_url.get_secret_value())

    @property
    def broker(self) -> str:
        """The broker's URL. A peer that says nothing for three heartbeats is taken for gone."""
        url = self.amqp_url.get_secret_value()
        if "heartbeat=" in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}heartbeat={HEARTBEAT_SECONDS}"

    @property
    def user(self) -> str:
        """The broker user of this service, which vouches for what it publishes."""
        return urlsplit(self.broker).username or "guest"

    @property
    def trusted(self) -> frozenset[str]:
        """Broker users that may speak for everyone."""
        return frozenset(name.strip() for name in self.operators.split(",") if name.strip())

    @property
    def port(self) -> int:
        """The HTTP port, by default one of 8801 to 8804."""
        return HTTP_PORTS.get(self.service, 0) if self.http_port is None else self.http_port

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The service's own variables, then the common ones, then secret files."""
        own = EnvSettingsSource(settings_cls, env_prefix=f"KITU_{cls.service.upper()}_")
        folder = os.environ.get("KITU_SECRETS_DIR")
        files = (
            (
                SecretsSettingsSource(settings_cls, folder, env_prefix=f"kitu_{cls.service}_"),
                SecretsSettingsSource(settings_cls, folder, env_prefix="kitu_"),
            )
            if folder
            else ()
        )
        return (init_settings, own, env_settings, *files)
