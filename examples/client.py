"""Runs a command and prints what it prints; exits with its exit code. Needs the package websockets.

    python client.py URL COMMAND
"""

import asyncio
import json
import os
import sys

import websockets


async def main(url, command):
    token = os.environ.get("AUTH_TOKEN")
    # Which argument takes headers depends on the version of websockets.
    protocols = ["cc-executor.v1", f"bearer.{token}"] if token else None
    async with websockets.connect(url, subprotocols=protocols, max_size=None) as socket:
        execute = {"jsonrpc": "2.0", "id": 1, "method": "execute", "params": {"command": command}}
        await socket.send(json.dumps(execute))
        async for frame in socket:
            message = json.loads(frame)
            method, params = message.get("method"), message.get("params", {})
            if "error" in message:
                sys.exit(f"{message['error']['message']} {message['error'].get('data')}")
            if method == "process.output":
                stream = sys.stderr if params["type"] == "stderr" else sys.stdout
                print(params["data"], end="", file=stream, flush=True)
            if method == "process.completed":
                return params["exit_code"]


sys.exit(asyncio.run(main(*sys.argv[1:3])))
