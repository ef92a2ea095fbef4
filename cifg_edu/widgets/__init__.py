"""What a student sees and moves: pictures, and in time what moves them."""
