"""Passwords: hashing with argon2id, and the rules for a new one.

The rules follow NIST SP 800-63B: a minimum length and a list of common passwords, no rules of
composition, no expiry.
"""

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

SHORTEST = 12  # characters
LONGEST = 256  # characters; hashing megabytes would keep the server busy
# The passwords that are guessed first, without those that are too short here.
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


def _lower_priority() -> None:
    """Lowers the priority of this thread and its child threads: readers and posts come first.

    Only Linux has a priority for each thread (sched(7)).
    """
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


# Threads of their own, so that other work never waits for a password check.
_threads = ThreadPoolExecutor(AT_ONCE, "password", initializer=_lower_priority)
_checks = Checks()
# The hash to check if there is no such account, so that the answer takes as long. Nobody has this
# password. The hash is a constant because computing it would add half a second to each start.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$Y6H+dwhZQ4Ayg6KXIStV8Q"
    "$jOUZSpkuYnrwrHDHz4AOrzVbQ9hPDjE3efk7n2pE2ZQ"
)


def hash_password(password: str) -> str:
    """Returns the argon2id hash of a password. Blocks, and takes 64 MiB and a core."""
    return _passwords.hash(_normal(password))


def require_room(asker: Asker) -> None:
    """Raises `Busy` if a check would be refused now. Call it before any expensive work for the check."""
    _checks.require_room(asker)


async def hashed(password: str, asker: Asker) -> str:
    """Does `hash_password()` in a thread, when it is the asker's turn. Raises `Busy`."""
    async with _checks.turn(asker):
        return await asyncio.get_running_loop().run_in_executor(_threads, hash_password, password)


async def matches(password: str, password_hash: str | None, asker: Asker) -> bool:
    """Whether a password has this hash.

    Takes as long if there is no account (None), or the account has no password. Raises `Busy`.
    """
    known = password_hash if password_hash and password_hash.startswith("$") else NOBODYS_HASH
    given = _normal(password[: LONGEST + 1])
    async with _checks.turn(asker):
        right = await asyncio.get_running_loop().run_in_executor(
            _threads, _passwords.verify, given, known
        )
    return right and known == password_hash and len(password) <= LONGEST


def check(password: str, *about: str, field: str = "password") -> None:
    """Checks a new password. Raises `Invalid` if it is too short, too long, or easy to guess.

    `about` is what an attacker knows of the user: the name and the e-mail address. `field` is the
    name of the field in the error.
    """
    plain = _normal(password).casefold()
    if len(password) < SHORTEST:
        raise Invalid({field: f"must have at least {SHORTEST} characters; a few words do well"})
    if len(password) > LONGEST:
        raise Invalid({field: f"must have at most {LONGEST} characters"})
    known = {word.casefold() for text in about for word in (text, text.partition("@")[0]) if word}
    if plain.replace(" ", "") in COMMON or len(set(plain)) < 5 or plain in known:
        raise Invalid({field: "is one of the passwords that are guessed first; choose another"})


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
