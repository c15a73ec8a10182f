"""A mail server for the tests: smtpd.py RECORD PORT [--login USER:PASSWORD] [--tls starttls|implicit --authority FILE] [--plain]

Prints its port, and adds each message that it accepted to the file RECORD as a line of JSON, parsed by Python's own
mail parser. With --tls it takes nothing unencrypted, and writes the certificate of its authority to FILE. What it answers depends on the first word of the recipient: refused 550, later 451, and slow, only for the first
message, takes the message and then leaves its client without an answer.
"""
import argparse
import asyncio
import email
import email.policy
import json
import ssl

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

WITHOUT_ANSWER = 60


class Handler:
    def __init__(self, record):
        self.record = record
        self.was_slow = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return f"550 5.1.1 <{address}>: no such user"
        if address.startswith("later"):
            return f"451 4.2.1 <{address}>: mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: message.get_body((kind,)).get_content() if message.get_body((kind,)) else None
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "defects": [str(defect) for defect in message.defects],
            "text": part("plain"),
            "html": part("html"),
            "raw": envelope.content.decode("utf-8"),
        }
        with open(self.record, "a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")
        if envelope.rcpt_tos[0].startswith("slow") and not self.was_slow:
            self.was_slow = True
            await asyncio.sleep(WITHOUT_ANSWER)
        return "250 OK"


def authenticator(expected):
    def check(server, session, envelope, mechanism, data):
        given = b":".join([data.login, data.password]).decode()
        return AuthResult(success=given == expected, handled=False)

    return check


def certified(authority_file):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(authority_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("record")
    arguments.add_argument("port", type=int)
    arguments.add_argument("--login")
    arguments.add_argument("--tls", choices=["starttls", "implicit"])
    arguments.add_argument("--authority")
    arguments.add_argument("--plain", action="store_true", help="without SMTPUTF8")
    given = arguments.parse_args()

    handler = Handler(given.record)
    settings = {"enable_SMTPUTF8": not given.plain, "hostname": "localhost"}
    if given.login:
        settings |= {"authenticator": authenticator(given.login), "auth_required": True, "auth_require_tls": False}
    context = certified(given.authority) if given.tls else None
    if given.tls == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    loop = asyncio.get_running_loop()
    implicit = context if given.tls == "implicit" else None
    server = await loop.create_server(lambda: SMTP(handler, **settings), "127.0.0.1", given.port, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
