"""Turns messages from chats and e-mail into submissions, which an editor reviews."""
