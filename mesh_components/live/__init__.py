"""What a cluster really runs, held against what a stack declares.

Reading (`api`, `forward`, `snapshot`) is apart from judging, which is pure: objects and answers in, rows out.
"""
