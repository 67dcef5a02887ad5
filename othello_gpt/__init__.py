"""Helpers for *othello_gpt*, a book that opens up a small GPT trained on 6x6 Othello.

Conventions, the same everywhere:

- **Squares** are numbered row by row, 0..35, and named A1..F6 (letter = column, digit = row, A1 top
  left). **Tokens**: 0 = pad; 1..32 = the 32 squares that aren't occupied at the start, ascending.
- **Players**: +1 moves first, -1 second, 0 is empty. The first player's discs start on the NW-SE
  diagonal, squares 14 and 21.
- **Arrays of a game**: ``moves[i]`` is played on the board *before* it; ``legalities[i]`` are the
  legal squares for ``moves[i]``; ``boards[i]`` is the board *after* ``moves[i]``. Position i of the
  residual stream has seen moves 0..i: its board is ``boards[i]``, its ``legal_prev`` is
  ``legalities[i]`` and its ``legal_next`` is ``legalities[i + 1]``.
- **mine** is the side about to move after position i, **theirs** the side that has just moved (the
  usage of Nanda 2023; the original notebook called the side that has just moved "mine").
- **Inputs** are a game's first 31 moves, targets its last 31.

A chapter, a package and a folder of tests share a name. A package imports from lower floors only;
the contract is in ``pyproject.toml``: ``intervals`` and ``types``; ``launching``; ``game``;
``data`` and ``figures`` (which draws arrays and never sees a model); ``model``; ``training`` and
``probes``; the experiments; ``cli`` and ``book_tools``.
"""
