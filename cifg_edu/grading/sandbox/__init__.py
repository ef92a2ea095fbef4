"""What stands around a student's code: a box, its worker and messages, a course without answers."""
