"""Passwords: argon2id, and what a new one must be (NIST SP 800-63B: length and a list, no rules of
composition, no expiry)."""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from pwdlib import PasswordHash

from liveblog.errors import Invalid
from liveblog.newsroom.password_checks import AT_ONCE, Asker, Checks

SHORTEST = 12
LONGEST = 256  # a hash of megabytes would be a way to keep the server busy
# What is guessed first, of those that are long enough to be typed here.
COMMON = frozenset(
    """password1234 password12345 password123456 passwordpassword 1234password qwertyuiop12 qwertyuiop123
    qwerty123456 qwertyuiopasdf qwertyqwerty asdfghjkl123 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv
    zaq12wsxcde3 123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 0123456789012
    012345678910 123456789abc abc123456789 abcdefghijkl abcdefghijklm abcdefghijklmnopqrstuvwxyz
    iloveyou1234 letmein12345 letmeinletmein welcome12345 welcome123456 administrator administrator1
    adminadmin12 changeme1234 changemechangeme trustno1trustno1 correcthorsebatterystaple football1234
    princess1234 sunshine1234 dragon123456 monkey123456 superman1234 liveblog1234 liveblogliveblog
    newsroom1234 journalist123 editor123456""".split()
)

_passwords = PasswordHash.recommended()
NICENESS = 10


def _behind_readers() -> None:
    """Of cores that readers and posts need, a check gets what they leave, and so do the threads that it starts.
    Linux alone has a priority for each thread (sched(7))."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


# Threads of their own: whatever else runs beside the event loop never waits for a password.
_threads = ThreadPoolExecutor(AT_ONCE, "password", initializer=_behind_readers)
_checks = Checks()
# Checked where there is no such account, so that both take as long. Nobody has this password; it is
# written out because making one takes half a second of every start.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$Y6H+dwhZQ4Ayg6KXIStV8Q"
    "$jOUZSpkuYnrwrHDHz4AOrzVbQ9hPDjE3efk7n2pE2ZQ"
)


def hash_password(password: str) -> str:
    return _passwords.hash(_normal(password))


def require_room(asker: Asker) -> None:
    """Raises `Busy` where a check would be refused now: before anything dear is done for it."""
    _checks.require_room(asker)


async def hashed(password: str, asker: Asker) -> str:
    """As `hash_password()`, beside the event loop, in the turn of who asks. Raises `Busy`."""
    async with _checks.turn(asker):
        return await asyncio.get_running_loop().run_in_executor(_threads, hash_password, password)


async def matches(password: str, password_hash: str | None, asker: Asker) -> bool:
    """Takes as long where there is no account (None), or one without a password. Raises `Busy`."""
    known = password_hash if password_hash and password_hash.startswith("$") else NOBODYS_HASH
    given = _normal(password[: LONGEST + 1])
    async with _checks.turn(asker):
        right = await asyncio.get_running_loop().run_in_executor(
            _threads, _passwords.verify, given, known
        )
    return right and known == password_hash and len(password) <= LONGEST


def check(password: str, *about: str, field: str = "password") -> None:
    """Raises `Invalid` for a new password that is too short, too long, or too easy to guess: `about` is
    what an attacker knows, the name and the address."""
    plain = _normal(password).casefold()
    if len(password) < SHORTEST:
        raise Invalid({field: f"must have at least {SHORTEST} characters; a few words do well"})
    if len(password) > LONGEST:
        raise Invalid({field: f"must have at most {LONGEST} characters"})
    known = {word.casefold() for text in about for word in (text, text.partition("@")[0]) if word}
    if plain.replace(" ", "") in COMMON or len(set(plain)) < 5 or plain in known:
        raise Invalid({field: "is among those that are guessed first; choose another"})


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
