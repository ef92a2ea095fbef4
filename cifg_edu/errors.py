"""What a user can put right: UserError, require."""


class UserError(ValueError):
    """A mistake whose message is one sentence that says what to do; shown without a traceback."""


def require(condition: bool, found: str, wanted: str) -> None:
    """Refuse an option that is out of range.

    Args:
        condition: whether it is in range.
        found: what was given, such as "epochs is 0".
        wanted: what to give instead.

    Raises:
        UserError: the condition does not hold.
    """
    if not condition:
        raise UserError(f"{found}: give {wanted}.")
