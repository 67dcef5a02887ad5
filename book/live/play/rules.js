// The rules of 6x6 Othello, as the book tells them: squares 0..35 row by row, A1 top left;
// boards hold +1 for the first player's discs, -1 for the second's, 0 for empty squares.
// A classic script: it defines `Othello`, in a page as under Node.
"use strict";

const Othello = (() => {
  const SIZE = 6, SQUARES = SIZE * SIZE;
  const CENTRE = [14, 15, 20, 21];
  // Token 0 is padding; 1..32 are the squares that are empty at the start.
  const PLAYABLE = [...Array(SQUARES).keys()].filter((s) => !CENTRE.includes(s));
  const tokenOf = (square) => PLAYABLE.indexOf(square) + 1;
  const nameOf = (square) => "ABCDEF"[square % SIZE] + (Math.floor(square / SIZE) + 1);

  // The first player's discs are on the diagonal from A1 to F6; `other` is the other start.
  function start(other = false) {
    const board = new Int8Array(SQUARES), sign = other ? -1 : 1;
    board[14] = board[21] = sign;
    board[15] = board[20] = -sign;
    return board;
  }

  // The discs that `player` turns over by playing on `square`: none if that is illegal.
  function turned(board, square, player) {
    if (board[square] !== 0) return [];
    const row = Math.floor(square / SIZE), column = square % SIZE, all = [];
    for (const [down, right] of
      [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]]) {
      const line = [];
      let r = row + down, c = column + right;
      while (r >= 0 && r < SIZE && c >= 0 && c < SIZE && board[r * SIZE + c] === -player) {
        line.push(r * SIZE + c);
        r += down;
        c += right;
      }
      const ends = r >= 0 && r < SIZE && c >= 0 && c < SIZE && board[r * SIZE + c] === player;
      if (ends) all.push(...line);
    }
    return all;
  }

  const legal = (board, player) =>
    [...Array(SQUARES).keys()].filter((square) => turned(board, square, player).length > 0);

  function played(board, square, player) {
    const after = board.slice();
    for (const disc of turned(board, square, player)) after[disc] = player;
    after[square] = player;
    return after;
  }

  const mover = (ply) => (ply % 2 ? -1 : 1); // nobody ever passes in these games

  // The board after each move, the start's first. Throws a sentence at an illegal move.
  function replay(moves, other = false) {
    const boards = [start(other)];
    moves.forEach((square, ply) => {
      if (!turned(boards[ply], square, mover(ply)).length) {
        throw new Error(`move ${ply + 1}, ${nameOf(square)}, is illegal here; legal are ` +
          (legal(boards[ply], mover(ply)).map(nameOf).join(", ") || "none"));
      }
      boards.push(played(boards[ply], square, mover(ply)));
    });
    return boards;
  }

  // Squares of a text such as "B3 c2,D5" or "b3c2d5". Throws a sentence at anything else.
  function parse(text) {
    const rest = text.replace(/[\s,;]+/g, "");
    if (!/^([A-Fa-f][1-6])*$/.test(rest)) {
      const wrong = rest.replace(/^([A-Fa-f][1-6])*/, "").slice(0, 8);
      throw new Error(`"${wrong}" is no square: a game is a list of squares from A1 to F6.`);
    }
    return (rest.toUpperCase().match(/../g) || []).map(
      (name) => "ABCDEF".indexOf(name[0]) + SIZE * (name[1] - 1));
  }

  return { SIZE, SQUARES, PLAYABLE, tokenOf, nameOf, start, turned, legal, played, mover, replay,
    parse };
})();
if (typeof module !== "undefined") module.exports = Othello;
globalThis.Othello = Othello; // for who imports this file as a module
