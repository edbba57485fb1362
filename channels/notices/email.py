"""E-mail through an SMTP server."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from hotline.messages import Address, Message
from hotline.ports import SendError


class EmailChannel:
    """Delivers a message to an e-mail address."""

    name = "email"

    def __init__(self, server: str, sender: str, subject: str) -> None:
        """`server`: smtps://user:password@host:465, or smtp://…:587, which turns to TLS where the server offers it."""
        self._server, self._sender, self._subject = urlsplit(server), sender, subject

    async def send(self, message: Message, to: Address) -> None:
        """See ports.Channel. The message's id is its Message-ID, so a repetition can be told. Errors carry no address and no text."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, to.user, self._subject
        mail["Message-ID"] = f"<{message.id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        try:
            await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SendError(f"the mail server refused the recipient ({codes})", retryable=all(code < 500 for code in codes)) from None
        except smtplib.SMTPResponseException as error:
            raise SendError(f"the mail server refused ({error.smtp_code})", retryable=error.smtp_code < 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise SendError(f"the mail server is away ({type(error).__name__})", retryable=True) from None

    def _send(self, mail: EmailMessage) -> None:
        host, port = self._server.hostname or "", self._server.port or 0
        context = ssl.create_default_context()
        secure = self._server.scheme == "smtps"
        connection = smtplib.SMTP_SSL(host, port, timeout=20, context=context) if secure else smtplib.SMTP(host, port, timeout=20)
        with connection as server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
            if self._server.username:
                server.login(unquote(self._server.username), unquote(self._server.password or ""))
            server.send_message(mail)
