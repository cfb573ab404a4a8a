const SHOWN = 12;

/** Says at the end of a run where its time went: the slowest test files, and how much time all of them took together. */
export default class SlowestFiles {
  #times = [];

  onTestResult({ path }, { perfStats }) {
    this.#times.push({ path, seconds: perfStats.runtime / 1000 });
  }

  onRunComplete() {
    if (this.#times.length < 2) return;
    const slowest = [...this.#times].sort((a, b) => b.seconds - a.seconds).slice(0, SHOWN);
    const total = this.#times.reduce((sum, { seconds }) => sum + seconds, 0);
    const lines = slowest.map(
      ({ path, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${path.replace(`${process.cwd()}/`, "")}`,
    );
    console.log(
      `\nSlowest of ${this.#times.length} test files, which took ${total.toFixed(0)} s in all, side by side:\n${lines.join("\n")}`,
    );
  }
}
