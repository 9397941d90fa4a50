"""Which of the driver's and the system's faults are ours to tell, and that all others pass unchanged."""

import errno

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from records.errors import DatabaseUnreachable, DiskFull, NeedsDecision
from records.faults import faults_told, translate

UNREACHABLE = [
    psycopg.errors.AdminShutdown(),
    psycopg.errors.CrashShutdown(),
    psycopg.errors.CannotConnectNow(),
    psycopg.errors.ConnectionFailure(),
    psycopg.errors.TooManyConnections(),
    psycopg.OperationalError("connection refused"),
    psycopg.InterfaceError("the connection is closed"),
]
NOT_OURS = [
    psycopg.errors.UniqueViolation(),
    psycopg.errors.SerializationFailure(),
    psycopg.errors.SyntaxError(),
    psycopg.errors.InsufficientPrivilege(),
    psycopg.DataError("x"),
    OSError(errno.EACCES, "x"),
    ValueError("x"),
]


def wrapped(fault: Exception) -> DBAPIError:
    return OperationalError("SELECT", {}, fault)


@pytest.mark.parametrize("fault", UNREACHABLE, ids=repr)
def test_a_server_that_is_away_is_unreachable_bare_or_wrapped(fault: Exception) -> None:
    for form in (fault, wrapped(fault)):
        told = translate(form)
        assert isinstance(told, DatabaseUnreachable)
        assert told.exit_code == 4
        assert told.advice


@pytest.mark.parametrize("fault", [psycopg.errors.DiskFull(), OSError(errno.ENOSPC, "x"), OSError(errno.EDQUOT, "x")], ids=repr)
def test_no_room_is_a_full_disk(fault: Exception) -> None:
    for form in (fault, wrapped(fault)):
        told = translate(form)
        assert isinstance(told, DiskFull)
        assert told.exit_code == 4


@pytest.mark.parametrize("fault", NOT_OURS, ids=repr)
def test_every_other_fault_passes_as_it_is(fault: Exception) -> None:
    assert translate(fault) is None
    with pytest.raises(type(fault)), faults_told():
        raise fault


def test_an_invalidated_connection_and_an_exhausted_pool_are_unreachable() -> None:
    assert isinstance(translate(IntegrityError("x", {}, psycopg.DataError("x"), connection_invalidated=True)), DatabaseUnreachable)
    assert isinstance(translate(PoolTimeout()), DatabaseUnreachable)


def test_our_own_faults_pass_and_the_cause_is_kept() -> None:
    with pytest.raises(NeedsDecision), faults_told():
        raise NeedsDecision("要决定")
    cause = psycopg.errors.AdminShutdown()
    with pytest.raises(DatabaseUnreachable) as caught, faults_told():
        raise cause
    assert caught.value.__cause__ is cause
