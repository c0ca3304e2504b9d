"""What the library `websockets` sees of a server. Prints one JSON object."""

import asyncio
import json
import sys

import websockets


async def closing_code(url, send):
    async with websockets.connect(url, ping_interval=None) as socket:
        await send(socket)
        await socket.wait_closed()
        return socket.close_code


async def main(url):
    seen = {}
    async with websockets.connect(url, ping_interval=None) as socket:
        await socket.send(json.dumps({"type": "ping", "id": "wörds ✓"}))
        seen["text"] = json.loads(await socket.recv())["id"]
        # An iterable is sent as one message in as many fragments.
        await socket.send(['{"type":"ping",', '"id":', '"fragments"}'])
        seen["fragments"] = json.loads(await socket.recv())["id"]
        await socket.send('{"type":"ping","id":"large"}' + " " * 1_000_000)
        seen["large"] = json.loads(await socket.recv())["id"]
        await asyncio.wait_for(await socket.ping(b"payload"), 10)
        seen["ping"] = True
    seen["close"] = socket.close_code
    seen["binary"] = await closing_code(url, lambda socket: socket.send(b"\x00\x01"))
    seen["too_big"] = await closing_code(url, lambda socket: socket.send(" " * (2**20 + 1)))
    async with websockets.connect(url, subprotocols=["unknown", "mcp"], ping_interval=None) as socket:
        seen["subprotocol"] = socket.subprotocol
    print(json.dumps(seen))


asyncio.run(main(sys.argv[1]))
