"""Which web addresses the program calls, of those that people give."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship import web_addresses
from mentorship.web_addresses import AddressProblem, UnusableAddress

PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"]

NOT_PUBLIC = [
    *("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16"),
    *("192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert web_addresses.is_public(ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_of_networks_and_machines_are_not_public(text: str) -> None:
    assert not web_addresses.is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_of_ipv6_is_as_public_as_alone(address: IPv4Address) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        embedded = IPv6Address(f"{prefix}{address}")
        assert web_addresses.is_public(embedded) == web_addresses.is_public(address)


@given(st.ip_addresses())
def test_no_public_address_is_private_for_the_standard_library(
    address: IPv4Address | IPv6Address,
) -> None:
    if web_addresses.is_public(address):
        plain = getattr(address, "ipv4_mapped", None) or address
        assert not any((plain.is_private, plain.is_loopback, plain.is_link_local))
        assert not any((plain.is_multicast, plain.is_unspecified))


@pytest.mark.parametrize(
    "text",
    [
        "https://app.example",
        "https://app.example:8443/hooks/mentorbot?key=a%20b",
        "https://xn--mnchen-3ya.example/",
        "https://app.example./",
        "https://1.1.1.1/hooks",
        "https://[2606:4700::1111]:443/hooks",
    ],
)
def test_public_https_addresses_can_be_used(text: str) -> None:
    assert web_addresses.parse(text).text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", AddressProblem.UNREADABLE),
        ("app.example/hooks", AddressProblem.UNREADABLE),
        ("https://", AddressProblem.UNREADABLE),
        ("https:///hooks", AddressProblem.UNREADABLE),
        ("https://app.example:99999/", AddressProblem.UNREADABLE),
        ("https://app.example:0/", AddressProblem.UNREADABLE),
        ("https://app example/", AddressProblem.UNREADABLE),
        ("https://app.example/\n", AddressProblem.UNREADABLE),
        ("https://app.example\\@127.0.0.1/", AddressProblem.UNREADABLE),
        ("https://app.example/#part", AddressProblem.UNREADABLE),
        ("https://münchen.example/", AddressProblem.UNREADABLE),
        ("https://[::1/", AddressProblem.UNREADABLE),
        ("https://2130706433/", AddressProblem.UNREADABLE),
        ("https://0x7f000001/", AddressProblem.UNREADABLE),
        ("https://127.1/", AddressProblem.UNREADABLE),
        ("https://0177.0.0.1/", AddressProblem.UNREADABLE),
        ("https://app.example/" + "a" * 2_000, AddressProblem.TOO_LONG),
        ("http://app.example/", AddressProblem.NOT_HTTPS),
        ("ftp://app.example/", AddressProblem.NOT_HTTPS),
        ("file://app.example/etc/passwd", AddressProblem.NOT_HTTPS),
        ("https://user:secret@app.example/", AddressProblem.WITH_USER),
        ("https://app.example@127.0.0.1/", AddressProblem.WITH_USER),
        ("https://localhost/", AddressProblem.NOT_PUBLIC),
        ("https://LOCALHOST./", AddressProblem.NOT_PUBLIC),
        ("https://app.localhost/", AddressProblem.NOT_PUBLIC),
        ("https://127.0.0.1/", AddressProblem.NOT_PUBLIC),
        ("https://169.254.169.254/latest/meta-data", AddressProblem.NOT_PUBLIC),
        ("https://[::1]/", AddressProblem.NOT_PUBLIC),
        ("https://[::ffff:10.0.0.1]/", AddressProblem.NOT_PUBLIC),
    ],
)
def test_other_addresses_are_refused_with_the_reason(text: str, problem: AddressProblem) -> None:
    with pytest.raises(UnusableAddress) as refusal:
        web_addresses.parse(text)
    assert refusal.value.problem is problem


@pytest.mark.parametrize(
    "text", ["http://localhost:3000/hooks", "http://10.0.0.5", "https://[::1]/"]
)
def test_private_addresses_and_http_can_be_allowed(text: str) -> None:
    assert web_addresses.parse(text, allow_private=True).text == text


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_parsed_or_refused(text: str, allow_private: bool) -> None:
    for address in (text, f"https://{text}"):
        try:
            parsed = web_addresses.parse(address, allow_private=allow_private)
        except UnusableAddress:
            continue
        assert parsed.host
