interface Point {
  readonly x: number;
  readonly y: number;
}

export function distance(a: Point, b: Point = { x: 0, y: 0 }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

const corners: Point[] = [{ x: 3, y: 4 }];
console.log(corners.map((corner) => distance(corner)));
