"""What a user can put right: UserError."""


class UserError(ValueError):
    """A mistake whose message is one sentence that says what to do; shown without a traceback."""
