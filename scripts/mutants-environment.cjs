const { TestEnvironment } = require("jest-environment-node");

/** One run of jest is one mutant, in a process that runs many. */
const state = {
  /** The mutant that a test has failed for. */
  noticed: undefined,
  /** Test files that have noticed a mutant, the last one first. */
  noticedBy: [],
  /** The mutant of this run, as Stryker names it; undefined in the first run, without any. */
  get mutant() {
    return process.env.__STRYKER_ACTIVE_MUTANT__;
  },
};

/** Of a test and of a hook, with a mutant: many a mutant waits for ever. Without one, what is slow on a busy machine is not broken. */
const TIMEOUT_MS = 4_000;

/**
 * After the first failure the mutant is noticed, and what is left of its tests is skipped: jest's own `bail` cannot be used here, and a
 * mutant that breaks a common path would otherwise cost the time limit of every test.
 */
class FirstFailureEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.testPath = context.testPath;
    /** The tests that ran, as Stryker names them. */
    this.tests = [];
  }

  handleTestEvent(event, circus) {
    if (state.mutant === undefined) return this.attribute(event.name);
    if (event.name === "run_start") circus.testTimeout = TIMEOUT_MS;
    if (event.name === "test_fn_failure" || event.name === "hook_failure") {
      state.noticed = state.mutant;
      state.noticedBy = [this.testPath, ...state.noticedBy.filter((path) => path !== this.testPath)];
    }
    if (state.noticed !== state.mutant) return;
    // The tests of a hook that failed bear its error: they fail without being run, and say so only where they are not skipped.
    if (event.name === "test_start" && !hasFailed(event.test)) event.test.mode = "skip";
    if (event.name === "run_describe_start" && !hasFailed(event.describeBlock)) event.describeBlock.mode = "skip";
  }

  /**
   * What a file's hooks, and loading it, reach is reached by each of its tests: Stryker itself knows only what a test reaches, and would run every
   * test of the room for the rest.
   */
  attribute(event) {
    const stryker = this.global[this.global.__strykerGlobalNamespace__];
    const file = `file ${this.testPath}`;
    stryker.currentTestId ??= file;
    if (event === "test_done") this.tests.push(stryker.currentTestId);
    if (event !== "teardown") return;
    stryker.currentTestId = undefined;
    const { perTest = {} } = stryker.mutantCoverage ?? {};
    const reached = perTest[file];
    delete perTest[file];
    for (const test of this.tests) perTest[test] = { ...reached, ...perTest[test] };
  }
}

function hasFailed({ type, errors, children }) {
  return type === "test" ? errors.length > 0 : children.some(hasFailed);
}

module.exports = FirstFailureEnvironment;
module.exports.state = state;
