"""Mail: the connection to the mail server of the operator, and the messages that Sillage sends."""
