"""A loopback relay that adds a network's round-trip time to TCP connections.

What a client sends arrives half a round trip later, and so does what comes back. The first bytes of
a connection wait a whole round trip more: that is the TCP handshake, which on loopback takes none.
"""

import asyncio


class DelayProxy:
    def __init__(self, target_port, round_trip_seconds):
        self.target_port = target_port
        self.round_trip = round_trip_seconds
        self.server = None
        self.connections = 0

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        handshake_done = asyncio.get_running_loop().time() + self.round_trip
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        await asyncio.gather(self._relay(reader, up_writer, handshake_done),
                             self._relay(up_reader, writer, 0), return_exceptions=True)

    async def _relay(self, reader, writer, not_before):
        """Reads as fast as bytes come, writes each half a round trip after it came."""
        loop = asyncio.get_running_loop()
        queue = asyncio.Queue()

        async def deliver():
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0, due - loop.time()))
                if not data:
                    break
                writer.write(data)
            if writer.can_write_eof():
                try:
                    writer.write_eof()
                except OSError:
                    pass

        delivery = asyncio.create_task(deliver())
        try:
            while True:
                data = await reader.read(65536)
                queue.put_nowait((max(loop.time(), not_before) + self.round_trip / 2, data))
                if not data:
                    break
        except OSError:
            queue.put_nowait((loop.time(), b""))
        await delivery
