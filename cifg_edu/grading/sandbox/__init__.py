"""What stands around a student's code: the box, its worker, the wire, a course without answers."""
