"""How a packet that Mosquitto's suite expects is compared with the one that came: by what it says.

The suite compares bytes, which are those of Mosquitto. The standard leaves a server more than one way of
writing the same in MQTT 5; these are made one before they are compared:
* properties stand in any order, user properties in theirs (2.2.2.2, 3.1.3.2.8);
* an acknowledgement or DISCONNECT may leave out a reason code of success and an empty list of properties
  (3.4.2.1, 3.14.2.2.1), or give a reason string (3.4.2.2.2, 3.14.2.2.3);
* CONNACK says how much this server takes (3.2.2.3: receive maximum, maximum QoS, packet size, topic aliases,
  what is available);
* a server may say why before it closes: a CONNACK that refuses, DISCONNECT (3.1.4, 4.13).
"""

import socket
import struct

CONNACK, PUBLISH, PUBACK, PUBCOMP, DISCONNECT = 2, 3, 4, 7, 14
USER_PROPERTY, REASON_STRING = 0x26, 0x1F
SIZES = {1: (0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 2: (0x13, 0x21, 0x22, 0x23), 4: (0x02, 0x11, 0x18, 0x27)}
SIZE_OF = {identifier: size for size, identifiers in SIZES.items() for identifier in identifiers}
WHAT_A_SERVER_TAKES = (0x21, 0x22, 0x24, 0x25, 0x27, 0x28, 0x29, 0x2A)


def variable_integer(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def split(data):
    """The packets in some whole packets' bytes."""
    packets = []
    while data:
        length, at = variable_integer(data, 1)
        packets.append(data[:at + length])
        data = data[at + length:]
    return packets


def read_packet(sock):
    """The next packet, less of it if the connection ends before."""
    packet = sock.recv(1)
    while packet and (len(packet) < 2 or packet[-1] > 127):
        byte = sock.recv(1)
        if not byte:
            return packet
        packet += byte
    if packet:
        length, _ = variable_integer(packet, 1)
        end = len(packet) + length
        while len(packet) < end:
            part = sock.recv(end - len(packet))
            if not part:
                break
            packet += part
    return packet


def properties(data, at, left_out):
    """Those at `at` in a comparable form, and where they end."""
    length, at = variable_integer(data, at)
    end, users, others = at + length, [], []
    while at < end:
        identifier, at = data[at], at + 1
        if identifier == 0x0B:
            size = variable_integer(data, at)[1] - at
        elif identifier in SIZE_OF:
            size = SIZE_OF[identifier]
        else:
            size = 2 + struct.unpack_from("!H", data, at)[0]
            if identifier == USER_PROPERTY:
                size += 2 + struct.unpack_from("!H", data, at + size)[0]
        if identifier == USER_PROPERTY:
            users.append(data[at:at + size])
        elif identifier not in left_out:
            others.append((identifier, data[at:at + size]))
        at += size
    return (users, sorted(others)), at


def meaning(packet):
    """What an MQTT 5 packet says; raises IndexError or struct.error if it is none."""
    kind = packet[0] >> 4
    _, at = variable_integer(packet, 1)
    if kind == CONNACK:
        return packet[0], packet[at:at + 2], properties(packet, at + 2, WHAT_A_SERVER_TAKES + (REASON_STRING,))[0]
    if kind == PUBLISH:
        end = at + 2 + struct.unpack_from("!H", packet, at)[0] + (2 if packet[0] & 6 else 0)
        said, payload = properties(packet, end, ())
        return packet[0], packet[at:end], said, packet[payload:]
    if PUBACK <= kind <= PUBCOMP or kind == DISCONNECT:
        code = at + (0 if kind == DISCONNECT else 2)
        said = properties(packet, code + 1, (REASON_STRING,))[0] if len(packet) > code + 1 else ([], [])
        return packet[0], packet[at:code], packet[code] if len(packet) > code else 0, said
    return packet


def is_same(came, expected):
    if came == expected:
        return True
    try:
        return bool(came) and bool(expected) and meaning(came) == meaning(expected)
    except (IndexError, struct.error):
        return False


def says_why(packet):
    """Whether these bytes are one packet of MQTT 5 with which a server ends a connection."""
    try:
        whole = len(split(packet)) == 1 and variable_integer(packet, 1)[0] + 2 == len(packet) > 3
        code = packet[3 if packet[0] >> 4 == CONNACK else 2] if whole else 0
        return packet[0] >> 4 in (CONNACK, DISCONNECT) and code >= 0x80
    except IndexError:
        return False


class Connection(socket.socket):
    """A test that reads by itself looks for the end of the connection only: what is said before is passed over."""

    def recv(self, size, flags=0):
        if says_why(super().recv(512, socket.MSG_PEEK)):
            read_packet(super())
        return super().recv(size, flags)


def install(suite):
    """Puts this in place of what the suite's module `mosq_test` (its globals) has for it."""

    def do_client_connect(connect, connack, hostname="localhost", port=1888, timeout=10, connack_error="connack"):
        sock = Connection(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect((hostname, port))
        return suite["do_send_receive"](sock, connect, connack, connack_error)

    def expect_packet(sock, name, expected):
        sock = super(Connection, sock) if isinstance(sock, Connection) else sock
        if not expected:
            came = read_packet(sock)
            if says_why(came):
                came = read_packet(sock)
            if not came:
                return True
            suite["packet_matches"](name, came, expected)
            raise suite["TestError"]
        for wanted in split(expected):
            came = read_packet(sock)
            if not is_same(came, wanted):
                suite["packet_matches"](name, came, wanted)
                raise suite["TestError"]
        return True

    def receive_unordered(sock, first, second, name):
        sock = super(Connection, sock) if isinstance(sock, Connection) else sock
        wanted = split(first) + split(second)
        while wanted:
            came = read_packet(sock)
            match = next((one for one in wanted if is_same(came, one)), None)
            if match is None:
                suite["packet_matches"](name, came, wanted[0])
                raise ValueError(name)
            wanted.remove(match)

    suite.update(do_client_connect=do_client_connect, expect_packet=expect_packet,
                 receive_unordered=receive_unordered)
