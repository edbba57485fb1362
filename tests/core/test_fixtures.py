"""What the other tests rely on: ids, the clock, and that nothing leaves this machine."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from fakes import NOW, Clock, NetworkRefused, make_ids


def test_ids_sort_by_when_they_were_made_and_are_the_same_in_every_run() -> None:
    one, again, other = make_ids(), make_ids(), make_ids(seed=2)
    made = [one() for _ in range(20)]
    assert made == sorted(made) == [again() for _ in range(20)]
    assert {id.version for id in made} == {7}
    assert len({*made, *(other() for _ in range(20))}) == 40


def test_the_clock_stands_still_until_it_is_moved() -> None:
    clock = Clock()
    assert clock() == clock() == NOW
    assert clock.forward(minutes=1) == clock() == NOW + timedelta(minutes=1)
    clock.forward(timedelta(hours=1))
    assert clock() == NOW + timedelta(hours=1, minutes=1)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_a_test_can_not_connect_to_another_machine(address: tuple[object, ...]) -> None:
    family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
    with socket.socket(family) as outside:
        for call in (outside.connect, outside.connect_ex):
            with pytest.raises(NetworkRefused, match="use a fake"):
                call(address)
    with socket.socket(family, socket.SOCK_DGRAM) as outside, pytest.raises(NetworkRefused):
        outside.sendto(b"hello", address)


def test_a_test_can_not_look_up_another_machine() -> None:
    for host in ("example.com", b"example.com"):
        with pytest.raises(NetworkRefused, match="example"):
            socket.getaddrinfo(host, 443)
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_a_test_can_connect_to_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"hello")
            assert accepted.recv(5) == b"hello"
