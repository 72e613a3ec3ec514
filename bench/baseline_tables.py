"""The three tables of the bare apps, for the ORM and for plain SQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Identity, Index, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """All tables of the bare apps."""


class Handoff(Base):
    """What was asked, all 2 KB of it, and where it stands."""

    __tablename__ = "handoffs"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Event(Base):
    """What happened to it."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    handoff_id: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Message(Base):
    """What is to be done about it later."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    handoff_id: Mapped[str]
    topic: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    __table_args__ = (Index("ix_outbox_due", "due_at", "id"),)
