/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  readonly figure: string;
  /** What the target speaks of: a ratio, or a number with a unit in `figure`. */
  readonly value: number;
  readonly target: string;
  readonly met: boolean;
}

export function atLeast(what: string, against: string, figure: string, value: number, target: number): Row {
  return { what, against, figure, value, target: `>= ${target}`, met: value >= target };
}

export function atMost(what: string, against: string, figure: string, value: number, target: number): Row {
  return { what, against, figure, value, target: `<= ${target}`, met: value <= target };
}

export interface Scenario {
  readonly name: string;
  run(options: { roundMs: number; rounds: number }): Promise<Row[]>;
}
