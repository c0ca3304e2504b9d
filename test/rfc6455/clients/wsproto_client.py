"""What the state machine `wsproto` sees of a server over a plain socket. Prints one JSON object."""

import json
import socket
import sys
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Pong, Request, TextMessage


class Client:
    def __init__(self, url, subprotocols=()):
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20)
        self.machine = WSConnection(ConnectionType.CLIENT)
        self.send(Request(host=parts.netloc, target="/", subprotocols=list(subprotocols)))
        self.accepted = self.take(AcceptConnection)

    def send(self, event):
        self.socket.sendall(self.machine.send(event))

    def take(self, kind):
        """The next event of this kind. The machine raises where the server broke the protocol."""
        while True:
            for event in self.machine.events():
                if isinstance(event, kind):
                    return event
            data = self.socket.recv(65536)
            self.machine.receive_data(data or None)

    def message(self):
        text = ""
        while True:
            event = self.take(TextMessage)
            text += event.data
            if event.message_finished:
                return json.loads(text)

    def closed(self):
        return self.take(CloseConnection).code


def main(url):
    seen = {}
    client = Client(url)
    client.send(TextMessage(data=json.dumps({"type": "ping", "id": "wörds ✓"}, ensure_ascii=False)))
    seen["text"] = client.message()["id"]
    client.send(TextMessage(data='{"type":"ping",', message_finished=False))
    client.send(Ping(payload=b"between"))
    client.send(TextMessage(data='"id":"fragments"}'))
    seen["ping"] = bytes(client.take(Pong).payload) == b"between"
    seen["fragments"] = client.message()["id"]
    client.send(TextMessage(data='{"type":"ping","id":"large"}' + " " * 1_000_000))
    seen["large"] = client.message()["id"]
    client.send(CloseConnection(code=1000, reason="done"))
    seen["close"] = client.closed()
    binary = Client(url)
    binary.send(Message(data=b"\x00\x01"))
    seen["binary"] = binary.closed()
    large = Client(url)
    large.send(TextMessage(data=" " * (2**20 + 1)))
    seen["too_big"] = large.closed()
    seen["subprotocol"] = Client(url, ["unknown", "mcp"]).accepted.subprotocol
    print(json.dumps(seen))


main(sys.argv[1])
