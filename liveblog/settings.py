"""Reads the environment once into frozen `Settings`. Each setting describes the values that it accepts.

A secret `X` may also be in a file, whose path is in `X_FILE`.
"""

from __future__ import annotations

import os
import re
import secrets
import struct
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from liveblog.disk import make_private
from liveblog.errors import SettingsError
from liveblog.models.links import links_of
from liveblog.models.origins import origins_of
from liveblog.models.site import (
    LANGUAGE,
    LONGEST_LANGUAGE,
    LONGEST_SITE_NAME,
    LONGEST_ZONE,
    known_zone,
)

FROM_FILE = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "LIVEBLOG_SLACK_SIGNING_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "LIVEBLOG_OIDC_CLIENT_SECRET",
)
FOR_COMMANDS = {"LIVEBLOG_PASSWORD", "LIVEBLOG_BOT_TOKEN"}
# Files in the data folder, beside the database. Earlier releases made some of them readable for other users.
KEPT = ("secret_key", "media", "serving", "valkey.log", "valkey.lock", "valkey.sock")
STYLESHEET_BYTES = 64 * 1024
LOGO_BYTES = 1024**2
PNG = b"\x89PNG\r\n\x1a\nIHDR"  # its signature, and its first chunk
LOGO_PIXELS = 112  # the least that Google shows
MOST_HUBS = 10


class Settings(BaseModel):
    """All settings of a server process.

    A field's alias is its name in the environment. Its description lists the accepted values; error messages
    and docs/settings.md show it.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    data: Path = Field(
        Path("liveblog-data"),
        alias="LIVEBLOG_DATA",
        description="the data folder; created if it is missing",
    )
    database_url: str = Field(
        "",
        alias="DATABASE_URL",
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME, also as postgres:// and with "
        "libpq's parameters such as ?sslmode=require; unset, SQLite in the data folder",
    )
    database_connections: int = Field(
        15,
        alias="LIVEBLOG_DATABASE_CONNECTIONS",
        ge=3,
        le=200,
        description="connections to PostgreSQL that each server process has at most, from 3 to 200 (docs/postgresql.md)",
    )
    redis_url: str = Field(
        "",
        alias="REDIS_URL",
        description="redis://, rediss://, valkey:// or unix:// URL, sentinel://HOST:PORT,…/SERVICE or cluster://HOST:PORT,… "
        "(docs/redis.md); unset, an embedded Valkey",
    )
    secret_key: str = Field(
        "",
        alias="SECRET_KEY",
        description="at least 32 characters; unset with SQLite, generated and kept in the data folder",
    )
    host: str = Field("127.0.0.1", alias="HOST", description="the address to listen on")
    port: int = Field(
        8000, alias="PORT", ge=0, le=65535, description="a port from 0 (any) to 65535"
    )
    workers: int = Field(
        1, alias="WEB_CONCURRENCY", ge=1, le=64, description="server processes, from 1 to 64"
    )
    base_url: str = Field(
        "",
        alias="BASE_URL",
        description="http:// or https:// address that readers use; unset, that of each request",
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1",
        alias="FORWARDED_ALLOW_IPS",
        description="IP addresses or networks of trusted proxies, comma separated, or *",
    )
    site_name: str = Field(
        "Liveblog",
        alias="LIVEBLOG_SITE_NAME",
        min_length=1,
        max_length=LONGEST_SITE_NAME,
        description="the name in the masthead, 1 to 100 characters",
    )
    timezone: str = Field(
        "UTC",
        alias="LIVEBLOG_TIMEZONE",
        max_length=LONGEST_ZONE,
        description="the time zone of new stories: an IANA name such as Europe/Kyiv",
    )
    language: str = Field(
        "en",
        alias="LIVEBLOG_LANGUAGE",
        pattern=LANGUAGE,
        max_length=LONGEST_LANGUAGE,
        description="the language of new stories: a tag such as en, uk or pt-BR",
    )
    sign_updates: Literal["on", "off"] = Field(
        "off",
        alias="LIVEBLOG_SIGN_UPDATES",
        description="on, or off: whether updates without credits are signed with the name of the account that wrote them",
    )
    stylesheet: Path | None = Field(
        None,
        alias="LIVEBLOG_STYLESHEET",
        description="a CSS file in UTF-8, at most 64 KiB, that is loaded after ours (docs/theming.md)",
    )
    logo: Path | None = Field(
        None,
        alias="LIVEBLOG_LOGO",
        description="the publisher's logo for search engines: a PNG of at least 112 by 112 pixels, at most 1 MiB; "
        "unset, ours",
    )
    masthead_links: str = Field(
        "",
        alias="LIVEBLOG_MASTHEAD_LINKS",
        description="links beside the name, at most 10, one Label=URL on each line or with ' | ' between them; "
        "labels of at most 60 characters, http:// or https:// addresses or paths such as /topics/sport",
    )
    footer_links: str = Field(
        "",
        alias="LIVEBLOG_FOOTER_LINKS",
        description="links at the end of each page, at most 10, as in LIVEBLOG_MASTHEAD_LINKS",
    )
    footer_text: str = Field(
        "",
        alias="LIVEBLOG_FOOTER_TEXT",
        max_length=500,
        description="a line of text at the end of each page, at most 500 characters",
    )
    redis_prefix: str = Field(
        "liveblog",
        alias="LIVEBLOG_REDIS_PREFIX",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="what channel names begin with, 1 to 64 of A-Z a-z 0-9 _ . -",
    )
    reach: int = Field(
        10_000,
        alias="LIVEBLOG_REACH",
        ge=100,
        le=1_000_000,
        description="events that a reader may be behind and still resume, from 100 to 1000000",
    )
    max_readers: int = Field(
        15_000,
        alias="LIVEBLOG_MAX_READERS",
        ge=1,
        le=1_000_000,
        description="readers that a process accepts, from 1 to 1000000",
    )
    max_readers_per_address: int = Field(
        1_000,
        alias="LIVEBLOG_MAX_READERS_PER_ADDRESS",
        ge=1,
        le=1_000_000,
        description="readers that a process accepts from one address, except loopback, from 1 to 1000000",
    )
    drain_seconds: float = Field(
        3.0,
        alias="LIVEBLOG_DRAIN_SECONDS",
        ge=0,
        le=60,
        description="seconds over which a stopping process disconnects its readers, from 0 to 60",
    )
    media: str = Field(
        "",
        alias="LIVEBLOG_MEDIA",
        description="the folder of pictures, videos and recordings, or "
        "s3://BUCKET/PREFIX?endpoint=URL&region=NAME; unset, `media` in the data folder",
    )
    media_key: str = Field(
        "",
        alias="AWS_ACCESS_KEY_ID",
        description="the key of the bucket, with AWS_SECRET_ACCESS_KEY; unset, the machine's role",
    )
    media_secret: str = Field(
        "",
        alias="AWS_SECRET_ACCESS_KEY",
        description="the secret of the bucket's key",
    )
    media_mb: int = Field(
        200,
        alias="LIVEBLOG_MEDIA_MB",
        ge=1,
        le=10_000,
        description="megabytes a video or recording may have, from 1 to 10000",
    )
    embeds: Literal["on", "off"] = Field(
        "on",
        alias="LIVEBLOG_EMBEDS",
        description="on, or off: links stay links, and no other host is asked for them (docs/embeds.md)",
    )
    mastodon_hosts: str = Field(
        "mastodon.social",
        alias="LIVEBLOG_MASTODON_HOSTS",
        description="names of Mastodon servers whose posts become cards, comma separated",
    )
    silent_hours: float = Field(
        12,
        alias="LIVEBLOG_SILENT_HOURS",
        ge=0,
        le=8760,
        description="hours without a change after which the desk is asked whether a live story has ended, "
        "from 0 to 8760; 0, never",
    )
    unanswered_hours: float = Field(
        12,
        alias="LIVEBLOG_UNANSWERED_HOURS",
        ge=0,
        le=8760,
        description="hours without an answer after which that story ends by itself, from 0 to 8760; 0, never",
    )
    slack_signing_secret: str = Field(
        "",
        alias="LIVEBLOG_SLACK_SIGNING_SECRET",
        pattern=r"^[!-~]*$",
        description="the signing secret of a Slack app; unset, Slack's messages are refused",
    )
    webhook_networks: str = Field(
        "",
        alias="LIVEBLOG_WEBHOOK_NETWORKS",
        description="private networks that webhooks may call, comma separated; unset, none",
    )
    embed_origins: str = Field(
        "",
        alias="LIVEBLOG_EMBED_ORIGINS",
        description="addresses of the sites that may embed the stories, comma separated, at most 50; "
        "unset, any site",
    )
    websub_hubs: str = Field(
        "",
        alias="LIVEBLOG_WEBSUB_HUBS",
        description="addresses of WebSub hubs that are told of changed feeds, comma separated, at most 10; "
        "needs BASE_URL; unset, none",
    )
    indexnow_key: str = Field(
        "",
        alias="LIVEBLOG_INDEXNOW_KEY",
        pattern=r"^([A-Za-z0-9-]{8,128})?$",
        description="a key of your choice for IndexNow, 8 to 128 of A-Z a-z 0-9 -, which is public; "
        "needs BASE_URL; unset, no search engine is told",
    )
    indexnow_endpoint: str = Field(
        "https://api.indexnow.org/indexnow",
        alias="LIVEBLOG_INDEXNOW_ENDPOINT",
        description="the address that takes IndexNow's messages",
    )
    oidc_issuer: str = Field(
        "",
        alias="LIVEBLOG_OIDC_ISSUER",
        description="https:// address of an OpenID Connect provider (docs/accounts.md); "
        "http:// only of this machine",
    )
    oidc_client_id: str = Field(
        "",
        alias="LIVEBLOG_OIDC_CLIENT_ID",
        max_length=500,
        description="this server's client id at that provider, at most 500 characters",
    )
    oidc_client_secret: str = Field(
        "",
        alias="LIVEBLOG_OIDC_CLIENT_SECRET",
        max_length=2000,
        description="the client secret at that provider, at most 2000 characters",
    )
    desk_host: str = Field(
        "",
        alias="LIVEBLOG_DESK_HOST",
        description="the host name on which alone the desk is, with its port if that is not the usual one; needs "
        "BASE_URL; unset, every host",
    )
    metrics_address: str = Field(
        "",
        alias="LIVEBLOG_METRICS_ADDRESS",
        description="HOST:PORT on which `liveblog serve` answers /metrics, such as 127.0.0.1:9091; "
        "unset, on the server's own address",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        alias="LIVEBLOG_LOG_LEVEL",
        description="debug, info, warning or error",
    )

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("not a database URL that is known")
        return url

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return known_zone(name)

    @field_validator("stylesheet")
    @classmethod
    def _stylesheet(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise ValueError("cannot be read") from error
            if len(text.encode()) > STYLESHEET_BYTES:
                raise ValueError("too long")
        return path

    @field_validator("logo")
    @classmethod
    def _logo(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                with path.open("rb") as file:
                    head, size = file.read(24), path.stat().st_size
            except OSError as error:
                raise ValueError("cannot be read") from error
            if head[:8] + head[12:16] != PNG or len(head) < 24 or size > LOGO_BYTES:
                raise ValueError("not a PNG, or too large")
            width, height = struct.unpack(">II", head[16:])
            if min(width, height) < LOGO_PIXELS:
                raise ValueError("too small")
        return path

    @field_validator("media")
    @classmethod
    def _media(cls, place: str) -> str:
        parts = urlsplit(place)
        if "://" not in place:
            return place
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        endpoint = urlsplit(given.get("endpoint", "https://host"))
        if (
            parts.scheme != "s3"
            or not parts.netloc
            or given.keys() - {"endpoint", "region"}
            or endpoint.scheme not in {"http", "https"}
            or not re.fullmatch(r"[\w.-]+|[0-9a-fA-F:]+", endpoint.hostname or "")
        ):
            raise ValueError("not a folder or bucket")
        return place

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        parts = urlsplit(url)
        match parts.scheme:
            case "redis" | "rediss" | "valkey" | "valkeys":
                # If the database number is unreadable, redis-py silently takes another database.
                right = bool(parts.hostname and re.fullmatch("/?[0-9]*", parts.path))
                right = right and parts.port != 0
            case "unix":
                right = bool(parts.path)
            case "sentinel" | "sentinels":
                right = _are_nodes(parts.netloc) and bool(
                    re.fullmatch(r"/[\w.-]+(/[0-9]*)?", parts.path)
                )
            case "cluster" | "clusters":
                right = _are_nodes(parts.netloc) and parts.path in {"", "/"}
            case _:
                right = not url
        if not right:
            raise ValueError("not a Redis URL")
        return url

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, key: str) -> str:
        if key and len(key) < 32:
            raise ValueError("too short")
        return key

    @field_validator("base_url")
    @classmethod
    def _base(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.netloc):
            raise ValueError("not an address")
        return url.rstrip("/")

    @field_validator("websub_hubs", "indexnow_endpoint")
    @classmethod
    def _receivers(cls, urls: str, info: ValidationInfo) -> str:
        found = list(dict.fromkeys(url.strip() for url in urls.split(",") if url.strip()))
        for url in found:
            parts = urlsplit(url)
            sound = re.fullmatch(r"https?://[!-~]+", url) and not re.search('[<>"]', url)
            if not sound or not parts.hostname or "@" in parts.netloc:
                raise ValueError("not an address")
        if len(found) > (MOST_HUBS if info.field_name == "websub_hubs" else 1):
            raise ValueError("too many")
        return ",".join(found)

    @field_validator("embed_origins")
    @classmethod
    def _embed_origins(cls, sites: str) -> str:
        return ",".join(origins_of(sites.split(",")))

    @field_validator("masthead_links", "footer_links")
    @classmethod
    def _links(cls, text: str) -> str:
        links_of(text)
        return text

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, networks: str) -> str:
        for network in filter(None, networks.split(",")):
            ip_network(network.strip())
        return networks

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str) -> str:
        parts = urlsplit(url)
        here = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if url and not (
            parts.hostname and parts.scheme in ({"http", "https"} if here else {"https"})
        ):
            raise ValueError("not an address")
        return url

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _proxies(cls, addresses: str) -> str:
        for address in addresses.split(","):
            if address.strip() != "*":
                ip_network(address.strip(), strict=False)
        return addresses

    @field_validator("desk_host")
    @classmethod
    def _desk(cls, host: str) -> str:
        if host and not re.fullmatch(
            r"(?=.{1,253}(:|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", host.lower()
        ):
            raise ValueError("not a host name")
        return host.lower()

    @field_validator("metrics_address")
    @classmethod
    def _metrics(cls, address: str) -> str:
        parts = urlsplit(f"//{address}")
        if address and not (parts.hostname and parts.port and parts.netloc == address):
            raise ValueError("not HOST:PORT")
        return address

    @field_validator("mastodon_hosts")
    @classmethod
    def _mastodon(cls, hosts: str) -> str:
        names = [name.strip() for name in hosts.split(",") if name.strip()]
        if not all(
            re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,62}", name) for name in names
        ):
            raise ValueError("not names of hosts")
        return ",".join(names)

    @property
    def sqlite(self) -> bool:
        return not self.database_url or self.database_url.startswith("sqlite:")

    @property
    def media_folder(self) -> Path | None:
        """The folder of media files; None if they are in a bucket."""
        if self.media.startswith("s3://"):
            return None
        return Path(self.media) if self.media else self.data / "media"

    @property
    def hubs(self) -> tuple[str, ...]:
        """The addresses of the WebSub hubs."""
        return tuple(filter(None, self.websub_hubs.split(",")))

    @property
    def ask_after(self) -> timedelta | None:
        """How long a live story may be silent until the desk is asked; None for ever."""
        return timedelta(hours=self.silent_hours) if self.silent_hours else None

    @property
    def end_after(self) -> timedelta | None:
        """How long the desk has to answer until the story ends; None for ever."""
        return timedelta(hours=self.unanswered_hours) if self.unanswered_hours else None

    @property
    def site(self) -> dict[str, object]:
        """The settings of the site that are set, by the names of `models.site.SiteChoices`."""
        values: dict[str, tuple[str, object]] = {
            "name": ("site_name", self.site_name),
            "timezone": ("timezone", self.timezone),
            "language": ("language", self.language),
            "signs": ("sign_updates", self.sign_updates == "on"),
        }
        return {
            name: value
            for name, (setting, value) in values.items()
            if setting in self.model_fields_set
        }

    @property
    def signs_on(self) -> bool:
        """Whether people can sign in through an identity provider."""
        return bool(self.oidc_issuer)

    @property
    def public_url(self) -> str:
        """The server's address for readers, as far as the settings tell it."""
        if self.base_url:
            return self.base_url
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 - does not listen there
        host = everywhere.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    @property
    def desk_url(self) -> str:
        """The server's address for the newsroom, as far as the settings tell it."""
        if not self.desk_host:
            return self.public_url
        return f"{urlsplit(self.public_url).scheme}://{self.desk_host}"

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ, **given: object) -> Self:
        """Read the environment. `given` (by field name) takes precedence over it.

        Raises `SettingsError` for the first setting that is wrong, with the given value (never a secret) and
        the accepted values.
        """
        values: dict[str, object] = {}
        cls._refuse_unknown(environment)
        for name, field in cls.model_fields.items():
            alias = str(field.alias)
            if given.get(name) is not None:
                values[alias] = given[name]
            elif environment.get(alias):
                values[alias] = environment[alias]
            elif alias in FROM_FILE and environment.get(f"{alias}_FILE"):
                values[alias] = _contents(f"{alias}_FILE", environment[f"{alias}_FILE"])
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            alias = str(error.errors()[0]["loc"][0])
            field = next(f for f in cls.model_fields.values() if f.alias == alias)
            shown = "a value (not shown)" if alias in FROM_FILE else repr(values[alias])
            raise SettingsError(
                f"{alias}: {shown} was given; accepted: {field.description}"
            ) from None

    @classmethod
    def _refuse_unknown(cls, environment: Mapping[str, str]) -> None:
        """Raise `SettingsError` for an unknown name: a misspelt setting would silently count as unset."""
        known = {str(field.alias) for field in cls.model_fields.values()} | FOR_COMMANDS
        known |= {f"{name}_FILE" for name in FROM_FILE}
        for name in sorted(environment):
            if name.startswith("LIVEBLOG_") and name not in known:
                near = get_close_matches(name, known, 1)
                meant = f"; did you mean {near[0]}?" if near else ""
                raise SettingsError(f"{name}: is not a setting{meant}")

    def prepare(self) -> Settings:
        """Make the data folder if it is needed, and add the values that are kept in it.

        Raises `SettingsError` if the folder cannot be written or a required value is missing.
        """
        self._require_sign_on()
        self._require_base_url()
        self._require_extras()
        if not self.sqlite:
            if not self.secret_key:
                raise SettingsError(
                    "SECRET_KEY: nothing was given; needed with PostgreSQL: at least 32 characters"
                )
            return self
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in KEPT:
                make_private(self.data / name)
            key = self.secret_key or _kept_secret(self.data / "secret_key")
            if not os.access(self.data, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise SettingsError(
                f"LIVEBLOG_DATA: {str(self.data)!r} cannot be written ({error.strerror}); "
                "accepted: a folder this user may write to"
            ) from None
        url = self.database_url or f"sqlite:///{self.data.resolve() / 'liveblog.sqlite3'}"
        return self.model_copy(update={"secret_key": key, "database_url": url})

    def _require_sign_on(self) -> None:
        """Raise `SettingsError` if a part of the sign-on is set, and another part or `BASE_URL` is missing."""
        given = {
            "LIVEBLOG_OIDC_ISSUER": self.oidc_issuer,
            "LIVEBLOG_OIDC_CLIENT_ID": self.oidc_client_id,
            "LIVEBLOG_OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        if not any(given.values()):
            return
        for name, value in (given | {"BASE_URL": self.base_url}).items():
            if not value:
                raise SettingsError(f"{name}: nothing was given; needed for OpenID Connect sign-on")

    def _require_base_url(self) -> None:
        """Raise `SettingsError` if others are told our addresses, and `BASE_URL` is missing."""
        for name, value in (
            ("WebSub", self.websub_hubs),
            ("IndexNow", self.indexnow_key),
            ("LIVEBLOG_DESK_HOST", self.desk_host),
        ):
            if value and not self.base_url:
                raise SettingsError(f"BASE_URL: nothing was given; needed for {name}")

    def _require_extras(self) -> None:
        """Raise `SettingsError` if a setting needs a package of an extra that is not installed."""
        for setting, wanted, what, modules, extra in (
            ("DATABASE_URL", not self.sqlite, "PostgreSQL", ("asyncpg",), "postgres"),
            ("LIVEBLOG_MEDIA", self.media_folder is None, "a bucket", ("obstore",), "s3"),
            ("LIVEBLOG_OIDC_ISSUER", self.signs_on, "sign-on", ("authlib", "httpx2"), "oidc"),
        ):
            missing = [module for module in modules if find_spec(module) is None]
            if wanted and missing:
                raise SettingsError(
                    f"{setting}: {what} needs the package {missing[0]}; "
                    f"install liveblog with its extra {extra!r}"
                )


def _are_nodes(netloc: str) -> bool:
    """Whether this is HOST:PORT[,HOST:PORT…] after the user, if there is one. A port may be left out."""
    nodes = [urlsplit(f"//{node}") for node in netloc.rpartition("@")[2].split(",")]
    return all(node.hostname and node.port != 0 for node in nodes)


def _contents(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(
            f"{name}: {path!r} was given ({reason}); accepted: a file that can be read"
        ) from None


def _kept_secret(path: Path) -> str:
    """The secret in the file. The first process makes it, however many ask at once."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(fresh, path)  # fails if another process was faster; then its secret is used
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
