"""Ports for servers that are killed and started again."""

import socket

import pytest

from local.ports import free_port, free_ports


def test_nobody_who_connects_or_asks_for_any_port_is_given_one_of_them() -> None:
    chosen = set(free_ports(200))
    assert len(chosen) == 200
    given = set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given.add(listener.getsockname()[1])
        for _ in range(100):
            with socket.create_connection(listener.getsockname()) as connection:
                given.add(connection.getsockname()[1])
    assert min(given) > max(chosen)


def test_one_where_somebody_listens_is_not_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = free_port()
    monkeypatch.setattr("local.ports.FIRST", taken - 1)
    monkeypatch.setattr("local.ports.LAST", taken + 1)
    with socket.create_server(("127.0.0.1", taken)):
        assert sorted(free_ports(2)) == [taken - 1, taken + 1]
