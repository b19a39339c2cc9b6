"""The endpoints for messages from chats and e-mail."""
