#!/usr/bin/env python3
"""Round trips from a password to PUBACK: the article's order beside ours, behind the same delay.

Starts a local cloud, puts a relay with an added round-trip time before each of the four endpoints
(user pool, identity pool, AWS IoT control plane, device gateway), and runs build-bench's
sign_in_bench through them. All on loopback; ends by itself.
"""

import argparse
import asyncio
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "bench")]

PASSWORD = "P@ssw0rd!"
ENDPOINTS = ["COGNITO_IDENTITY_PROVIDER", "COGNITO_IDENTITY", "IOT"]


async def measure(arguments):
    from delay_proxy import DelayProxy
    from local_cloud import LocalCloud

    with LocalCloud() as cloud:
        env = cloud.environment() | {"COGNIOT_PASSWORD": PASSWORD}
        config = pathlib.Path(cloud.folder.name) / "cogniot.yaml"
        prepared = subprocess.run([ROOT / "examples/article/prepare.sh", "user0", PASSWORD], env=env,
                                  capture_output=True, text=True, check=True)
        config.write_text(prepared.stdout)
        users = [f"user{i}" for i in range(arguments.runs + 1)]
        for user in users[1:]:
            subprocess.run([env["COGNIOT"], "user", "add", "--config", config, "--username", user],
                           env=env, capture_output=True, check=True)

        proxies = [DelayProxy(cloud.port, arguments.rtt / 1000) for _ in range(4)]
        ports = [await proxy.start() for proxy in proxies]
        env.pop("AWS_ENDPOINT_URL")
        for name, port in zip(ENDPOINTS, ports):
            env["AWS_ENDPOINT_URL_" + name] = f"https://localhost:{port}"
        lines = [line for line in prepared.stdout.splitlines()
                 if not line.startswith("iot_endpoint")]
        config.write_text("\n".join(lines + [f"iot_endpoint: localhost:{ports[3]}", ""]))

        print(f"round trip added: {arguments.rtt} ms; {arguments.runs} runs each, medians")
        print(f"{'order':<44}{'ms':>8}{'round trips':>14}")
        for order, words in [("sequential", "one after the other, a connection each"),
                             ("cold", "overlapped, cold process"),
                             ("warm", "overlapped, next user, warm connections"),
                             ("returning", "overlapped, known identity, warm"),
                             ("early", "the same with --early-publish")]:
            process = await asyncio.create_subprocess_exec(
                str(pathlib.Path(env["COGNIOT"]).parent / "bench" / "sign_in_bench"), str(config),
                order, *users,
                env=env, stdout=asyncio.subprocess.PIPE)
            out, _ = await asyncio.wait_for(process.communicate(), 300)
            if process.returncode != 0:
                sys.exit(f"sign_in_bench {order} failed")
            times = [float(line) for line in out.split()][:arguments.runs]
            middle = statistics.median(times)
            print(f"{words:<44}{middle:>8.0f}{middle / arguments.rtt:>14.2f}")
        for proxy in proxies:
            await proxy.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rtt", type=float, default=100, help="added round-trip time, ms")
    parser.add_argument("--runs", type=int, default=5)
    os.environ.setdefault("COGNIOT", str(ROOT / "build-bench" / "cogniot"))
    asyncio.run(measure(parser.parse_args()))
