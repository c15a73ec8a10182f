"""A mail server for the tests: smtpd.py RECORD PORT [USER:PASSWORD]

Prints its port, and adds each message that it accepted to the file RECORD as a line of JSON, parsed by Python's own
mail parser. What it answers depends on the first word of the recipient: refused 550, later 451, and slow, only for the first
message, takes the message and then leaves its client without an answer.
"""
import asyncio
import email
import email.policy
import json
import sys

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


async def main(record, port, login=None):
    handler = Handler(record)
    settings = {"enable_SMTPUTF8": True, "hostname": "localhost"}
    if login:
        settings |= {"authenticator": authenticator(login), "auth_required": True, "auth_require_tls": False}
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler, **settings), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
