const { TestEnvironment } = require("jest-environment-node");

/** The mutant that a test has failed for. One run of jest is one mutant, in a process that runs many. */
let noticed;

/**
 * After the first failure the mutant is noticed, and what is left of its tests is skipped: jest's own `bail` cannot be used here, and a
 * mutant that breaks a common path would otherwise cost the time limit of every test.
 */
module.exports = class FirstFailureEnvironment extends TestEnvironment {
  handleTestEvent(event) {
    const mutant = this.global.__stryker__?.activeMutant;
    if (mutant === undefined) return;
    if (event.name === "test_fn_failure" || event.name === "hook_failure") noticed = mutant;
    if (noticed !== mutant) return;
    if (event.name === "test_start") event.test.mode = "skip";
    if (event.name === "run_describe_start") event.describeBlock.mode = "skip";
  }
};
