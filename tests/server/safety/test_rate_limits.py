"""Limits on tries: one count for all processes through Redis, a count of one's own without it."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable
from hashlib import sha256

import httpx2
from desk_client import add_user
from desk_forms import Desk, Page
from members import member
from processes import Redis, Server, free_port
from rows import key_of

from liveblog.bus.rate_limit import Bucket, RateLimiter
from liveblog.bus.redis import RedisBus
from liveblog.process import embedded_redis
from liveblog.web.auth.sessions import (
    ACCOUNT_SECONDS,
    ACCOUNT_TRIES,
    ADDRESS_SECONDS,
    ADDRESS_TRIES,
    DEVICE_TRIES,
    HERE_SECONDS,
    HERE_TRIES,
)


def a_bucket(seconds: float = 60, most: int = 3) -> Bucket:
    return Bucket(secrets.token_hex(8), seconds, most)


async def test_processes_count_as_one_and_what_succeeds_is_given_back(redis: Redis) -> None:
    buses = [RedisBus(redis.url, "test") for _ in range(2)]
    one, two = (RateLimiter(bus) for bus in buses)
    account, network = a_bucket(), a_bucket(most=100)
    begun = time.monotonic()
    assert [await t.take([account, network]) for t in (one, two, one)] == [0, 0, 0]
    waits = [await two.take([account, network]), await one.take([account])]
    least = 60 - (time.monotonic() - begun) - 0.01  # Redis counts by a clock of its own
    assert least <= waits[1] <= waits[0] <= 60  # what was refused took nothing
    await one.give_back([account])
    at_once = await asyncio.gather(*(t.take([account]) for t in (one, two, one, two)))
    assert sorted(at_once)[:2][0] == 0
    assert sum(wait == 0 for wait in at_once) == 1
    for bus in buses:
        await bus.close()


async def test_a_bucket_refills_and_leaves_nothing_in_redis(redis: Redis) -> None:
    bus = RedisBus(redis.url, "test")
    limiter, bucket = RateLimiter(bus), a_bucket(seconds=0.05, most=1)
    # The second one, unless that took so long that the bucket was full again.
    while not (wait := await limiter.take([bucket])):
        pass
    assert wait <= 0.05
    await asyncio.sleep(wait + 0.01)
    assert await limiter.take([bucket]) == 0
    await limiter.give_back([bucket])
    assert redis.call("KEYS", "test:*") == "*0"
    await bus.close()


async def test_without_redis_each_process_counts_and_nobody_is_locked_out_for_ever() -> None:
    now = 0.0
    clock: Callable[[], float] = lambda: now  # noqa: E731 - reads the variable as it is then
    bus = RedisBus(f"redis://127.0.0.1:{free_port()}/0", "test")
    limiter, bucket = RateLimiter(bus, clock), a_bucket(seconds=30, most=2)
    assert [await limiter.take([bucket]) for _ in range(3)] == [0, 0, 30]
    await limiter.give_back([bucket])
    assert [await limiter.take([bucket]) for _ in range(2)] == [0, 30]
    now = 30.0
    assert [await limiter.take([bucket]) for _ in range(2)] == [0, 30]
    await bus.close()


async def drained(server: Server, *buckets: tuple[str, str]) -> None:
    """Has other processes use up the tries of accounts, of accounts from a network, and of networks."""
    key = key_of(server).encode()
    bus = RedisBus(embedded_redis.url(server.folder / "data"), "liveblog")
    limiter = RateLimiter(bus)
    for kind, value in buckets:
        name = f"{kind}:{hmac.new(key, value.encode(), sha256).hexdigest()[:32]}"
        limits = {
            "account": Bucket(name, ACCOUNT_SECONDS, ACCOUNT_TRIES),
            "here": Bucket(name, HERE_SECONDS, HERE_TRIES),
            "network": Bucket(name, ADDRESS_SECONDS, ADDRESS_TRIES),
        }
        while not await limiter.take([limits[kind]]):
            pass
    await bus.close()


def attempt(http: httpx2.Client, email: str, **headers: str) -> httpx2.Response:
    sent = {"email": email, "password": "a wrong password"}
    return http.post("/desk/login", data=sent, headers=headers)


async def test_who_keeps_guessing_is_told_how_long_to_wait(
    shared_server: Server, contributor_email: str
) -> None:
    """The same for an account that there is and for one that there is not, in words and in time."""
    browser = Desk(shared_server.url)
    browser.http.headers["X-Forwarded-For"] = here = f"198.51.100.{secrets.randbelow(200)}"
    known, unknown = contributor_email, f"{secrets.token_hex(8)}@example.org"
    taken: dict[str, list[float]] = {known: [], unknown: []}
    for _ in range(3):
        for email, seconds in taken.items():
            answer = attempt(browser.http, email)
            assert answer.status_code == 403
            seconds.append(answer.elapsed.total_seconds())
    # Both hash a password; without it an answer takes a fiftieth of that.
    assert min(taken[known]) / 5 < min(taken[unknown]) < min(taken[known]) * 5
    for email in taken:
        await drained(shared_server, ("here", f"{here} {email}"))
        refused = attempt(browser.http, email.upper())
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= HERE_SECONDS
        assert "Wait" in Page(refused).alerts
        problem = attempt(browser.http, email, Accept="application/json")
        assert problem.status_code == 429
        assert "Wait" in problem.json()["detail"]
    browser.close()


async def test_whoever_guesses_an_owner_signs_in(shared_server: Server) -> None:
    """From elsewhere after one network's guessing; after that of many, at a device of theirs, which has
    tries of its own."""
    email, other = (f"{secrets.token_hex(8)}@example.org" for _ in range(2))
    add_user(shared_server.env, email, "contributor")
    guesser, own, new = (Desk(shared_server.url) for _ in range(3))
    for browser, host in ((guesser, 7), (own, 8), (new, 9)):
        browser.http.headers["X-Forwarded-For"] = f"2001:db8:{host}::1"
    answers = [attempt(guesser.http, email).status_code for _ in range(HERE_TRIES + 3)]
    assert answers == [403] * HERE_TRIES + [429] * 3
    assert own.sign_in(email).status_code == 303
    own.send(own.open("/desk").form("/desk/logout"))
    await drained(shared_server, ("account", email), ("here", f"2001:db8:8::/64 {email}"))
    assert new.sign_in(email).status_code == 429
    assert own.sign_in(email).status_code == 303
    device = own.http.cookies["liveblog_device"]
    # It is worth nothing for another account, nor if it was made up.
    await drained(shared_server, ("account", other))
    for cookie, account in ((device, other), (f"{'a' * 32}.{'b' * 43}", email)):
        new.http.cookies.set("liveblog_device", cookie, domain="127.0.0.1", path="/")
        assert new.sign_in(account).status_code == 429
    answers = [attempt(own.http, email).status_code for _ in range(DEVICE_TRIES + 1)]
    assert answers == [403] * DEVICE_TRIES + [429]
    for browser in (guesser, own, new):
        browser.close()


def test_a_new_password_that_is_refused_is_no_try(shared_server: Server) -> None:
    _, desk = member(shared_server, "contributor")
    sent = {"current": "whatever it is", "password": "short"}
    for _ in range(HERE_TRIES + 1):
        assert desk.http.post("/desk/account/password", data=sent).status_code == 422
    desk.close()


async def test_an_address_is_held_too_whichever_accounts_it_tries(shared_server: Server) -> None:
    """The 64 bits of an IPv6 network count as one."""
    browser = Desk(shared_server.url)
    network = f"2001:db8:{secrets.randbelow(9000) + 1000}:1"
    await drained(shared_server, ("network", f"{network}::/64"))
    for host in (1, 2):
        forwarded = {"X-Forwarded-For": f"{network}::{host}"}
        email = f"{secrets.token_hex(8)}@example.org"
        assert attempt(browser.http, email, **forwarded).status_code == 429
    elsewhere = {"X-Forwarded-For": f"{network}1::1"}
    assert attempt(browser.http, "somebody@example.org", **elsewhere).status_code == 403
    browser.close()
