const { state } = require("./mutants-environment.cjs");
const { requireOfJest } = require("./require-of-jest.cjs");

const circus = requireOfJest("jest-circus/runner").default;
const { createEmptyTestResult } = requireOfJest("@jest/test-result");

/** Names of the tests in each file that was loaded once. One process runs the same files for many mutants. */
const namesOf = new Map();

/** jest wants a test in each file. */
const LEFT_OUT = {
  ancestorTitles: [],
  title: "left out",
  fullName: "left out",
  status: "pending",
  failureMessages: [],
  failureDetails: [],
  numPassingAsserts: 0,
};

/**
 * Runs a test file, unless that cannot change the verdict on the mutant: none of its tests reaches the mutant (Stryker names those that do, but jest
 * would load every file to find them), or another file's test has failed already. Loading a file costs more than most tests. (Stryker wants
 * "jest-circus" in the name of this file.)
 */
module.exports = async function run(globalConfig, projectConfig, environment, runtime, testPath, ...rest) {
  const isNoticed = state.mutant !== undefined && state.noticed === state.mutant;
  const wanted = globalConfig.testNamePattern && new RegExp(globalConfig.testNamePattern, "i");
  const isNeedless = wanted && namesOf.get(testPath)?.every((name) => !wanted.test(name));
  if (isNoticed || isNeedless)
    return { ...createEmptyTestResult(), testFilePath: testPath, numPendingTests: 1, testResults: [LEFT_OUT] };
  const result = await circus(globalConfig, projectConfig, environment, runtime, testPath, ...rest);
  // What a broken change leaves behind may break the clean-up as well; Stryker would take that for a failure of the run.
  if (result.testExecError && result.numFailingTests > 0) delete result.testExecError;
  if (!result.testExecError)
    namesOf.set(
      testPath,
      result.testResults.map(({ fullName }) => fullName),
    );
  return result;
};
