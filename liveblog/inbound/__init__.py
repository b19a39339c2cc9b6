"""Messages from chats and e-mail become submissions that wait for an editor."""
