"""Passwords: made, hashed with argon2id and checked; slow, so never in a transaction."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.world import World

LEAST, MOST = 10, 1000  # characters
GENERATED_BYTES = 15
SALT_BYTES = 16
# OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane; takes 30 ms
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def generate(world: World) -> str:
    """Make a password of 120 random bits."""
    return world.token(GENERATED_BYTES)


def hash_password(password: str, world: World) -> str:
    """Hash a password for storing. Raises SubmissionInvalid where it is too short or too long."""
    if not LEAST <= len(password) <= MOST:
        expected = f"{LEAST} to {MOST} characters"
        message = f"A password has {expected}."
        problem = FieldProblem(
            pointer="/password", code="length", message=message, expected=expected
        )
        raise SubmissionInvalid(message, problems=[problem])
    return HASHER.hash(password, salt=world.entropy(SALT_BYTES))


def matches(password_hash: str | None, password: str) -> bool:
    """Check a password; without a hash the answer is no, and takes just as long."""
    try:
        HASHER.verify(password_hash or _nobodys(), password[:MOST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= MOST


def is_outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other settings than today's."""
    return HASHER.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Give a hash with today's settings, to spend the same time on those whom we do not know."""
    return HASHER.hash("nobody", salt=bytes(SALT_BYTES))
